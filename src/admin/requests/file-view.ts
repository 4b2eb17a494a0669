import type { Authority } from '#access/index.ts';
import {
  nameOf,
  partsWaiting,
  professionOf,
  rppsOf,
  type AccountRequest,
  type Duplicate,
} from '#enrolment/index.ts';
import { fold } from '#kernel/index.ts';
import type { AdminContext } from '../context.ts';
import { nameOf as nameOfPerson } from '../people/seen.ts';
import { createReference, prefillPerson } from '../reference/index.ts';
import { shownDocuments } from './documents-view.ts';
import { daysWaited, isLate } from './reminders.ts';
import { maySee, placeOf } from './treating.ts';
import { STATES, STEPS } from './words.ts';

/** What was declared, beside what proves it. */
interface Comparison {
  readonly term: string;
  readonly declared: readonly string[];
  /** `ok`: proven. `warn`: it differs, or is not known there. `null`: nothing speaks of it. */
  readonly proof: { readonly kind: 'ok' | 'warn'; readonly words: string } | null;
}

const ALIKE: Readonly<Record<Duplicate['by'], string>> = {
  national_id: 'Même numéro national',
  email: 'Même adresse électronique',
  name: 'Mêmes nom et prénom',
};

/** Everything that the page of a request shows, for this authority. */
export function createFileView(context: AdminContext) {
  const { clock, directory, enrolment, accounts } = context;
  const { codes } = directory;
  const reference = createReference(context);

  async function comparisons(request: AccountRequest): Promise<readonly Comparison[]> {
    const { answers, proven } = request;
    const facts = await enrolment.factsOf(request);
    const rpps = rppsOf(request);
    const known = await prefillPerson(reference, rpps);
    const register = known?.values;
    const name = nameOf(request);
    const profession = professionOf(request);
    const byMeans = 'Vérifié par la carte, Pro Santé Connect ou le compte de la personne';
    const proofs: Readonly<Record<string, Comparison['proof']>> = {
      Profession: proven?.profession
        ? { kind: 'ok', words: byMeans }
        : register && profession !== undefined
          ? compared(register.profession === profession, codes.profession(register.profession).label)
          : null,
      Numéro: proven
        ? { kind: 'ok', words: byMeans }
        : rpps === undefined
          ? null
          : register
            ? { kind: 'ok', words: 'Clé juste, connu de l’annuaire national' }
            : {
                kind: 'warn',
                words: known
                  ? 'Clé juste, inconnu de l’annuaire national'
                  : 'Clé juste ; annuaire national non importé',
              },
      Nom: proven
        ? { kind: 'ok', words: byMeans }
        : register && name
          ? compared(
              fold(register.family_name) === fold(name.familyName) &&
                fold(register.given_name) === fold(name.givenName),
              `${register.given_name} ${register.family_name}`,
            )
          : null,
      Établissement: await workplaceProof(request),
      'Adresse e-mail': answers.email?.isVerified
        ? { kind: 'ok', words: 'Vérifiée par un code' }
        : { kind: 'warn', words: 'Non vérifiée' },
    };
    return facts
      .filter(({ step }) => step !== 'proofs')
      .map(({ term, values }) => ({ term, declared: values, proof: proofs[term] ?? null }));
  }

  async function workplaceProof({ answers, proven }: AccountRequest): Promise<Comparison['proof']> {
    const { workplace } = answers;
    if (workplace?.kind !== 'organisation')
      return workplace?.kind === 'other' ? { kind: 'warn', words: 'Absent de la liste de la région' } : null;
    const { finess } = (await directory.organisations.get(workplace.organisation)) ?? {};
    if (finess === undefined) return { kind: 'warn', words: 'Sans numéro FINESS dans la région' };
    if (proven?.finess !== undefined)
      return proven.finess === finess
        ? { kind: 'ok', words: `FINESS ${finess}, celui de la carte` }
        : { kind: 'warn', words: `FINESS ${finess} ; la carte porte ${proven.finess}` };
    const site = await reference.lookupFiness(finess);
    return site
      ? { kind: 'ok', words: `FINESS ${finess}, ${[site.name, site.city].filter(Boolean).join(', ')}` }
      : { kind: 'ok', words: `FINESS ${finess}` };
  }

  /** SECURITY: somebody of another branch is not named, nor is a request that is treated elsewhere. */
  async function alike({ by, account, request }: Duplicate, authority: Authority) {
    if (account !== undefined) {
      const person = await directory.professionals.get(account);
      if (!person) return null;
      const isVisible = authority.reaches('account', 'read', person);
      return {
        by: ALIKE[by],
        account,
        words: isVisible ? nameOfPerson(person) : 'Une personne d’une autre branche',
        detail: isVisible ? ((await accounts.loginOf(account)) ?? 'sans compte') : null,
        href: isVisible ? `/admin/people/${account}` : null,
      };
    }
    const other = request === undefined ? null : await enrolment.requests.get(request);
    if (!other || !maySee(authority, other)) return null;
    return {
      by: ALIKE[by],
      account: null,
      words: 'Une autre demande',
      detail: STATES[other.life.state],
      href: `/admin/requests/${other.id}`,
    };
  }

  /** One line for each person or request, whatever it is alike by. */
  async function duplicatesOf({ duplicates }: AccountRequest, authority: Authority) {
    const found = new Map<string, NonNullable<Awaited<ReturnType<typeof alike>>>>();
    for (const duplicate of duplicates) {
      const key = duplicate.account ?? duplicate.request ?? '';
      const seen = found.get(key);
      const line = seen ? null : await alike(duplicate, authority);
      if (seen) found.set(key, { ...seen, by: `${seen.by}, ${ALIKE[duplicate.by].toLocaleLowerCase('fr')}` });
      else if (line) found.set(key, line);
    }
    return [...found.values()];
  }

  /** The networks that answer for themselves; the region may answer in the place of their validators. */
  async function partsOf({ id, life: { parts = {} } }: AccountRequest, authority: Authority) {
    const mayStandIn = authority.may('account_request', 'decide', {});
    return Promise.all(
      Object.entries(parts).map(async ([network, { state }]) => ({
        name: (await directory.networks.get(network))?.name ?? network,
        state,
        href: state === 'waiting' && mayStandIn ? `/admin/requests/validate/${network}/${id}` : null,
      })),
    );
  }

  async function actorName(by: string): Promise<string> {
    if (by === 'service') return 'Le service';
    const person = await directory.professionals.get(by);
    return person ? nameOfPerson(person) : by;
  }

  return async function view(
    request: AccountRequest,
    { authority, sub }: { authority: Authority; sub: string },
  ) {
    const { life, messages, treatment } = request;
    const handler =
      life.handler?.kind === 'local' ? await enrolment.places.find(life.handler.organisation) : null;
    const name = nameOf(request);
    const isOwn = life.own.includes(sub);
    const mayDecide = authority.may('account_request', 'decide', placeOf(request)) && !isOwn;
    const decides = (...states: readonly (typeof life.state)[]) => mayDecide && states.includes(life.state);
    return {
      id: request.id,
      turn: life.turn,
      title: name ? nameOfPerson(name) : 'Demande de compte',
      state: life.state,
      stateWords: STATES[life.state],
      lateDays: isLate(request, clock.nowMs()) ? daysWaited(request, clock.nowMs()) : null,
      sentAtMs: (life.sentAt ?? 0) * 1000,
      decidedAtMs: life.decidedAt === undefined ? null : life.decidedAt * 1000,
      handler: handler?.name ?? 'Région',
      isOwn,
      askedBy: request.askedBy ? await actorName(request.askedBy.sub) : null,
      rows: await comparisons(request),
      parts: await partsOf(request, authority),
      documents: shownDocuments(request),
      duplicates: await duplicatesOf(request, authority),
      messages: messages.map(message => ({ ...message, atMs: message.at * 1000 })),
      steps: await Promise.all(
        (treatment?.steps ?? []).map(async ({ kind, at, by, words }) => ({
          label: STEPS[kind],
          atMs: at * 1000,
          by: await actorName(by),
          words: words ?? null,
        })),
      ),
      account: life.state === 'opened' && life.account !== undefined ? life.account : null,
      offers: {
        ask: decides('received'),
        note: mayDecide,
        correct: decides('received', 'asked') && request.proven === null,
        transfer: decides('received', 'asked'),
        accept: decides('received') && partsWaiting(life).length === 0,
        agree: decides('second_needed') && life.proposedBy !== sub,
        refuse: decides('received', 'asked', 'second_needed'),
        addForm: decides('received', 'asked'),
      },
    };
  };
}

function compared(isSame: boolean, words: string): Comparison['proof'] {
  return isSame
    ? { kind: 'ok', words: 'Comme dans l’annuaire national' }
    : { kind: 'warn', words: `Annuaire national : ${words}` };
}
