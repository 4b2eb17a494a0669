import { AppError } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { openSealed, pageId, volumeId, type SealedDay } from './collections.ts';
import { ManifestSchema, type Manifest } from './manifest.ts';
import { pageNumberOf, volumesIn } from './subject-index.ts';
import { openVolume, type Volume } from './volume-reader.ts';

/** Reads what is sealed, for whom it shows. `verify` reads it as evidence instead (`evidence.ts`). */
export interface EditionReader {
  manifest(day: SealedDay): Promise<Manifest>;
  /** Throws `audit.sealed_unreadable` (503). */
  volume(day: SealedDay, number: number): Promise<Volume>;
  /** The volumes that may hold lines about the subject of that name. Throws `audit.sealed_unreadable` (503). */
  volumesOf(day: SealedDay, name: string): Promise<readonly number[]>;
}

/** Volumes kept open, some megabytes: one page of a list looks into the same ones again and again. */
const MOST_KEPT = 32;

export function createEditionReader(store: Store): EditionReader {
  const { leaves, manifests } = openSealed(store);
  /** By id, the one that was used last at the end. */
  const kept = new Map<string, Volume>();

  return {
    async manifest(day) {
      const read = ManifestSchema.safeParse((await manifests.get(day.edition))?.manifest);
      if (!read.success) throw unreadable(day, 'manifest', read.error);
      return read.data;
    },
    async volume(day, number) {
      const id = volumeId(day.edition, number);
      const volume = kept.get(id) ?? (await readVolume(day, id));
      kept.delete(id);
      kept.set(id, volume);
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      return volume;
    },
    async volumesOf(day, name) {
      const id = pageId(day.edition, pageNumberOf(name, day.bits));
      const page = await leaves.get(id);
      if (page === null) throw unreadable(day, id);
      return volumesIn(page.content, name);
    },
  };

  async function readVolume(day: SealedDay, id: string): Promise<Volume> {
    const leaf = await leaves.get(id);
    if (leaf === null) throw unreadable(day, id);
    try {
      return openVolume(leaf.content);
    } catch (cause) {
      throw unreadable(day, id, cause);
    }
  }
}

/** SECURITY: never left out in silence: a reader would take what is missing for what never was. */
function unreadable(day: SealedDay, what: string, cause?: unknown): AppError {
  return new AppError({
    code: 'audit.sealed_unreadable',
    status: 503,
    publicMessage: 'Une partie des traces ne peut pas être lue.',
    hint: 'Prévenez l’exploitant du service : la commande « audit-verify » dit laquelle.',
    detail: `sealed day ${day.id}: ${what}`,
    cause,
  });
}
