import { EVENT_CATEGORIES, linesDropped, type EventCategory } from '../events.ts';
import type { AuditLine } from '../line.ts';
import { openSealed, readDays, type SealedDay } from './collections.ts';
import { createEditionReader } from './edition-reader.ts';
import { openEdition, type EditionWriter } from './edition-writer.ts';
import { isOver, manifestDigest, type Manifest } from './manifest.ts';
import type { SealingDeps } from './sealing.ts';
import type { Gap, Part } from './volume.ts';

/** Months that the lines of each category are kept, counted from the end of their day. */
export type KeptMonths = Readonly<Record<EventCategory, number>>;

/**
 * Drops the lines whose time is over: each day that has some is written anew without them, with gaps that carry the chain
 * on, and the new edition comes into force in one write. Only settled days. Resolves to how many lines were dropped.
 * A crash leaves the day as it was.
 */
export async function dropExpired(deps: SealingDeps, months: KeptMonths): Promise<number> {
  let dropped = 0;
  for (const day of await readDays(openSealed(deps.store).days)) {
    const over = EVENT_CATEGORIES.filter(
      category => (day.lines[category] ?? 0) > 0 && isOver(day.id, months[category], deps.clock.nowMs()),
    );
    if (!day.moving && over.length > 0) dropped += await dropFrom(deps, day, over, months);
  }
  return dropped;
}

async function dropFrom(
  deps: SealingDeps,
  day: SealedDay,
  over: readonly EventCategory[],
  months: KeptMonths,
): Promise<number> {
  const { store, clock } = deps;
  const collections = openSealed(store);
  const reader = createEditionReader(store);
  const before = await reader.manifest(day);
  const edition = await openEdition({ ...deps, collections, day: day.id });
  const thinned = createThinning(edition, line => !over.includes(line.category));
  for (const number of before.volumes.keys())
    for (const part of (await reader.volume(day, number)).parts()) await thinned.add(part);
  thinned.finish();

  const at = new Date(clock.nowMs()).toISOString();
  const rules: Manifest['dropped'] = over.map(category => ({
    category,
    months: months[category],
    lines: day.lines[category] ?? 0,
    at,
  }));
  const written = await edition.finish([...before.dropped, ...rules]);
  if (written === null) return 0;
  // ORDER: told before it is done. A crash after this line leaves the lines there, and the next run tells it again.
  for (const { category, months: kept, lines } of rules)
    await deps.record(linesDropped, {
      actor: 'system',
      outcome: 'success',
      data: {
        day: day.id,
        dropped: category,
        months: kept,
        lines,
        edition: written.id,
        digest: manifestDigest(written.manifest),
      },
    });
  // ORDER: its time as a spare begins before it is one.
  await collections.editions.put({ id: day.edition, day: day.id, since: clock.now() });
  const changed = await collections.days.update(day.id, current =>
    current.edition === day.edition
      ? { ...current, edition: written.id, bits: written.bits, since: written.since, lines: written.lines }
      : current,
  );
  return changed?.edition === written.id ? rules.reduce((sum, { lines }) => sum + lines, 0) : 0;
}

/** Passes on the lines that are kept, and the fewest gaps in place of the others. */
function createThinning(edition: EditionWriter, isKept: (line: AuditLine) => boolean) {
  let gap: Gap | undefined;

  function flush(): void {
    if (gap) edition.addGap(gap);
    gap = undefined;
  }

  function extend(next: Gap): void {
    if (gap && gap.chain === next.chain && gap.to + 1 === next.from)
      gap = { ...gap, to: next.to, hash: next.hash };
    else {
      flush();
      gap = next;
    }
  }

  async function addGroup(before: string, lines: readonly AuditLine[]): Promise<void> {
    let previous = before;
    let group: AuditLine[] = [];
    let groupBefore = before;
    for (const line of lines) {
      if (isKept(line)) {
        flush();
        if (group.length === 0) groupBefore = previous;
        group.push(line);
      } else {
        await edition.addGroup(groupBefore, group);
        group = [];
        extend({ chain: line.chain, from: line.seq, to: line.seq, hash: line.hash });
      }
      previous = line.hash;
    }
    await edition.addGroup(groupBefore, group);
  }

  return {
    async add(part: Part): Promise<void> {
      if ('gap' in part) return extend(part.gap);
      let { before } = part.run;
      for (const group of part.run.groups) {
        await addGroup(before, group);
        before = group.at(-1)?.hash ?? before;
      }
    },
    finish: flush,
  };
}
