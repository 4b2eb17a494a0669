import { isAppError, randomId, type Clock } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Doc, Store } from '#store/index.ts';
import { finessEntries } from './finess-file.ts';
import { linesOf } from './lines.ts';
import { mergeEntries, rppsEntries, type RppsEntry } from './rpps-file.ts';
import type { KnownProfessional, KnownStructure, ReferenceState } from './types.ts';

const professionalsSpec: CollectionSpec<KnownProfessional> = {
  name: 'reference_professionals',
  version: 1,
  indexes: { generation: { key: ({ generation }) => generation } },
};
const structuresSpec: CollectionSpec<KnownStructure> = {
  name: 'reference_structures',
  version: 1,
  indexes: { generation: { key: ({ generation }) => generation } },
};
const statesSpec: CollectionSpec<ReferenceState> = { name: 'reference_states', version: 1, indexes: {} };

export type ReferenceFile = 'rpps' | 'finess';

export interface ReferenceReport {
  /** Persons or establishments in the file. */
  readonly entries: number;
  /** Lines without a valid number or without a name. */
  readonly refused: number;
  /** What earlier files named and this one does not. */
  readonly removed: number;
  /** The file held less than half of what the last one did: nothing was removed. */
  readonly isSuspect: boolean;
}

/**
 * Public extracts of the national registers, optional: to check what is typed and to fill forms in. They say what a
 * register said on the day of its file, never what somebody may do.
 */
export interface Reference {
  /** By RPPS (11 digits) or by national identifier; `null` when no file names it, or none was imported. */
  lookupRpps(rpps: string): Promise<KnownProfessional | null>;
  lookupFiness(finess: string): Promise<KnownStructure | null>;
  /** What the last import of that file brought, or `null`. */
  state(file: ReferenceFile): Promise<ReferenceState | null>;
  /**
   * Reads a file line by line, in constant memory; what the register no longer names goes. Stopped in the middle, it
   * is simply begun again. Throws `admin.reference_malformed` (400), and what the system says of the file.
   */
  importFile(file: ReferenceFile, path: string): Promise<ReferenceReport>;
}

/** Writes under way at once: they share the commits of the store. */
const AT_ONCE = 64;

export function createReference(deps: { readonly store: Store; readonly clock: Clock }): Reference {
  const { store, clock } = deps;
  const professionals = store.collection(professionalsSpec);
  const structures = store.collection(structuresSpec);
  const states = store.collection(statesSpec);

  async function begin(file: ReferenceFile): Promise<{ generation: string; before: ReferenceState | null }> {
    const generation = randomId(9);
    const before = await states.get(file);
    const begun = [...(before?.begun ?? []), generation].slice(-50);
    await states.put(
      before ? { ...before, begun } : { id: file, generation: '', begun, entries: 0, importedAtMs: 0 },
    );
    return { generation, before };
  }

  async function load<T extends Doc & { readonly generation: string }, E extends { readonly id: string }>(
    file: ReferenceFile,
    into: Collection<T>,
    from: {
      readonly entries: (onRefused: () => void) => AsyncIterable<E>;
      readonly merge: (before: T, entry: E) => E;
    },
  ): Promise<ReferenceReport> {
    const { generation, before } = await begin(file);
    let refused = 0;
    let entries = 0;

    async function keep(entry: E): Promise<void> {
      const fresh = { ...entry, generation } as unknown as T;
      let isFirst = true;
      const change = (known: T) => {
        isFirst = known.generation !== generation;
        return isFirst ? fresh : ({ ...from.merge(known, entry), generation } as unknown as T);
      };
      // A first file finds nothing there, a later one nearly everything.
      const isKnown = (before?.entries ?? 0) > 0 && (await into.update(entry.id, change)) !== null;
      if (!isKnown) {
        try {
          await into.insert(fresh);
        } catch (error) {
          if (!isAppError(error, 'store.conflict')) throw error;
          await into.update(entry.id, change);
        }
      }
      if (isFirst) entries += 1;
    }

    const underWay = new Set<Promise<void>>();
    for await (const entry of from.entries(() => (refused += 1))) {
      const work = keep(entry);
      const done: Promise<void> = work.finally(() => underWay.delete(done));
      underWay.add(done);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    }
    await Promise.all(underWay);

    const isSuspect = before !== null && entries < before.entries / 2;
    let removed = 0;
    if (!isSuspect)
      for (const old of new Set([...(before?.begun ?? []), before?.generation ?? '']))
        if (old !== '' && old !== generation) removed += await into.removeBy('generation', old);
    await states.put({
      id: file,
      generation,
      begun: isSuspect ? [...(before.begun ?? []), generation].slice(-50) : [generation],
      entries,
      refused,
      removed,
      isSuspect,
      importedAtMs: clock.nowMs(),
    });
    return { entries, refused, removed, isSuspect };
  }

  return {
    lookupRpps: rpps => professionals.get(/^\d{11}$/u.test(rpps) ? `8${rpps}` : rpps),
    lookupFiness: finess => structures.get(finess.toUpperCase()),
    async state(file) {
      const state = await states.get(file);
      return state && state.importedAtMs > 0 ? state : null;
    },
    importFile: (file, path) =>
      file === 'rpps'
        ? load<KnownProfessional, RppsEntry>(file, professionals, {
            entries: onRefused => rppsEntries(linesOf(path), onRefused),
            merge: (before, entry) => mergeEntries(before, entry),
          })
        : load(file, structures, {
            entries: onRefused => finessEntries(linesOf(path), onRefused),
            merge: (_before, entry) => entry,
          }),
  };
}
