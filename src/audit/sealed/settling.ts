import { removeBlocks } from '../recent/keeping.ts';
import { openSegments } from '../segments.ts';
import { openSealed, readDays, volumeId, type SealedDay } from './collections.ts';
import { digestOf } from './manifest.ts';
import { MOVING_SECONDS, noteSealed, type SealingDeps } from './sealing.ts';
import { openVolume } from './volume-reader.ts';

/** What an edition that is not in force may be: one being written, or read by who began before it was replaced. */
const SPARE_SECONDS = 4 * MOVING_SECONDS;

/**
 * Removes the lines of sealed days where they were written, some hours after their day was sealed, each group only once it
 * was read back from its volume. Idempotent: a crash in between leaves the rest for the next time.
 */
export async function settleDays(deps: SealingDeps): Promise<void> {
  const { store, clock, logger } = deps;
  const { days, manifests } = openSealed(store);
  for (const day of await readDays(days)) {
    if (!day.moving) continue;
    const manifest = (await manifests.get(day.edition))?.manifest;
    if (!manifest) {
      logger.error(
        { day: day.id },
        'audit: the manifest of a sealed day is missing; its lines are not removed',
      );
      continue;
    }
    await noteSealed(store, manifest.heads);
    if (clock.now() < day.moving.until) continue;
    const digests = manifest.volumes.map(({ digest }) => digest);
    if (!(await removeMoved(deps, day, digests))) continue;
    await removeBlocks(store, day);
    await days.update(day.id, ({ moving: _moved, ...settled }) => settled);
  }
}

async function removeMoved(
  { store, logger }: SealingDeps,
  day: SealedDay,
  digests: readonly string[],
): Promise<boolean> {
  const segments = openSegments(store);
  const { leaves } = openSealed(store);
  for (const [number, digest] of digests.entries()) {
    const content = (await leaves.get(volumeId(day.edition, number)))?.content ?? '';
    if (digestOf(content) !== digest) {
      logger.error({ day: day.id, volume: number }, 'audit: a sealed volume is not what was written');
      return false;
    }
    for (const { id, lines } of openVolume(content).groups()) {
      const written = await segments.get(id);
      if (written === null) continue;
      const isSame =
        written.lines.length === lines.length && written.lines.at(-1)?.hash === lines.at(-1)?.hash;
      if (isSame) await segments.remove(id);
      else logger.error({ day: day.id, group: id }, 'audit: lines differ from what was sealed and stay');
    }
  }
  return true;
}

/** Removes editions that no day names: what a crash or a slower instance left behind, and what was replaced. */
export async function sweepEditions({ store, clock }: SealingDeps): Promise<void> {
  const { days, editions, manifests, leaves } = openSealed(store);
  const before = clock.now() - SPARE_SECONDS;
  let after: string | undefined;
  do {
    const page = await editions.list('all', {
      key: 'all',
      limit: 500,
      ...(after !== undefined && { after }),
    });
    for (const { id, day, since } of page.items) {
      if (since > before || (await days.get(day))?.edition === id) continue;
      await leaves.removeBy('edition', id);
      await manifests.remove(id);
      // ORDER: last, so that a crash in between leaves the edition known.
      await editions.remove(id);
    }
    after = page.next;
  } while (after !== undefined);
}
