import type { Authority } from '#access/index.ts';
import { nameOf, professionOf, rppsOf, type AccountRequest, type RequestState } from '#enrolment/index.ts';
import type { RequestsOffice } from '#enrolment/index.ts';
import { fold, type Clock } from '#kernel/index.ts';
import { isLate } from './reminders.ts';
import { maySee } from './treating.ts';

/** What is open, in the order in which it is worked through. */
const OPEN_STATES = [
  'received',
  'second_needed',
  'asked',
  'accepted',
] as const satisfies readonly RequestState[];

/** The parts of the list, each with its count. */
export const SHOWN = {
  new: ({ life }: AccountRequest) => life.state === 'received',
  late: (request: AccountRequest, nowMs: number) => isLate(request, nowMs),
  waiting: ({ life }: AccountRequest) => life.state === 'asked',
  second: ({ life }: AccountRequest) => life.state === 'second_needed',
  opening: ({ life }: AccountRequest) => life.state === 'accepted',
  all: () => true,
} as const;

export type Shown = keyof typeof SHOWN;

export interface WorkFilter {
  readonly show: Shown;
  /** Any parts of the name, the address or the RPPS number. */
  readonly text?: string | undefined;
  readonly network?: string | undefined;
  readonly organisation?: string | undefined;
  readonly profession?: string | undefined;
  /** Sent at least that many days ago. */
  readonly days?: number | undefined;
}

export interface WorkPage {
  readonly items: readonly AccountRequest[];
  /** Of all pages. */
  readonly total: number;
  /** Of each part, within the branch, whatever else the list is narrowed to. */
  readonly counts: Readonly<Record<Shown, number>>;
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
}

export interface WorkList {
  /** The open requests of a branch, the oldest first. SECURITY: what is of another branch is neither listed nor counted. */
  page(
    authority: Authority,
    filter: WorkFilter,
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<WorkPage>;
  counts(authority: Authority): Promise<Readonly<Record<Shown, number>>>;
}

const PAGE = 500;
const DAY_MS = 86_400_000;

export function createWorkList(deps: {
  readonly enrolment: Pick<RequestsOffice, 'requests'>;
  readonly clock: Clock;
}): WorkList {
  const { enrolment, clock } = deps;

  async function openOf(authority: Authority): Promise<readonly AccountRequest[]> {
    const found: AccountRequest[] = [];
    for (const state of OPEN_STATES) {
      let after: string | undefined;
      do {
        const page = await enrolment.requests.list('state', {
          prefix: `${state}|`,
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        found.push(...page.items.filter(request => maySee(authority, request)));
        after = page.next;
      } while (after !== undefined);
    }
    return found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  }

  function count(all: readonly AccountRequest[]): Readonly<Record<Shown, number>> {
    const nowMs = clock.nowMs();
    const counted = Object.entries(SHOWN).map(([key, isShown]) => [
      key,
      all.filter(request => isShown(request, nowMs)).length,
    ]);
    return Object.fromEntries(counted) as Record<Shown, number>;
  }

  return {
    async page(authority, filter, { after = '', limit }) {
      const all = await openOf(authority);
      const nowMs = clock.nowMs();
      const matching = all.filter(
        request => SHOWN[filter.show](request, nowMs) && matches(request, filter, nowMs),
      );
      const rest = matching.filter(request => orderOf(request) > after);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return {
        items,
        total: matching.length,
        counts: count(all),
        ...(rest.length > limit && last && { next: orderOf(last) }),
      };
    },
    counts: async authority => count(await openOf(authority)),
  };
}

/** The age, then the id: the place of a request in the list, and of a page. */
const orderOf = ({ id, life }: AccountRequest) => `${String(life.sentAt ?? 0).padStart(12, '0')}.${id}`;

function matches(request: AccountRequest, filter: WorkFilter, nowMs: number): boolean {
  const { answers, life } = request;
  const { text, network, organisation, profession, days } = filter;
  const { workplace } = answers;
  return (
    (network === undefined || answers.interests?.networks.includes(network) === true) &&
    (organisation === undefined ||
      (workplace?.kind === 'organisation' && workplace.organisation === organisation)) &&
    (profession === undefined || professionOf(request) === profession) &&
    (days === undefined || nowMs - (life.sentAt ?? 0) * 1000 >= days * DAY_MS) &&
    (text === undefined || includesWords(request, text))
  );
}

function includesWords(request: AccountRequest, text: string): boolean {
  const name = nameOf(request);
  const about = fold(
    [name?.givenName, name?.familyName, request.answers.email?.address, rppsOf(request)].join(' '),
  );
  return fold(text)
    .split(/\s+/u)
    .every(word => about.includes(word));
}
