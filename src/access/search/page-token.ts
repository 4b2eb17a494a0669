import { hashToken, type Sealer } from '#kernel/index.ts';
import { z } from 'zod';
import { malformed } from '../malformed.ts';

/** Where a search stands: after this candidate of this stretch. */
export interface Cursor {
  readonly stretch: string;
  /** The store's own, of the batch that was being judged; absent for the first. */
  readonly after?: string | undefined;
  /** The last candidate judged; absent when the batch was not begun. */
  readonly last?: readonly string[] | undefined;
}

export interface PagePosition {
  readonly limit: number;
  /** `undefined`: from the beginning. */
  readonly cursor: Cursor | undefined;
}

/** SPEC: AuthZEN 1.0 §8.2: what a caller asks of a page. */
export interface PageRequest {
  readonly token?: string | undefined;
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 100;
const MOST_RESULTS = 1000;

const contentSchema = z.tuple([
  z.number().int(),
  z.object({
    stretch: z.string(),
    after: z.string().optional(),
    last: z.array(z.string()).optional(),
  }),
]);

/** Page tokens: opaque, because a position may hold a patient key, and good for the search that gave them alone. */
export interface PageTokens {
  /**
   * Throws `access.malformed_request` (400) for a token of another search, of another caller or of nobody, and for a
   * limit that changes on the way.
   */
  read(page: PageRequest | undefined, search: string): PagePosition;
  /** The token of the page that follows; `''` at the end. */
  write(next: Cursor | undefined, limit: number, search: string): string;
}

export function createPageTokens(sealer: Sealer): PageTokens {
  const place = (search: string) => `access.search.${hashToken(search)}`;

  function open(token: string, search: string): z.output<typeof contentSchema> {
    try {
      return contentSchema.parse(JSON.parse(sealer.open(token, place(search))));
    } catch {
      throw malformed(
        'page.token',
        'invalid_value',
        'Attendu : le « next_token » de la page précédente, avec la même recherche.',
      );
    }
  }

  return {
    read(page = {}, search) {
      const limit = page.limit === undefined ? undefined : Math.min(page.limit, MOST_RESULTS);
      if (page.token === undefined || page.token === '')
        return { limit: limit ?? DEFAULT_LIMIT, cursor: undefined };
      const [promised, cursor] = open(page.token, search);
      // SPEC: AuthZEN 1.0 §8.2: nothing but the token changes from one page to the next.
      if (limit !== undefined && limit !== promised)
        throw malformed('page.limit', 'invalid_value', 'Attendu : la même limite qu’à la première page.');
      return { limit: promised, cursor };
    },
    write: (next, limit, search) =>
      next === undefined ? '' : sealer.seal(JSON.stringify([limit, next]), place(search)),
  };
}
