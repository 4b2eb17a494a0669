import { isAppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Page, Store } from '#store/index.ts';
import type { EnrolledFactor, Factors } from '../factors.ts';
import type { TotpKey } from './codes.ts';
import { totpFactors } from './devices.ts';

/** One calculette of the region's stock, as its maker's seed file describes it. */
export interface Seed {
  /** Printed on its back. */
  readonly serial: string;
  readonly key: TotpKey;
}

/** Whose it is stands with the factor that was made of it, so that the two never differ. */
interface TokenDoc extends Doc {
  /** The serial number. */
  readonly id: string;
  readonly key: TotpKey;
  readonly importedAt: number;
}

/** What a list says of one; never its seed. */
export interface Token {
  readonly serial: string;
  /** Epoch seconds. */
  readonly importedAt: number;
  /** The account that has it. */
  readonly account: string | null;
}

/** The calculettes of the region: imported by an administrator, given to people, taken back. */
export interface Tokens {
  /** Adds those that are not known yet; resolves to how many. A known one keeps its seed. */
  add(seeds: readonly Seed[]): Promise<number>;
  list(query: { readonly after?: string; readonly limit: number }): Promise<Page<Token>>;
  get(serial: string): Promise<Token | null>;
  /** Gives it to somebody, as a factor of theirs; exactly one of many callers gets it. `null` when somebody has it. */
  give(serial: string, account: string, countsAt: number): Promise<EnrolledFactor | null>;
  /** Takes it from who has it; back in the stock. */
  takeBack(serial: string): Promise<EnrolledFactor | null>;
}

const tokensSpec: CollectionSpec<TokenDoc> = {
  name: 'method_tokens',
  version: 1,
  indexes: { serial: { key: ({ id }) => id } },
  // A copy of the store must not make codes.
  sealed: ['key'],
};

export function createTokens(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly factors: Factors;
}): Tokens {
  const { clock, factors } = deps;
  const stock = deps.store.collection(tokensSpec);
  const own = totpFactors(factors);

  async function shown({ id, importedAt }: TokenDoc): Promise<Token> {
    const holder = await own.find(id);
    return { serial: id, importedAt, account: holder?.account ?? null };
  }

  return {
    async add(seeds) {
      let added = 0;
      for (const { serial, key } of seeds) {
        try {
          await stock.insert({ id: serial, key, importedAt: clock.now() });
          added++;
        } catch (error) {
          if (!isAppError(error, 'store.conflict')) throw error;
        }
      }
      return added;
    },
    async list({ after, limit }) {
      const query = { prefix: '', limit, ...(after === undefined ? {} : { after }) };
      const { items, next } = await stock.list('serial', query);
      const tokens = await Promise.all(items.map(shown));
      return { items: tokens, ...(next === undefined ? {} : { next }) };
    },
    async get(serial) {
      const token = await stock.get(serial);
      return token && shown(token);
    },
    async give(serial, account, countsAt) {
      const token = await stock.get(serial);
      if (!token) return null;
      const data = { ...token.key, lastStep: -1, spentSteps: [] };
      // INVARIANT: one holder: the serial number is a unique handle among the factors of this means.
      return own.add({ account, name: `Calculette ${serial}`, countsAt, handle: serial, data });
    },
    async takeBack(serial) {
      const factor = await own.find(serial);
      return factor && factors.remove(factor.account, factor.ref);
    },
  };
}
