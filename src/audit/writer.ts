import { AppError, isAppError, randomId, type Clock } from '#kernel/index.ts';
import { chainOpened, type EventType } from './events.ts';
import { describeEvent, GENESIS, hashLine, type AuditBody, type AuditLine, type EventEntry } from './line.ts';
import type { AuditLogger } from './logger.ts';
import { SEGMENT_LINES, segmentId, type Segment, type Segments } from './segments.ts';

/** The last durable line of a chain; `seq` 0 before the first. */
export interface Head {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

/** What the opening line of a chain says about the process that writes it. */
export interface Opening {
  readonly host?: string;
  readonly pid?: number;
  /** Fingerprint of the access policy in force. */
  readonly policy?: string;
  readonly release?: string;
}

export interface Writer {
  record<D extends string>(event: EventType<D>, entry: EventEntry<D>): Promise<void>;
  /** Writes the opening line, unless an event came before. */
  open(): Promise<void>;
  /** The head of the chain being written. */
  head(): Head;
  /** Resolves when nothing waits any more; later events are refused. */
  close(): Promise<void>;
}

type Event = Omit<AuditBody, 'chain' | 'seq'>;

interface Waiting {
  /** Absent when only the opening of the chain is wanted. */
  readonly event?: Event;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One hash chain, written in groups: events that arrive during a flush share the next one, so that a hundred
 * concurrent sign-ins cost a few writes. A failed flush rejects its events and leaves the chain as it was.
 */
export function createWriter(deps: {
  readonly segments: Segments;
  readonly clock: Clock;
  readonly logger: AuditLogger;
  readonly opening: Opening;
  /** Called before the first line of a chain is written, so that the chain is known to checkpoints. */
  readonly announce: (chain: string) => Promise<void>;
  /** Told of each group that is durable, in the order of its chain. */
  readonly written: (segment: Segment) => void;
}): Writer {
  const { segments, clock, logger } = deps;
  let head: Head = newChain();
  let announced = false;
  /** Where a chain that somebody else wrote into was left. */
  let left: Head | undefined;
  /** The last line of a flush whose outcome is unknown. */
  let doubtful: Head | undefined;
  const waiting: Waiting[] = [];
  let isFlushing = false;
  let flushed: Promise<void> = Promise.resolve();
  let isClosed = false;

  async function flushAll(): Promise<void> {
    // A microtask later, so that events recorded together share the first flush too.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting.splice(0, groupLength());
      try {
        await settleDoubt();
        await append(group.flatMap(({ event }) => event ?? []));
        for (const { resolve } of group) resolve();
      } catch (cause) {
        const error = unavailable(cause);
        for (const { reject } of group) reject(error);
      }
    }
    // INVARIANT: no `await` between the last look at `waiting` and this line, or an event would wait for ever.
    isFlushing = false;
  }

  /** As many as a segment holds beside an opening line, and of one hour only: segments are found by the time of their first line. */
  function groupLength(): number {
    const hourOf = (index: number) => waiting[index]?.event?.at.slice(0, 13);
    let length = 1;
    while (length < Math.min(waiting.length, SEGMENT_LINES - 1) && hourOf(length) === hourOf(0)) length++;
    return length;
  }

  async function append(events: readonly Event[]): Promise<void> {
    if (!announced) await deps.announce(head.chain);
    announced = true;
    const first = head.seq === 0 ? [openingEvent(events[0]?.at ?? isoNow(clock))] : [];
    const lines: AuditLine[] = [];
    if (first.length + events.length === 0) return;
    let { seq, hash } = head;
    for (const event of [...first, ...events]) {
      const body = { ...event, chain: head.chain, seq: ++seq };
      hash = hashLine(hash, body);
      lines.push({ ...body, hash });
    }
    const next = { chain: head.chain, seq, hash };
    doubtful = next;
    const segment: Segment = { id: segmentId(head.chain, head.seq + 1), chain: head.chain, lines };
    await segments.insert(segment);
    doubtful = undefined;
    head = next;
    deps.written(segment);
  }

  /**
   * After a failed write, the segment may be there all the same (an answer lost on the way). If it is ours the chain
   * goes on after it: its events are kept although their callers were refused, which is the safe side. If it is
   * somebody else's, the chain is no longer ours alone: a new one begins and says where the old one was left.
   */
  async function settleDoubt(): Promise<void> {
    if (doubtful === undefined) return;
    const found = await segments.get(segmentId(head.chain, head.seq + 1));
    const last = found?.lines.at(-1);
    if (found !== null && last?.hash === doubtful.hash) {
      head = doubtful;
      deps.written(found);
    } else if (found !== null) {
      logger.error(
        { chain: head.chain, seq: head.seq },
        'audit: a foreign segment follows our chain; a new chain begins',
      );
      left = head;
      head = newChain();
      announced = false;
    }
    doubtful = undefined;
  }

  function openingEvent(at: string): Event {
    const after = left && { afterChain: left.chain, afterSeq: left.seq, afterLine: left.hash };
    const data = { ...deps.opening, ...after };
    return { ...describeEvent(chainOpened, { actor: 'system', outcome: 'success', data }), at };
  }

  /** `make` may throw, which rejects. */
  function enqueue(make: () => { readonly event?: Event }): Promise<void> {
    if (isClosed) return Promise.reject(unavailable(new Error('the log is closed')));
    return new Promise((resolve, reject) => {
      waiting.push({ ...make(), resolve, reject });
      if (isFlushing) return;
      isFlushing = true;
      flushed = flushAll();
    });
  }

  return {
    record: (event, entry) =>
      enqueue(() => ({ event: { ...describeEvent(event, entry), at: isoNow(clock) } })),
    open: () => enqueue(() => ({})),
    head: () => head,
    async close() {
      isClosed = true;
      await flushed;
    },
  };
}

function newChain(): Head {
  return { chain: randomId(9), seq: 0, hash: GENESIS };
}

function isoNow(clock: Clock): string {
  return new Date(clock.nowMs()).toISOString();
}

function unavailable(cause: unknown): AppError {
  return new AppError({
    code: 'audit.unavailable',
    status: 503,
    publicMessage: 'Le service ne peut pas enregistrer cette opération pour le moment.',
    hint: 'Réessayez dans quelques instants.',
    retryAfterSeconds: 5,
    detail: isAppError(cause) ? cause.code : 'the event could not be written',
    cause,
  });
}
