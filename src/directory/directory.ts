import { createReadCache, type Clock } from '#kernel/index.ts';
import type { Collection, Doc, ListQuery, Page, Store } from '#store/index.ts';
import { createCodes, type Codes } from './codes.ts';
import {
  SESSIONS_TO_END,
  applicationsSpec,
  networksSpec,
  organisationsSpec,
  professionalsSpec,
  regionSpec,
  type RegionDoc,
} from './collections.ts';
import type { Application, Network, Organisation, Professional, RegionInfo } from './types.ts';

/** Which page of a listing; `key` and `prefix` as in the store. */
export type DirectoryQuery = ListQuery;

export interface Professionals {
  /** Always read fresh: a suspension counts at the next request, on every instance. */
  get(sub: string): Promise<Professional | null>;
  /** By a canonical national identifier, prefix included. */
  findByNationalId(id: string): Promise<Professional | null>;
  /**
   * By `name` (folded, either name first), `email`, `phone` (as it is written), `network`, `organisation`, `branch`, `profile`, or by the second of
   * the last change (`changed`, ISO 8601 in UTC).
   */
  list(
    by: 'name' | 'email' | 'phone' | 'network' | 'organisation' | 'branch' | 'profile' | 'changed',
    query: DirectoryQuery,
  ): Promise<Page<Professional>>;
  /** Throws `store.conflict` when the `sub` or a national identifier is taken. */
  insert(professional: Professional): Promise<void>;
  /** Compare-and-set, as the store's. Throws `store.conflict` on another's national identifier. */
  update(sub: string, change: (professional: Professional) => Professional): Promise<Professional | null>;
  /** Whoever may have sessions of before a change of status that are still to be ended. In order of `sub`. */
  withSessionsToEnd(query: Pick<DirectoryQuery, 'after' | 'limit'>): Promise<Page<Professional>>;
  /**
   * Ends every session of somebody as a change of status does, the status unchanged: from that write on none of before
   * counts, and whatever becomes of the caller they are ended towards applications. Nothing for an unknown `sub`.
   */
  revokeSessions(sub: string): Promise<void>;
  /** They are ended. Changes nothing when the status has changed again since it was read at `sessionsEpoch`. */
  noteSessionsEnded(sub: string, sessionsEpoch: number): Promise<void>;
}

/** Documents that change rarely and are read on every request. */
export interface Register<T, I extends string> {
  /** May be a few seconds behind a write of another instance; never behind one of this instance. */
  get(id: string): Promise<T | null>;
  list(by: I, query: DirectoryQuery): Promise<Page<T>>;
  /** Every one of them, in order of name; as fresh as `get`. For registers of some hundreds. */
  all(): Promise<readonly T[]>;
  insert(value: T): Promise<void>;
  update(id: string, change: (value: T) => T): Promise<T | null>;
}

export interface Directory {
  readonly professionals: Professionals;
  readonly organisations: Register<Organisation, 'name' | 'parent' | 'finess'>;
  readonly networks: Register<Network, 'name'>;
  readonly applications: Register<Application, 'name' | 'network'>;
  /** What the region says of itself; placeholders until a region was imported. */
  region(): Promise<RegionInfo>;
  /** Replaces it. One writer: the import. */
  describeRegion(info: RegionInfo): Promise<void>;
  readonly codes: Codes;
  /** From now on also what other instances have written is seen: for pages that show what was just changed. */
  refresh(): void;
}

/** How long another instance's change of a network, an organisation or an application may stay unseen. */
const CACHE_MS = 3_000;

/** Contract §7 wants consents seen everywhere within one second; a network's regime and levels take part in the same decision. */
const NETWORK_CACHE_MS = 1_000;

const REGION_ID = 'region';
/** The one entry of the cache that holds a whole register. */
const WHOLE = 'all';

const UNNAMED_REGION: RegionInfo = { name: 'Région', support: 'l’administrateur régional' };

export function createDirectory(deps: { readonly store: Store; readonly clock: Clock }): Directory {
  const { store, clock } = deps;
  const professionals = store.collection(professionalsSpec);
  const region = store.collection(regionSpec);
  const regionCache = createReadCache<RegionDoc>({ clock, ttlMs: CACHE_MS, load: id => region.get(id) });
  const organisations = cached(store.collection(organisationsSpec), clock, CACHE_MS);
  const networks = cached(store.collection(networksSpec), clock, NETWORK_CACHE_MS);
  const applications = cached(store.collection(applicationsSpec), clock, CACHE_MS);
  return {
    professionals: {
      get: sub => professionals.get(sub),
      findByNationalId: id => professionals.findOne('nationalId', id),
      list: (by, query) => professionals.list(by, query),
      insert: professional => professionals.insert({ ...professional, changedAtMs: clock.nowMs() }),
      update: (sub, change) =>
        professionals.update(sub, before => {
          const after = change(before);
          return after === before
            ? before
            : { ...withSessionMarks(before, after), changedAtMs: clock.nowMs() };
        }),
      withSessionsToEnd: query => professionals.list('sessionsToEnd', { ...query, key: SESSIONS_TO_END }),
      async revokeSessions(sub) {
        await professionals.update(sub, before => ({ ...before, ...revokedSince(before) }));
      },
      async noteSessionsEnded(sub, sessionsEpoch) {
        await professionals.update(sub, before => {
          if (before.hasSessionsToEnd !== true || (before.sessionsEpoch ?? 0) !== sessionsEpoch)
            return before;
          const { hasSessionsToEnd: _done, ...after } = before;
          return after;
        });
      },
    },
    organisations: organisations.register,
    networks: networks.register,
    applications: applications.register,
    region: async () => (await regionCache.get(REGION_ID))?.info ?? UNNAMED_REGION,
    async describeRegion(info) {
      try {
        await region.put({ id: REGION_ID, info });
      } finally {
        regionCache.forget(REGION_ID);
      }
    },
    codes: createCodes(),
    refresh() {
      for (const { clear } of [organisations, networks, applications, regionCache]) clear();
    },
  };
}

/**
 * SECURITY: the marks are written with the status, whoever changes it (a page, SCIM, an import in another process):
 * from that write on, no session of before counts.
 */
function withSessionMarks(before: Professional, after: Professional): Professional {
  const { sessionsEpoch: _epoch, hasSessionsToEnd: _pending, ...wanted } = after;
  if (after.status !== before.status) return { ...wanted, ...revokedSince(before) };
  return {
    ...wanted,
    ...(before.sessionsEpoch !== undefined && { sessionsEpoch: before.sessionsEpoch }),
    ...(before.hasSessionsToEnd !== undefined && { hasSessionsToEnd: before.hasSessionsToEnd }),
  };
}

function revokedSince({ sessionsEpoch = 0 }: Professional) {
  return { sessionsEpoch: sessionsEpoch + 1, hasSessionsToEnd: true };
}

function cached<T extends Doc, I extends string>(
  collection: Collection<T>,
  clock: Clock,
  ttlMs: number,
): { readonly register: Register<T, I>; clear(): void } {
  const cache = createReadCache<T>({ clock, ttlMs, load: id => collection.get(id) });
  const whole = createReadCache<readonly T[]>({ clock, ttlMs, load: () => readAll(collection) });
  const forget = (id: string) => {
    cache.forget(id);
    whole.forget(WHOLE);
  };
  // A write that failed may still have been done (a lost answer): forgotten either way.
  const register: Register<T, I> = {
    get: id => cache.get(id),
    list: (by, query) => collection.list(by, query),
    all: async () => (await whole.get(WHOLE)) ?? [],
    async insert(value) {
      try {
        await collection.insert(value);
      } finally {
        forget(value.id);
      }
    },
    async update(id, change) {
      try {
        return await collection.update(id, change);
      } finally {
        forget(id);
      }
    },
  };
  return {
    register,
    clear() {
      cache.clear();
      whole.clear();
    },
  };
}

async function readAll<T extends Doc>(collection: Collection<T>): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await collection.list('name', {
      prefix: '',
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}
