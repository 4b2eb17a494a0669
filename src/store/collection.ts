import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '#kernel/index.ts';
import type { Awaitable, KeyRange, Row, Table } from './backend.ts';
import type { Codec } from './codec.ts';
import { badQuery, busy } from './errors.ts';
import { collectPage, MAX_PAGE, readQuery } from './paging.ts';
import type { Collection, CollectionSpec, Doc } from './port.ts';
import { createTurns } from './turns.ts';
import { peekAt, scanPage } from './unsealed.ts';

/** Lost compare-and-sets before `store.busy`. In one process updates take turns, so only other processes compete. */
const MAX_ATTEMPTS = 30;
/** Longest random pause between two attempts: long enough for a competitor's commit. */
const MAX_PAUSE_MS = 25;

/** The port over a backend's table. */
export function createCollection<T extends Doc>(
  spec: CollectionSpec<T>,
  open: () => Awaitable<Table>,
  codec: Codec<T>,
  clock: Clock,
): Collection<T> {
  const ready = openOnce(open);
  const inTurn = createTurns();
  const nextVersion = createVersions();

  const toRow = (doc: T): Row => ({
    id: checkId(doc.id),
    version: nextVersion(),
    expiresAt: checkExpiry(doc.expiresAt),
    text: codec.encode(doc),
    keys: codec.keys(doc),
  });

  async function tryUpdate(id: string, change: (doc: T) => T): Promise<T | null> {
    const rows = await ready();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const now = clock.now();
      const stored = await rows.read(id, now);
      if (stored === null) return null;
      const before = codec.decode(stored.id, stored.text);
      const keysBefore = codec.keys(before);
      const after = change(before);
      if (after === before) return before;
      if (after.id !== id) throw new TypeError(`an update of ${spec.name} keeps the id`);
      const row = toRow(after);
      if (await rows.swap(row, stored.version, !sameKeys(keysBefore, row.keys), now)) return after;
      await delay(randomInt(MAX_PAUSE_MS));
    }
    throw busy(`update of ${spec.name}`);
  }

  async function takeGuarded(id: string, guard: (doc: T) => boolean): Promise<T | null> {
    const rows = await ready();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const now = clock.now();
      const stored = await rows.read(id, now);
      if (stored === null) return null;
      const doc = codec.decode(stored.id, stored.text);
      if (!guard(doc)) return null;
      // The version proves that the guard judged what is taken away.
      if ((await rows.take(id, stored.version, now)) !== null) return doc;
    }
    throw busy(`consume of ${spec.name}`);
  }

  return {
    async insert(doc) {
      await (await ready()).insert(toRow(doc), clock.now());
    },
    async get(id) {
      const stored = await (await ready()).read(id, clock.now());
      return stored === null ? null : codec.decode(stored.id, stored.text);
    },
    async peek(id, fields) {
      return peekAt(spec, fields, await (await ready()).read(id, clock.now()));
    },
    async findOne(index, key) {
      const stored = await (await ready()).first(index, codec.lookup(index, key), clock.now());
      return stored === null ? null : codec.decode(stored.id, stored.text);
    },
    async list(index, query) {
      const request = readQuery(query, key => codec.lookup(index, key));
      const rows = await ready();
      return collectPage(
        request,
        (from, limit) => rows.entries(index, request.range, from, limit, clock.now()),
        entry => {
          const doc = codec.decode(entry.id, entry.text);
          return smallestIn(request.range, codec.keysIn(index, doc)) === entry.key ? doc : null;
        },
      );
    },
    async scan(query) {
      return scanPage(spec, await ready(), query, clock.now());
    },
    async put(doc) {
      await (await ready()).put(toRow(doc), clock.now());
    },
    update(id, change) {
      return inTurn(id, () => tryUpdate(id, change));
    },
    async consume(id, guard) {
      if (guard) return takeGuarded(id, guard);
      const text = await (await ready()).take(id, null, clock.now());
      return text === null ? null : codec.decode(id, text);
    },
    async increment(id, field, by, options = {}) {
      if (Object.keys(spec.indexes).length > 0 || (spec.sealed ?? []).length > 0) {
        throw new TypeError(`${spec.name} has indexes or sealed fields: increment is not for it`);
      }
      if (!/^[A-Za-z_]\w*$/u.test(field)) throw new TypeError(`${field} is not a name for a counter`);
      if (!Number.isFinite(by)) throw new TypeError('increment adds a finite number');
      const expiresAt = checkExpiry(options.expiresAt);
      const doc = { id: checkId(id), [field]: by, ...(expiresAt === null ? {} : { expiresAt }) };
      const made: Row = { id, version: nextVersion(), expiresAt, text: JSON.stringify(doc), keys: [] };
      return (await ready()).increment(made, field, by, options.max ?? null, clock.now());
    },
    async remove(id) {
      await (await ready()).remove(id);
    },
    async removeBy(index, key) {
      return (await ready()).removeBy(index, codec.lookup(index, key), clock.now());
    },
    async reap(limit = MAX_PAGE) {
      if (!Number.isInteger(limit) || limit < 1) throw badQuery(`limit ${limit}`);
      return (await ready()).reap(clock.now(), limit);
    },
  };
}

// INVARIANT: no version is used twice for one id, so that a compare-and-set never mistakes a document made anew for
// the one it read. A random start keeps processes apart; 2^47 leaves room under the safe integers.
function createVersions(): () => number {
  let version = randomInt(2 ** 47);
  return () => (version += 1);
}

/**
 * Opens the table at once; operations that come before its end wait for it. A failure is theirs, and the next
 * operation tries again.
 */
function openOnce(open: () => Awaitable<Table>): () => Awaitable<Table> {
  let current: Awaitable<Table> | undefined;
  const begin = (): Awaitable<Table> => {
    const table = open();
    current = table;
    if (table instanceof Promise) {
      void table.then(
        opened => (current = opened),
        () => (current = undefined),
      );
    }
    return table;
  };
  void begin();
  return () => current ?? begin();
}

function checkId(id: string): string {
  if (typeof id !== 'string' || id === '') throw new TypeError('a document has an id');
  return id;
}

function checkExpiry(expiresAt: number | undefined): number | null {
  if (expiresAt === undefined) return null;
  if (!Number.isFinite(expiresAt)) throw new TypeError('expiresAt is in epoch seconds');
  return expiresAt;
}

function sameKeys(a: Row['keys'], b: Row['keys']): boolean {
  return a.length === b.length && a.every(([index, key], at) => index === b[at]?.[0] && key === b[at]?.[1]);
}

/** The key under which a list shows a document that matches under several. */
function smallestIn(range: KeyRange, keys: readonly string[]): string | undefined {
  if ('key' in range) return range.key;
  const matching = keys.filter(key => key.startsWith(range.prefix));
  return matching.length < 2 ? matching[0] : matching.reduce((a, b) => (inBytes(a, b) <= 0 ? a : b));
}

/** UTF-8 order, which is that of both backends. */
function inBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
