import { createHash } from 'node:crypto';
import { randomId, type Clock } from '#kernel/index.ts';
import type { EventCategory } from '../events.ts';
import type { AuditLine } from '../line.ts';
import type { Signer } from '../signing.ts';
import { addSubjects } from '../subjects.ts';
import { pageId, volumeId, type SealedCollections, type SealedDay } from './collections.ts';
import { createGapDigest, digestOf, signManifest, type Manifest } from './manifest.ts';
import { createSubjectIndexBuilder, MOST_VOLUMES } from './subject-index.ts';
import { encodeVolume, type Gap } from './volume.ts';

/** What was written, not yet in force. */
export interface WrittenEdition {
  readonly id: string;
  readonly manifest: Manifest;
  readonly bits: number;
  readonly since: string;
  readonly lines: SealedDay['lines'];
}

/** A part that takes the next group when it follows. */
type OpenPart =
  | {
      readonly run: {
        readonly chain: string;
        readonly before: string;
        readonly groups: (readonly AuditLine[])[];
        /** The hash of the newest line. */
        end: string;
      };
    }
  | { readonly gap: Gap };

/** A volume is closed at the end of the group that fills it: small enough to be read whole for one line. */
const VOLUME_LINES = 512;

/** Writes the volumes, the index and the signed manifest of a day, group by group: a day is never held in memory. */
export interface EditionWriter {
  /** Lines of one chain without a hole; `before`: the hash before the first. */
  addGroup(before: string, lines: readonly AuditLine[]): Promise<void>;
  addGap(gap: Gap): void;
  /** A day can hold no more: what is left belongs to the next. */
  isFull(): boolean;
  /** `null` when nothing was added. */
  finish(dropped: Manifest['dropped']): Promise<WrittenEdition | null>;
}

export async function openEdition(deps: {
  readonly collections: SealedCollections;
  readonly clock: Clock;
  readonly signer: () => Promise<Signer>;
  readonly day: string;
}): Promise<EditionWriter> {
  const { collections, clock, day } = deps;
  const id = randomId(9);
  // ORDER: announced before anything is written, so that a crash leaves nothing that nobody knows of.
  await collections.editions.insert({ id, day, since: clock.now() });

  const index = createSubjectIndexBuilder();
  const gaps = createGapDigest();
  const volumes: Manifest['volumes'] = [];
  const heads = new Map<string, { readonly from: number; readonly seq: number; readonly hash: string }>();
  const lines: Partial<Record<EventCategory, number>> = {};
  let parts: OpenPart[] = [];
  let count = 0;
  let since = day;

  function note(chain: string, from: number, to: number, hash: string): void {
    heads.set(chain, { from: heads.get(chain)?.from ?? from, seq: to, hash });
  }

  function noteLine(line: AuditLine, subjects: Set<string>): void {
    lines[line.category] = (lines[line.category] ?? 0) + 1;
    if (line.at < since) since = line.at.slice(0, 10);
    addSubjects(subjects, line);
  }

  async function closeVolume(): Promise<void> {
    if (parts.length === 0) return;
    const number = volumes.length;
    const subjects = new Set<string>();
    let [first, last] = ['9999', ''];
    for (const part of parts) {
      if ('gap' in part) continue;
      for (const line of part.run.groups.flat()) {
        noteLine(line, subjects);
        if (line.at < first) first = line.at;
        if (line.at > last) last = line.at;
      }
    }
    for (const name of subjects) index.add(name, number);
    const content = encodeVolume(parts);
    volumes.push({ digest: digestOf(content), lines: count, first, last });
    [parts, count] = [[], 0];
    await collections.leaves.insert({ id: volumeId(id, number), edition: id, content });
  }

  return {
    async addGroup(before, group) {
      const [first, last] = [group[0], group.at(-1)];
      if (!first || !last) return;
      note(first.chain, first.seq, last.seq, last.hash);
      const open = parts.at(-1);
      const isNext = open && 'run' in open && open.run.chain === first.chain && open.run.end === before;
      if (isNext) {
        open.run.groups.push(group);
        open.run.end = last.hash;
      } else parts.push({ run: { chain: first.chain, before, groups: [group], end: last.hash } });
      count += group.length;
      if (count >= VOLUME_LINES) await closeVolume();
    },
    addGap(gap) {
      parts.push({ gap });
      gaps.add(gap);
      note(gap.chain, gap.from, gap.to, gap.hash);
    },
    isFull: () => volumes.length >= MOST_VOLUMES - 1,
    async finish(dropped) {
      await closeVolume();
      if (volumes.length === 0) return null;
      const { bits, pages } = index.finish();
      const sum = createHash('sha256');
      for (const [number, content] of pages.entries()) {
        sum.update(`${content}\n`);
        await collections.leaves.insert({ id: pageId(id, number), edition: id, content });
      }
      const manifest = signManifest(
        {
          day,
          edition: id,
          at: new Date(clock.nowMs()).toISOString(),
          volumes,
          index: sum.digest('base64url'),
          gaps: gaps.value(),
          heads: Array.from(heads, ([chain, head]) => ({ chain, ...head })),
          dropped,
        },
        await deps.signer(),
      );
      await collections.manifests.insert({ id, manifest });
      return { id, manifest, bits, since, lines };
    },
  };
}
