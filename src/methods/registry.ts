import { createReadCache, isAppError, type Acr, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Method } from './method.ts';

/** A time in which a means counts. Epoch milliseconds, `fromMs` inclusive, `toMs` exclusive, both open when absent. */
export interface MeansPeriod {
  readonly fromMs?: number;
  readonly toMs?: number;
  /** For this application only, or for the applications of this network; neither: for all others. */
  readonly application?: string;
  readonly network?: string;
  /** The level that the region declares for the means alone; absent: that of the means itself. */
  readonly acrAlone?: Acr;
}

/** What a region has decided about a means; without any, it is always in force, at its own level. */
export interface MeansEntry {
  /** The reference of the homologation by the structure, where there is one. */
  readonly homologation?: string;
  readonly periods: readonly MeansPeriod[];
  /** How often it was changed: whoever changes it names the one that was seen. */
  readonly revision: number;
}

/** Where somebody signs in to. */
export interface MeansPlace {
  readonly application?: string | undefined;
  readonly network?: string | undefined;
}

/** The dated registry of means: which may be used when, for what, and at which level. A date counts at its instant. */
export interface MeansRegistry {
  /** Every means of the service, in force or not. */
  readonly methods: readonly Method[];
  /** What was decided about a means, at most a second old. */
  entry(method: string): Promise<MeansEntry>;
  /**
   * The means that may be offered and accepted there at that instant (default: now), each with its dated level. Does
   * not say whether a person has them. Throws `store.unavailable` (503).
   */
  inForce(place: MeansPlace, atMs?: number): Promise<readonly Method[]>;
  /** Replaces what was decided; resolves to false, and changes nothing, when `revision` is no longer the one in the store. */
  decide(method: string, entry: MeansEntry): Promise<boolean>;
  /** From now on also what other instances have decided is seen: for pages that show what was just decided. */
  refresh(): void;
}

interface MeansDoc extends Doc, MeansEntry {}

const meansSpec: CollectionSpec<MeansDoc> = {
  name: 'means',
  version: 1,
  indexes: { all: { key: () => 'all' } },
};

/** How long a decision taken on another instance may stay unseen. */
const CACHE_MS = 1_000;
/** More means than there will be. */
const MOST_MEANS = 100;
const ALL = 'all';

/** Nothing decided: the means is in force as it is made. */
const UNDECIDED: MeansEntry = { periods: [{}], revision: 0 };

export function createMeansRegistry(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly methods: readonly Method[];
}): MeansRegistry {
  const { clock, methods } = deps;
  const decided = deps.store.collection(meansSpec);
  const cache = createReadCache<ReadonlyMap<string, MeansEntry>>({
    clock,
    ttlMs: CACHE_MS,
    load: async () => {
      const { items } = await decided.list('all', { key: ALL, limit: MOST_MEANS });
      return new Map(items.map(item => [item.id, item]));
    },
  });

  const entryOf = async (id: string) => (await cache.get(ALL))?.get(id) ?? UNDECIDED;

  return {
    methods,
    entry: entryOf,
    inForce: async (place, atMs = clock.nowMs()) =>
      meansInForce(methods, await Promise.all(methods.map(({ id }) => entryOf(id))), place, atMs),
    async decide(method, { revision, ...entry }) {
      const after: MeansDoc = { id: method, ...entry, revision: revision + 1 };
      try {
        if (revision === 0) {
          await decided.insert(after);
          return true;
        }
        let isCurrent = false;
        await decided.update(method, before => {
          isCurrent = before.revision === revision;
          return isCurrent ? after : before;
        });
        return isCurrent;
      } catch (error) {
        if (isAppError(error, 'store.conflict')) return false;
        throw error;
      } finally {
        cache.forget(ALL);
      }
    },
    refresh: () => cache.clear(),
  };
}

/** Which of `methods` count there at that instant, by their entries (in the same order). Pure. */
export function meansInForce(
  methods: readonly Method[],
  entries: readonly MeansEntry[],
  place: MeansPlace,
  atMs: number,
): readonly Method[] {
  return methods.flatMap((method, index) => {
    const period = periodAt(entries[index] ?? UNDECIDED, place, atMs);
    if (!period) return [];
    const { acrAlone } = period;
    return acrAlone === undefined || acrAlone === method.acrAlone ? [method] : [{ ...method, acrAlone }];
  });
}

/** The period that counts: of those for the place in particular, else of the general ones, the one that began last. */
function periodAt({ periods }: MeansEntry, place: MeansPlace, atMs: number): MeansPeriod | undefined {
  const ofApplication = periods.filter(
    ({ application }) => application !== undefined && application === place.application,
  );
  const ofNetwork = periods.filter(({ network }) => network !== undefined && network === place.network);
  const general = periods.filter(
    ({ application, network }) => application === undefined && network === undefined,
  );
  const [own = []] = [ofApplication, ofNetwork, general].filter(group => group.length > 0);
  return own
    .filter(({ fromMs = -Infinity, toMs = Infinity }) => fromMs <= atMs && atMs < toMs)
    .reduce<MeansPeriod | undefined>(
      (latest, period) =>
        latest && (latest.fromMs ?? -Infinity) > (period.fromMs ?? -Infinity) ? latest : period,
      undefined,
    );
}
