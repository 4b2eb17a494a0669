import { isAppError } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { chainsOf, openChains } from './chains.ts';
import { linePlace, type FindingKind } from './findings.ts';
import type { AuditLine } from './line.ts';
import { openSegments, SEGMENT_LINES, segmentId, type Segment } from './segments.ts';

/** What cannot be read as it was written: its kind and its place. */
export type OnFault = (kind: FindingKind, place: string) => void;

const PAGE = 50;

/**
 * The groups of lines that are not sealed: chain after chain, each in order. One that cannot be read is told to `onFault`
 * and left out; what follows it is found again.
 */
export async function* readWritten(store: Store, onFault: OnFault): AsyncGenerator<Segment> {
  const segments = openSegments(store);
  let last = { chain: '', seq: 0 };
  try {
    let after: string | undefined;
    do {
      const more = after !== undefined && { after };
      const page = await segments.list('chain', { prefix: '', limit: PAGE, ...more });
      for (const segment of page.items) {
        if (isReadable(segment)) {
          yield segment;
          last = { chain: segment.chain, seq: segment.lines.at(-1)?.seq ?? 0 };
        } else onFault('unreadable', `group ${String(segment.id)}`);
      }
      after = page.next;
    } while (after !== undefined);
  } catch (error) {
    if (isAppError(error, 'store.unavailable')) throw error;
    // The store is there, and yet a page of it cannot be read: one of its documents is broken. From here on, one by one.
    for (const { id, seq, sealed } of await chainsOf(openChains(store), 'unsealed'))
      if (id >= last.chain)
        yield* walk(store, { id, seq, from: id === last.chain ? last.seq : (sealed?.seq ?? 0) }, onFault);
  }
}

/**
 * The groups of a chain after line `from`, each by its own id. Where none begins, each further line is tried until the
 * last that is covered, `seq`, and beyond by the length of a group: slow, but only where something is wrong.
 */
async function* walk(
  store: Store,
  chain: { readonly id: string; readonly seq: number; readonly from: number },
  onFault: OnFault,
): AsyncGenerator<Segment> {
  let reached = chain.from;
  for (let next = reached + 1; next <= Math.max(chain.seq, reached) + SEGMENT_LINES; next++) {
    const segment = await getReadable(store, segmentId(chain.id, next));
    if (segment === 'broken') onFault('unreadable', linePlace(chain.id, next));
    if (segment === null || segment === 'broken') continue;
    yield segment;
    reached = Math.max(next, segment.lines.at(-1)?.seq ?? 0);
    next = reached;
  }
}

async function getReadable(store: Store, id: string): Promise<Segment | 'broken' | null> {
  try {
    const segment = await openSegments(store).get(id);
    return segment === null || isReadable(segment) ? segment : 'broken';
  } catch (error) {
    if (isAppError(error, 'store.unavailable')) throw error;
    return 'broken';
  }
}

/** Whoever writes the store may have left anything there. */
function isReadable({ chain, lines }: Partial<Segment>): boolean {
  return (
    typeof chain === 'string' &&
    Array.isArray(lines) &&
    lines.length > 0 &&
    lines.every(line => isLine(line) && line.chain === chain)
  );
}

function isLine(line: unknown): line is AuditLine {
  if (typeof line !== 'object' || line === null) return false;
  const { seq, at, hash, type } = line as Partial<AuditLine>;
  return Number.isInteger(seq) && [at, hash, type].every(text => typeof text === 'string');
}
