import type { Accounts } from '#accounts/index.ts';
import type { Authority } from '#access/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { fold, isAppError, type Clock } from '#kernel/index.ts';
import type { Act } from '../../acts/act.ts';
import { asConfirmed } from '../../acts/fresh.ts';
import type { Acts } from '../../acts/perform.ts';
import type { PeopleActs } from '../../people/index.ts';
import { missingOf } from './check.ts';
import type { Imports } from './imports.ts';
import { SOMEBODY_ELSE, type ImportDoc, type ImportLine, type LineInput } from './line.ts';

interface Deps {
  readonly acts: Acts;
  readonly people: PeopleActs;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly imports: Imports;
  readonly clock: Clock;
}

/**
 * Does one line, through the acts: each is judged by what the administrator may do at this moment, and traced. Done
 * again after a stop, it changes nothing twice. What is refused stands in the line; rejects only with what may pass by
 * itself (503), so that the line is tried again.
 */
export function createLinePerformer(deps: Deps) {
  const { acts, people, directory, accounts, imports, clock } = deps;

  return async function performLine(
    line: ImportLine,
    { job, authority }: { readonly job: ImportDoc; readonly authority: Authority },
  ): Promise<ImportLine> {
    const { input } = line;
    const settle = (state: ImportLine['state'], result: string, code?: string): ImportLine => ({
      ...line,
      state,
      result,
      ...(code !== undefined && { code }),
    });
    const run = async <I, R>(act: Act<I, R>, given: object): Promise<R | 'proposed'> => {
      const outcome = await acts.perform(asConfirmed(job.administrator, clock), act, given, {
        via: 'file',
        source: job.source,
        reason: `Import « ${job.fileName} », ligne ${line.number}`,
      });
      return outcome.state === 'done' ? outcome.result : 'proposed';
    };
    const give = async (sub: string) =>
      (await run(people.membership.give, { sub, ...placeOf(input) })) === 'proposed' ? TO_CONFIRM : '';

    async function create(sub: string, words: LineInput): Promise<ImportLine> {
      // SECURITY: nobody is created for whom the profile would be refused afterwards.
      const place = { network: words.network, organisation: words.organisation };
      if (!authority.givable(place).includes(words.profile))
        return settle(
          'failed',
          'Vous ne pouvez plus donner ce profil à cet endroit.',
          'admin.profile_not_givable',
        );
      if (!(await directory.professionals.get(sub)))
        await run(people.identity.createAs, { sub, ...identityOf(words) });
      await open(sub);
      return { ...settle('done', `Personne enregistrée, profil donné${await give(sub)}.`), isOpened: true };
    }

    /** ORDER: the mails are noted first: an account is never opened without them. */
    async function open(sub: string): Promise<boolean> {
      if ((await accounts.loginOf(sub)) !== null) return false;
      await imports.announcements.add(sub, job.id, job.expiresAt);
      await run(people.account.openWithoutMails, { sub });
      return true;
    }

    async function complete(person: Professional, words: LineInput): Promise<ImportLine> {
      const missing = missingOf(person, words);
      const isWhole = authority.reachesWhole('account', 'update', person) && authority.isAbove(person);
      const done: string[] = [];
      if (isWhole && Object.keys(missing).length > 0) {
        await run(people.identity.update, { sub: person.id, ...missing });
        done.push('coordonnées complétées');
      }
      const confirmed = await give(person.id);
      done.push(`profil donné${confirmed}`);
      const isReachable = (person.email ?? words.email) !== undefined;
      const isOpened = isWhole && isReachable && (await open(person.id));
      if (isOpened) done.push('compte ouvert');
      return { ...settle('done', `Personne déjà connue : ${done.join(', ')}.`), isOpened };
    }

    /** The person of the line; one whom another line was to bring is looked up again. */
    async function personOf(sub: string, words: LineInput): Promise<Professional | null> {
      const person = await directory.professionals.get(sub);
      if (person) return person;
      const [number] = words.national_ids;
      const holder = number === undefined ? null : await directory.professionals.findByNationalId(number);
      const isTheirs = holder !== null && fold(holder.familyName) === fold(words.family_name);
      return isTheirs && authority.reaches('account', 'read', holder) ? holder : null;
    }

    async function perform(words: LineInput): Promise<ImportLine> {
      const { kind, sub, choice } = line;
      if (kind === 'nothing') return settle('done', 'Rien à changer.');
      if (kind === 'attach') {
        const [national_id = ''] = words.national_ids;
        await run(people.membership.attach, {
          national_id,
          family_name: words.family_name,
          ...placeOf(words),
        });
        return settle('done', 'Collègue d’une autre branche rattaché.');
      }
      if (kind === 'homonym' && choice === undefined)
        return settle('left', 'Aucun choix n’a été fait : la ligne est laissée de côté.');
      const isKnown = kind === 'homonym' && choice !== SOMEBODY_ELSE;
      const target = isKnown ? choice : sub;
      if (target === undefined) return settle('failed', GONE, 'admin.import_person_missing');
      if (!isKnown && line.isNew === true && line.sameAsLine === undefined) return create(target, words);
      const person = await personOf(target, words);
      return person ? complete(person, words) : settle('failed', GONE, 'admin.import_person_missing');
    }

    if (!input || line.kind === 'refused') return settle('left', 'À corriger dans le fichier.');
    try {
      return await perform(input);
    } catch (error) {
      if (!isAppError(error) || error.status >= 500) throw error;
      const details = (error.errors ?? []).map(({ message }) => message);
      return settle('failed', [error.publicMessage, ...details].join(' '), error.code);
    }
  };
}

const GONE =
  'La personne que cette ligne complète n’a pas été trouvée : voyez l’autre ligne, puis recommencez.';
const TO_CONFIRM = ' après confirmation par une seconde personne';

function placeOf(input: LineInput | undefined): object {
  if (!input) return {};
  const { network, organisation, profile, from, to } = input;
  return {
    network,
    profile,
    ...(organisation !== undefined && { organisation }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

function identityOf({
  network: _network,
  profile: _profile,
  from: _from,
  to: _to,
  ...identity
}: LineInput): object {
  return identity;
}
