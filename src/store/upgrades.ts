import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#kernel/index.ts';
import type { Awaitable, StoreLogger } from './backend.ts';
import type { StoredRows } from './rows.ts';

/** One change of what stored documents look like, from the schema before to `to`. */
export interface Upgrade {
  /** The schema that it leads to: the next number. */
  readonly to: number;
  /** Must not mind documents that it has already changed: after a crash it begins again. */
  readonly run: (data: Rewriter) => Promise<void>;
}

/** What an upgrade may do. Sealed fields are texts here, and stay as they are. */
export interface Rewriter {
  /** Changes every document of a collection; `change` answers the same reference to leave one alone. */
  rewrite(collection: string, change: (doc: StoredDoc) => StoredDoc): Promise<void>;
}

export type StoredDoc = Readonly<Record<string, unknown>>;

/** What a backend lends to upgrades. */
export interface UpgradePlace extends StoredRows {
  note(name: string): Awaitable<number | undefined>;
  setNote(name: string, value: number): Promise<unknown>;
  /** Whether no collection was ever opened here. */
  isNew(): Awaitable<boolean>;
  /** Runs while no other process does the same; answers `false`, and runs nothing, when one is at it. */
  alone(run: () => Promise<void>): Promise<boolean>;
}

/** The schema of release 0.1.0, which did not note it. */
export const FIRST_SCHEMA = 1;
/** Where the schema is noted, once it is not the first. */
export const SCHEMA_NOTE = 'schema';

/** How long who waits for another process's upgrade waits before it looks again. */
const POLL_MS = 200;

/** The product's own, in their order: a release that changes what documents look like adds one. */
export const UPGRADES: readonly Upgrade[] = [];

/** The schema that a list of upgrades leads to. */
export const schemaOf = (upgrades: readonly Upgrade[]): number => upgrades.at(-1)?.to ?? FIRST_SCHEMA;

/**
 * Brings the data to the schema of this release, one process doing it while the others wait. Other releases must be
 * stopped: they would go on writing what they know. Throws `store.newer_schema` (409) when a later release has
 * been here, and whatever an upgrade throws; then the next start begins that upgrade again.
 */
export async function upgradeStore(deps: {
  readonly place: UpgradePlace;
  readonly upgrades: readonly Upgrade[];
  readonly logger: StoreLogger | undefined;
}): Promise<void> {
  const { place, upgrades, logger } = deps;
  const target = schemaOf(upgrades);
  const isThere = async (): Promise<boolean> => {
    const found = (await place.note(SCHEMA_NOTE)) ?? FIRST_SCHEMA;
    refuseNewer(found, target);
    return found === target;
  };
  while (!(await isThere())) {
    const isDone = await place.alone(async () => {
      const before = (await place.note(SCHEMA_NOTE)) ?? ((await place.isNew()) ? target : FIRST_SCHEMA);
      for (const { to, run } of upgrades.filter(upgrade => upgrade.to > before)) {
        logger?.warn({ schema: to }, 'store: upgrading the data');
        await run(createRewriter(place));
        // ORDER: noted last, so that an interrupted upgrade starts again.
        await place.setNote(SCHEMA_NOTE, to);
      }
      if (before === target) await place.setNote(SCHEMA_NOTE, target);
    });
    if (!isDone) await delay(POLL_MS);
  }
}

/** Throws `store.newer_schema` (409) for data of a later release. */
export function refuseNewer(found: number, known: number): void {
  if (found <= known) return;
  throw new AppError({
    code: 'store.newer_schema',
    status: 409,
    publicMessage: 'Ces données viennent d’une version plus récente du service.',
    hint: 'Reprenez la version plus récente, ou restaurez la sauvegarde faite avant la mise à jour.',
    detail: `a later release has upgraded these data (schema ${found}, this release knows ${known}): start that release again, or restore the backup made before the upgrade`,
  });
}

function createRewriter(place: UpgradePlace): Rewriter {
  return {
    async rewrite(collection, change) {
      for await (const { text, replace } of place.rows(collection)) {
        const before = JSON.parse(text) as StoredDoc;
        const after = change(before);
        if (after !== before) await replace(JSON.stringify(after));
      }
    },
  };
}
