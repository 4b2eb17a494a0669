import type { Authority } from '#access/index.ts';
import type { AccountRequest, RequestsOffice } from '#enrolment/index.ts';
import { maySee } from './treating.ts';

/** The ends of a request; each is a part of the archive. */
export const ENDED = ['opened', 'refused', 'withdrawn'] as const;
export type Ended = (typeof ENDED)[number];

export interface ArchiveFilter {
  readonly state: Ended;
  /** A whole name, an address or a national number: what was sent is sealed, and found by keyed hashes only. */
  readonly text?: string | undefined;
  /** Decided from that instant on, and before that one: epoch milliseconds. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface ArchivePage {
  readonly items: readonly AccountRequest[];
  readonly next?: string;
}

export interface Archive {
  /** Ended requests of a branch, the newest first. SECURITY: those of another branch are left out before anything. */
  page(
    authority: Authority,
    filter: ArchiveFilter,
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<ArchivePage>;
}

/** A branch without requests is told so after so many of others; the rest follows on the next page. */
const MOST_LOOKED_AT = 20;
const MOST_FOUND = 200;

export function createArchive({
  enrolment,
}: {
  readonly enrolment: Pick<RequestsOffice, 'requests'>;
}): Archive {
  const { requests } = enrolment;

  const isMeant = ({ life }: AccountRequest, { state, fromMs, untilMs }: ArchiveFilter) => {
    const decidedMs = (life.decidedAt ?? 0) * 1000;
    return (
      life.state === state &&
      (fromMs === undefined || decidedMs >= fromMs) &&
      (untilMs === undefined || decidedMs < untilMs)
    );
  };

  async function found(text: string): Promise<readonly AccountRequest[]> {
    const pages = await Promise.all(
      marksFor(requests, text).map(mark => requests.list('mark', { key: mark, limit: MOST_FOUND })),
    );
    const all = new Map(pages.flatMap(({ items }) => items).map(request => [request.id, request]));
    return [...all.values()].sort((a, b) => (b.life.decidedAt ?? 0) - (a.life.decidedAt ?? 0));
  }

  return {
    async page(authority, filter, { after, limit }) {
      const { text, state, fromMs = 0 } = filter;
      if (text !== undefined) {
        const seen = (await found(text)).filter(one => maySee(authority, one) && isMeant(one, filter));
        return { items: seen.slice(0, MOST_FOUND) };
      }
      const items: AccountRequest[] = [];
      let next = after;
      for (let looked = 0; looked < MOST_LOOKED_AT && items.length < limit; looked += 1) {
        const page = await requests.list('state', {
          prefix: `${state}|`,
          limit,
          ...(next !== undefined && { after: next }),
        });
        items.push(...page.items.filter(one => maySee(authority, one) && isMeant(one, filter)));
        next = page.next;
        const isPast = page.items.some(({ life }) => (life.decidedAt ?? 0) * 1000 < fromMs);
        if (next === undefined || isPast) return { items };
      }
      return { items, ...(next !== undefined && { next }) };
    },
  };
}

/** The keyed hashes that a request about that name, address or number bears. */
function marksFor(requests: RequestsOffice['requests'], text: string): readonly string[] {
  const nothing = { answers: { terms: null }, proven: null, proofs: [] };
  const digits = text.replace(/\s/gu, '');
  if (/^8?\d{11}$/u.test(digits))
    return requests.marksOf({
      ...nothing,
      answers: { terms: null, number: { rpps: digits.slice(-11), register: { outcome: 'unknown' } } },
    });
  if (text.includes('@'))
    return requests.marksOf({
      ...nothing,
      answers: { terms: null, email: { address: text, isVerified: true } },
    });
  // Given name first or last: each way round of the words.
  const words = text.split(/\s+/u);
  return words.flatMap((_, at) => {
    const [givenName = '', ...rest] = [...words.slice(at), ...words.slice(0, at)];
    return requests.marksOf({
      ...nothing,
      answers: { terms: null, name: { civility: '', givenName, familyName: rest.join(' ') } },
    });
  });
}
