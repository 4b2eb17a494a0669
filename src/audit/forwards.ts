import type { Groups } from './groups.ts';
import type { AuditLine } from './line.ts';

/** Epoch milliseconds: from, and before. */
export interface ForwardsQuery {
  readonly fromMs: number;
  readonly toMs: number;
}

const PAGE = 200;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Lines of all chains in the order of time, roughly: that of the groups in which they were written. Cost: one reading
 * of the store per minute of the span, or per hour of a long one. Whoever follows the log by time reads some of the
 * past again: a line becomes visible a little after its instant.
 */
export async function* readForwards(
  groups: Groups,
  { fromMs, toMs }: ForwardsQuery,
): AsyncGenerator<AuditLine> {
  const [from, to] = [iso(fromMs), iso(toMs)];
  for (const time of spans(fromMs, toMs)) {
    let after: string | undefined;
    do {
      const page = await groups.list('time', {
        prefix: time,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      for (const { lines } of page.items)
        for (const line of lines) if (from <= line.at && line.at < to) yield line;
      after = page.next;
    } while (after !== undefined);
  }
}

/** `2026-11-21T08:59`, `2026-11-21T09`, …: whole hours where they fit, minutes elsewhere. */
function* spans(fromMs: number, toMs: number): Generator<string> {
  // A group stands at the instant of its first line: one that began just before may hold lines of the span.
  let atMs = Math.floor((fromMs - MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  while (atMs < toMs) {
    const isWholeHour = atMs % HOUR_MS === 0 && atMs + HOUR_MS <= toMs;
    yield iso(atMs).slice(0, isWholeHour ? 13 : 16);
    atMs += isWholeHour ? HOUR_MS : MINUTE_MS;
  }
}

const iso = (ms: number) => new Date(ms).toISOString();
