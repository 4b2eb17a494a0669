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
  /** Forgets what these chains, all that are not wholly sealed, have in sealed days: those must be listed from there. */
  forget(chains: readonly ChainDoc[]): void;
}

interface Place {
  readonly ms: number;
  readonly id: string;
}

/** Groups read at once. */
const AT_ONCE = 32;

/**
 * What was read of the chains stays in memory, some 20 bytes a line, and each list reads only what is new.
 */
export function createRecentGroups(store: Store): RecentGroups {
  const segments = openSegments(store);
  const blocks = openBlocks(store);
  const chains = openChains(store);
  const followers = new Map<string, ChainFollower>();
  /** Read to the end, and grow no more. */
  const ended = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  async function followAll(): Promise<void> {
    const follow = async ({ id, isClosed }: ChainDoc) => {
      if (ended.has(id)) return;
      const follower = followers.get(id) ?? createChainFollower(id, { segments, blocks });
      followers.set(id, follower);
      await follower.follow();
      if (isClosed) ended.add(id);
    };
    await Promise.all((await chainsOf(chains, 'unsealed')).map(follow));
  }

  /** In turn: whoever asks sees what was written before, and nobody reads a chain twice at once. */
  function upToDate(): Promise<void> {
    const done = turn.then(followAll);
    turn = done.catch(() => undefined);
    return done;
  }

  /** The first `wanted` places after `from` that may name the subject. */
  function placesOf(fingerprint: number, time: string, from: Place | undefined, wanted: number): Place[] {
    const blocksOf = ([chain, follower]: [string, ChainFollower]) =>
      follower.blocks().flatMap(block => (mayTouch(block, time, from) ? { chain, block } : []));
    let places: Place[] = [];
    for (const { chain, block } of [...followers].flatMap(blocksOf).sort(byAge)) {
      const last = places[wanted - 1];
      if (last && block.oldest > last.ms) break;
      for (const { seq, ms } of candidatesIn(block, fingerprint)) {
        const place = { ms, id: segmentId(chain, seq) };
        if ((from === undefined || compare(place, from) > 0) && isoOf(ms).startsWith(time))
          places.push(place);
      }
      places = places.sort(compare).slice(0, wanted);
    }
    return places;
  }

  return {
    async list({ kind, subject, time, after, limit }) {
      const name = subjectName(kind, subject);
      const fingerprint = fingerprintOf(name);
      let from = after === undefined ? undefined : readCursor(after);
      await upToDate();
      const found: { readonly place: Place; readonly segment: Segment }[] = [];
      while (found.length <= limit) {
        const places = placesOf(fingerprint, time, from, limit + 1 - found.length);
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
    forget(unsealed) {
      const left = new Map(unsealed.map(chain => [chain.id, chain.sealed?.seq ?? 0]));
      for (const [id, follower] of followers) {
        const sealed = left.get(id);
        if (sealed !== undefined) follower.forget(sealed);
        else if (followers.delete(id)) ended.delete(id);
      }
    },
  };
}

/** False when no group of the block can have an instant that begins so and is not before `from`. */
function mayTouch({ oldest, newest }: Block, time: string, from: Place | undefined): boolean {
  if (from && newest < from.ms) return false;
  return isoOf(oldest) <= `${time}\uffff` && isoOf(newest) >= time;
}

const byAge = (a: { readonly block: Block }, b: { readonly block: Block }) => a.block.oldest - b.block.oldest;
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
