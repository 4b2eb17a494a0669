import type { Directory, Professional } from '#directory/index.ts';
import { frenchDateTime, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { AccountRequest, Duplicate } from './request.ts';
import type { Requests } from './requests.ts';
import { nameOf, nationalIdsOf } from './steps.ts';

/** Whom a request resembles, and the mail to those who are surely meant. */
export interface Duplicates {
  find(request: AccountRequest): Promise<readonly Duplicate[]>;
  /**
   * Tells by e-mail who has the number or the address already; at most once a day each. SECURITY: the page that the
   * stranger sees is the same, and so is the work done for nobody. Homonyms are other people: they are told nothing.
   */
  tell(found: readonly Duplicate[]): Promise<void>;
}

const MOST_HOMONYMS = 20;
const DAY_SECONDS = 86_400;

export function createDuplicates(deps: {
  readonly directory: Directory;
  readonly requests: Requests;
  readonly notify: Notify;
  readonly clock: Clock;
  readonly address: string;
}): Duplicates {
  const { requests, notify, clock, address } = deps;
  const { professionals } = deps.directory;

  async function told(person: Professional | null): Promise<void> {
    const mail = {
      channel: 'email',
      template: 'request-known',
      data: {
        givenName: person?.givenName ?? 'Personne',
        at: frenchDateTime(clock.nowMs()),
        address,
      },
    } as const;
    const day = Math.floor(clock.now() / DAY_SECONDS);
    await (person?.status === 'active' && person.email !== undefined
      ? notify.send({ ...mail, to: person.email, id: `request-known:${person.id}:${day}` })
      : notify.pretend(mail));
  }

  return {
    async find(request) {
      const name = nameOf(request);
      const email = request.answers.email?.address ?? '-';
      const [byId, byEmail, byName, alike] = await Promise.all([
        Promise.all(nationalIdsOf(request).map(id => professionals.findByNationalId(id))),
        professionals.list('email', { key: email, limit: MOST_HOMONYMS }),
        professionals.list('name', {
          key: name ? `${name.givenName} ${name.familyName}` : '-',
          limit: MOST_HOMONYMS,
        }),
        requests.withMarks(requests.marksOf(request), request.id),
      ]);
      const account = (by: Duplicate['by']) => (person: Professional | null) =>
        person ? [{ by, account: person.id }] : [];
      const marks = new Set(requests.marksOf(request));
      return [
        ...byId.flatMap(account('national_id')),
        ...byEmail.items.flatMap(account('email')),
        ...byName.items.flatMap(account('name')),
        ...alike.map(({ id, marks: theirs }) => {
          const [kind = 'name'] = theirs.find(mark => marks.has(mark))?.split(':') ?? [];
          return { by: kind as Duplicate['by'], request: id };
        }),
      ];
    },
    async tell(found) {
      for (const by of ['national_id', 'email'] as const) {
        const holder = found.find(one => one.by === by && one.account !== undefined)?.account;
        await told(holder === undefined ? null : await professionals.get(holder));
      }
    },
  };
}
