import type { Page, Store } from '#store/index.ts';
import { chainsOf, openChains, type ChainDoc } from '../chains.ts';
import { badCursor } from '../cursor.ts';
import { openSegments, segmentId, type Segment } from '../segments.ts';
import { fingerprintOf, subjectName, subjectsOf, type SubjectKind } from '../subjects.ts';
import { candidatesIn, type Block } from './block.ts';
import { openBlocks } from './blocks.ts';
import { createChainFollower, type ChainFollower } from './chain-follower.ts';

export interface RecentQuery {
  readonly kind: SubjectKind;
  readonly subject: string;
  /** How the instant of a group begins, in ISO 8601: `2026-11-22T08`; every one when empty. */
  readonly time: string;
  /** The `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** The groups of lines that lie where they were written, found by whom they name. */
export interface RecentGroups {
  /** In order of instant and id; what was durable when it was asked for is found. Throws `audit.bad_cursor` (400). */
  list(query: RecentQuery): Promise<Page<Segment>>;
  /**
   * Told, each time that somebody reads which days are sealed, of the chains that were not wholly sealed just before. What
   * they had in sealed days is found here until the next time: a list that began with the days of the time before
   * misses nothing.
   */
  learn(unsealed: readonly ChainDoc[]): void;
}

interface Place {
  readonly ms: number;
  readonly id: string;
}

/** Groups read at once. */
const AT_ONCE = 32;

interface ChainBlock {
  readonly chain: string;
  readonly block: Block;
}

interface Followed {
  readonly follower: ChainFollower;
  /** It grows no more, and was read to its end. */
  isDone: boolean;
}

/** What was read of the chains stays in memory, 13 to 25 bytes a line, and each list reads only what is new. */
export function createRecentGroups(store: Store): RecentGroups {
  const segments = openSegments(store);
  const blocks = openBlocks(store);
  const chains = openChains(store);
  const followed = new Map<string, Followed>();
  let learnt: readonly ChainDoc[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  /** Nobody reads a chain twice at once, and nothing is forgotten meanwhile. */
  function inTurn<T>(run: () => T | Promise<T>): Promise<T> {
    const done = turn.then(run);
    turn = done.catch(() => undefined);
    return done;
  }

  function add({ id }: ChainDoc): void {
    if (!followed.has(id))
      followed.set(id, { follower: createChainFollower(id, { segments, blocks }), isDone: false });
  }

  /** The blocks of all chains, as far as they were written when this began. */
  async function readOn(): Promise<readonly ChainBlock[]> {
    const unsealed = await chainsOf(chains, 'unsealed');
    unsealed.forEach(add);
    const growing = new Set(unsealed.filter(chain => !chain.isClosed).map(({ id }) => id));
    await Promise.all(
      Array.from(followed, async ([id, chain]) => {
        if (chain.isDone) return;
        await chain.follower.follow();
        chain.isDone = !growing.has(id);
      }),
    );
    return Array.from(followed, ([chain, { follower }]) =>
      follower.blocks().map(block => ({ chain, block })),
    ).flat();
  }

  return {
    async list({ kind, subject, time, after, limit }) {
      const name = subjectName(kind, subject);
      const fingerprint = fingerprintOf(name);
      let from = after === undefined ? undefined : readCursor(after);
      const all = await inTurn(readOn);
      const found: { readonly place: Place; readonly segment: Segment }[] = [];
      while (found.length <= limit) {
        const places = placesIn(all, { fingerprint, time, from, wanted: limit + 1 - found.length });
        if (places.length === 0) break;
        for (let at = 0; at < places.length; at += AT_ONCE) {
          const part = places.slice(at, at + AT_ONCE);
          const read = await Promise.all(part.map(({ id }) => segments.get(id)));
          for (const [index, segment] of read.entries()) {
            const place = part[index];
            // Gone to a sealed day, or named by chance.
            if (place && segment && subjectsOf(segment.lines).has(name)) found.push({ place, segment });
          }
        }
        from = places.at(-1);
      }
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const page = items.map(({ segment }) => segment);
      return found.length > limit && last ? { items: page, next: cursorOf(last.place) } : { items: page };
    },
    learn(unsealed) {
      void inTurn(() => {
        const left = new Map(learnt.map(chain => [chain.id, chain.sealed?.seq ?? 0]));
        for (const [id, { follower }] of followed) {
          const sealed = left.get(id);
          if (sealed !== undefined) follower.forget(sealed);
          // Also one that came since: it is read again.
          else followed.delete(id);
        }
        unsealed.forEach(add);
        learnt = unsealed;
      });
    },
  };
}

/** The first `wanted` places after `from` that may name the subject. */
function placesIn(
  all: readonly ChainBlock[],
  query: {
    readonly fingerprint: number;
    readonly time: string;
    readonly from: Place | undefined;
    readonly wanted: number;
  },
): readonly Place[] {
  const { fingerprint, time, from, wanted } = query;
  let places: Place[] = [];
  for (const { chain, block } of all.filter(({ block }) => mayTouch(block, time, from)).sort(byAge)) {
    const last = places[wanted - 1];
    if (last && block.oldest > last.ms) break;
    for (const { seq, ms } of candidatesIn(block, fingerprint)) {
      const place = { ms, id: segmentId(chain, seq) };
      if ((from === undefined || compare(place, from) > 0) && isoOf(ms).startsWith(time)) places.push(place);
    }
    places = places.sort(compare).slice(0, wanted);
  }
  return places;
}

/** False when no group of the block can have an instant that begins so and is not before `from`. */
function mayTouch({ oldest, newest }: Block, time: string, from: Place | undefined): boolean {
  if (from && newest < from.ms) return false;
  return isoOf(oldest) <= `${time}\uffff` && isoOf(newest) >= time;
}

const byAge = (a: ChainBlock, b: ChainBlock) => a.block.oldest - b.block.oldest;
const isoOf = (ms: number) => new Date(ms).toISOString();

function compare(a: Place, b: Place): number {
  if (a.ms !== b.ms) return a.ms - b.ms;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function cursorOf({ ms, id }: Place): string {
  return Buffer.from(JSON.stringify([ms, id])).toString('base64url');
}

/** Throws `audit.bad_cursor` (400). */
function readCursor(cursor: string): Place {
  try {
    const [ms, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (typeof ms === 'number' && typeof id === 'string') return { ms, id };
  } catch {
    // Not ours: refused below.
  }
  throw badCursor();
}
