import type { Clock } from '#kernel/index.ts';
import type { Audit } from './audit.ts';
import type { EventType } from './events.ts';
import type { EventEntry } from './line.ts';
import type { AuditLogger } from './logger.ts';

/** Events that are too many and too alike for a line each: checks that concern no patient. */
export interface Tally {
  /**
   * Counts an event. Equal ones (type and entry) become one line a minute, with `count`, and `since`, the instant of the
   * first. Returns at once: the line is durable a minute later, or when the log is closed; a process that is killed takes
   * the counts of its last minute with it.
   */
  count<D extends string>(event: EventType<D | 'count' | 'since'>, entry: EventEntry<D>): void;
}

interface Series {
  readonly event: EventType;
  readonly entry: EventEntry;
  readonly since: string;
  count: number;
}

const WINDOW_MS = 60_000;
/** Different ones told apart; before one more, all are written. */
const MOST_SERIES = 1_000;

export interface OpenTally extends Tally {
  /** Writes what was counted. */
  flush(): Promise<void>;
}

export function createTally(deps: {
  readonly record: Audit['record'];
  readonly clock: Clock;
  readonly logger: AuditLogger;
  readonly windowMs?: number;
}): OpenTally {
  const { record, clock, logger, windowMs = WINDOW_MS } = deps;
  let open = new Map<string, Series>();
  let timer: NodeJS.Timeout | undefined;

  function add(series: Series): void {
    // Entries of one caller are built alike: their texts are equal when they are.
    const key = JSON.stringify([series.event.type, series.entry]);
    const known = open.get(key);
    if (known) known.count += series.count;
    else open.set(key, series);
    timer ??= setTimeout(() => void flush(), windowMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const ended = [...open.values()];
    open = new Map();
    const written = await Promise.allSettled(
      ended.map(({ event, entry, count, since }) =>
        record(event, { ...entry, data: { ...entry.data, count, since } }),
      ),
    );
    for (const [index, outcome] of written.entries()) {
      const series = ended[index];
      if (outcome.status === 'fulfilled' || !series) continue;
      logger.error(
        { err: outcome.reason as unknown, type: series.event.type },
        'audit: counts wait to be written',
      );
      add(series);
    }
  }

  return {
    count(event, entry) {
      if (open.size >= MOST_SERIES) void flush();
      add({ event, entry, since: new Date(clock.nowMs()).toISOString(), count: 1 });
    },
    flush,
  };
}
