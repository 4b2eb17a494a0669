import { isAppError, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { createFactorResets, isSetAside, type FactorResets } from './factor-resets.ts';

/** One thing that a person enrolled: a telephone, a calculette, a security key, a sheet of recovery codes. */
export interface EnrolledFactor<D extends object = object> extends Doc {
  readonly account: string;
  /** Id of the means. */
  readonly method: string;
  /** How a page calls it; the id would be another's after a removal. */
  readonly ref: string;
  /** As its owner calls it. */
  readonly name: string;
  /** Epoch seconds, all three. */
  readonly createdAt: number;
  /** Before that instant it proves nothing. */
  readonly countsAt: number;
  readonly lastUsedAt?: number;
  /** What finds it without an account: the id of a credential, the serial number of a token. Unique in its means. */
  readonly handle?: string;
  /** The means' own, sealed at rest. */
  readonly data: D;
}

/** What is kept of a factor between the page that offers it and its first proof. */
interface OfferDoc extends Doc {
  readonly nonce: string;
  readonly data: object;
  readonly expiresAt: number;
}

export interface NewFactor<D extends object> {
  readonly account: string;
  readonly name: string;
  /** Epoch seconds. */
  readonly countsAt: number;
  readonly handle?: string;
  readonly data: D;
}

/** What was begun at one place and waits for its first proof. */
export interface Offer<D extends object> {
  readonly nonce: string;
  readonly data: D;
}

/** The factors of one means. INVARIANT: only the means itself writes their `data`, so that their type is its own. */
export interface FactorKind<D extends object> {
  /** Every one of an account, counting or not, the oldest first. */
  all(account: string): Promise<readonly EnrolledFactor<D>[]>;
  /** Those that prove something now: past their cool-down, and not set aside by a reset. */
  counting(account: string): Promise<readonly EnrolledFactor<D>[]>;
  /** The one with this handle, counting or not. */
  find(handle: string): Promise<EnrolledFactor<D> | null>;
  /** The one with this handle, if it counts now. */
  findCounting(handle: string): Promise<EnrolledFactor<D> | null>;
  /** Keeps a new one; `null` when the account has the most already, or when the handle is another's. Holds under a race. */
  add(factor: NewFactor<D>): Promise<EnrolledFactor<D> | null>;
  /**
   * Notes that it was used. Compare-and-set: `change` answers the new `data`, or `null` when this proof was spent
   * meanwhile; then nothing is written and the answer is false. Exactly one of many callers with one proof gets true.
   */
  use(factor: EnrolledFactor<D>, change: (data: D) => D | null): Promise<boolean>;
  /** Changes its `data` without a use (a proof that was refused and must not serve again). */
  revise(factor: EnrolledFactor<D>, change: (data: D) => D): Promise<void>;
  /** The offer of this account at this place, made by `make` when there is none. */
  offer(account: string, place: string, make: () => D): Promise<Offer<D>>;
  findOffer(account: string, place: string): Promise<Offer<D> | null>;
  /** Takes the offer away: exactly one caller gets true. */
  takeOffer(account: string, place: string, nonce: string): Promise<boolean>;
}

/** What people enrolled, of all means: what `/account/factors` and administrators handle. */
export interface Factors {
  readonly resets: FactorResets;
  kind<D extends object>(method: string, most: number): FactorKind<D>;
  /** Every factor of an account, the oldest first. */
  list(account: string): Promise<readonly EnrolledFactor[]>;
  /** Those of them that prove something now. */
  counting(account: string): Promise<readonly EnrolledFactor[]>;
  rename(account: string, ref: string, name: string): Promise<EnrolledFactor | null>;
  /** Takes it away; exactly one caller gets it. */
  remove(account: string, ref: string): Promise<EnrolledFactor | null>;
  /** Accounts that have any, in pages. */
  holders(after?: string): Promise<{ readonly accounts: readonly string[]; readonly next?: string }>;
  removeAll(account: string, isMeant: (factor: EnrolledFactor) => boolean): Promise<number>;
}

const factorsSpec: CollectionSpec<EnrolledFactor> = {
  name: 'method_factors',
  version: 1,
  indexes: {
    account: { key: ({ account }) => account },
    handle: {
      key: ({ method, handle }) => (handle === undefined ? null : `${method}:${handle}`),
      unique: true,
    },
  },
  sealed: ['data'],
};

const offersSpec: CollectionSpec<OfferDoc> = {
  name: 'method_offers',
  version: 1,
  indexes: {},
  sealed: ['data'],
};

/** More than all means together allow. */
const MOST_FACTORS = 100;
const HOLDERS_PAGE = 200;
/** As long as an interaction lasts. */
const OFFER_SECONDS = 3600;

export function createFactors(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: { readonly coolDownSeconds: number; readonly windowSeconds: number };
}): Factors {
  const { clock } = deps;
  const kept = deps.store.collection(factorsSpec);
  const offers = deps.store.collection(offersSpec);
  const resets = createFactorResets(deps);

  async function list(account: string): Promise<readonly EnrolledFactor[]> {
    const { items } = await kept.list('account', { key: account, limit: MOST_FACTORS });
    return items.toSorted((a, b) => a.createdAt - b.createdAt || a.id.localeCompare(b.id));
  }

  /** SECURITY: what was set aside after a loss, or is too new, is no proof; every means reads its factors through this. */
  async function onlyCounting<F extends EnrolledFactor>(
    account: string,
    factors: readonly F[],
  ): Promise<readonly F[]> {
    if (factors.length === 0) return [];
    const reset = await resets.of(account);
    return factors.filter(factor => factor.countsAt <= clock.now() && !isSetAside(factor, reset));
  }

  async function byRef(account: string, ref: string): Promise<EnrolledFactor | undefined> {
    return (await list(account)).find(factor => factor.ref === ref);
  }

  return {
    resets,
    list,
    counting: async account => onlyCounting(account, await list(account)),
    async rename(account, ref, name) {
      const factor = await byRef(account, ref);
      if (!factor) return null;
      const renamed = await kept.update(factor.id, now => (now.ref === ref ? { ...now, name } : now));
      return renamed?.ref === ref ? renamed : null;
    },
    async remove(account, ref) {
      const factor = await byRef(account, ref);
      return factor ? kept.consume(factor.id, now => now.ref === ref) : null;
    },
    async holders(after) {
      const page = { prefix: '', limit: HOLDERS_PAGE, ...(after === undefined ? {} : { after }) };
      const { items, next } = await kept.list('account', page);
      const accounts = [...new Set(items.map(({ account }) => account))];
      return { accounts, ...(next === undefined ? {} : { next }) };
    },
    async removeAll(account, isMeant) {
      const meant = (await list(account)).filter(isMeant);
      const taken = await Promise.all(
        meant.map(({ id, ref }) => kept.consume(id, now => now.ref === ref && isMeant(now))),
      );
      return taken.filter(Boolean).length;
    },

    kind<D extends object>(method: string, most: number): FactorKind<D> {
      const isOwn = (factor: EnrolledFactor): factor is EnrolledFactor<D> => factor.method === method;
      const own = (factors: readonly EnrolledFactor[]) => factors.filter(isOwn);
      const all = async (account: string) => own(await list(account));
      const offerId = (account: string, place: string) => `${method}:${account}:${place}`;

      return {
        all,
        counting: async account => onlyCounting(account, await all(account)),
        async find(handle) {
          const found = await kept.findOne('handle', `${method}:${handle}`);
          return found && isOwn(found) ? found : null;
        },
        async findCounting(handle) {
          const found = await kept.findOne('handle', `${method}:${handle}`);
          if (!found) return null;
          return (await onlyCounting(found.account, own([found])))[0] ?? null;
        },
        async add(factor) {
          const made = { ...factor, method, ref: randomId(), createdAt: clock.now() };
          const taken = new Set((await all(factor.account)).map(({ id }) => id));
          // INVARIANT: never more than `most`: each has one of as many places, and a place holds one, even under a race.
          for (let slot = 0; slot < most; slot++) {
            const id = `${method}:${factor.account}:${slot}`;
            if (taken.has(id)) continue;
            try {
              await kept.insert({ id, ...made });
              return { id, ...made };
            } catch (error) {
              if (!isAppError(error, 'store.conflict')) throw error;
            }
          }
          return null;
        },
        async use(factor, change) {
          let isFirst = false;
          await kept.update(factor.id, now => {
            const data = now.ref === factor.ref ? change((now as EnrolledFactor<D>).data) : null;
            isFirst = data !== null;
            return data === null ? now : { ...now, data, lastUsedAt: clock.now() };
          });
          return isFirst;
        },
        async revise(factor, change) {
          await kept.update(factor.id, now =>
            now.ref === factor.ref ? { ...now, data: change((now as EnrolledFactor<D>).data) } : now,
          );
        },
        async offer(account, place, make) {
          const id = offerId(account, place);
          const before = (await offers.get(id)) as (OfferDoc & Offer<D>) | null;
          if (before) return before;
          const made = { id, nonce: randomId(), data: make(), expiresAt: clock.now() + OFFER_SECONDS };
          try {
            await offers.insert(made);
            return made;
          } catch (error) {
            // Another tab was quicker: both show the one that is stored.
            const stored = isAppError(error, 'store.conflict') ? await offers.get(id) : null;
            if (!stored) throw error;
            return stored as OfferDoc & Offer<D>;
          }
        },
        findOffer: async (account, place) =>
          (await offers.get(offerId(account, place))) as (OfferDoc & Offer<D>) | null,
        takeOffer: async (account, place, nonce) =>
          (await offers.consume(offerId(account, place), ({ nonce: now }) => now === nonce)) !== null,
      };
    },
  };
}
