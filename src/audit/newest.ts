import type { Groups } from './groups.ts';
import type { AuditLine } from './line.ts';
import type { Segment } from './segments.ts';

/** Which of the newest lines to read. */
export interface NewestQuery {
  /** Actor, account concerned or account acted for. */
  readonly account: string;
  /** Name of the event; every event when absent. */
  readonly type?: string;
  /** Which of those lines count; all of them when absent. */
  readonly matches?: (line: AuditLine) => boolean;
  readonly limit: number;
  /** Calendar months (UTC) to look in, this one included. */
  readonly months: number;
}

/** Groups of lines read at once; a span of time with more of them is read in smaller parts. */
const PAGE = 100;
/** Groups of lines that are looked into before what is older counts as not found. */
const MOST_GROUPS = 2_000;

/**
 * The store lists in ascending order only: this reads spans of time backwards, a month, its days, hours, minutes and
 * seconds, each as large as one page holds. `matches` says which lines count. The newest first.
 */
export async function readNewest(
  source: Groups,
  { account, limit, months }: NewestQuery,
  matches: (line: AuditLine) => boolean,
  nowMs: number,
): Promise<readonly AuditLine[]> {
  const found: AuditLine[] = [];
  let groups = 0;
  const isDone = () => found.length >= limit || groups >= MOST_GROUPS;

  async function read(time: string): Promise<void> {
    const prefix = `${account} ${time}`;
    let page = await source.list('account', { prefix, limit: PAGE });
    if (page.next !== undefined && partsOf(time).length > 0) {
      for (const part of partsOf(time).toReversed()) if (!isDone()) await read(part);
      return;
    }
    const lines: AuditLine[] = matching(page.items);
    groups += page.items.length;
    while (page.next !== undefined) {
      page = await source.list('account', { prefix, limit: PAGE, after: page.next });
      lines.push(...matching(page.items));
      groups += page.items.length;
    }
    found.push(...lines.toReversed());
  }

  const matching = (items: readonly Segment[]) => items.flatMap(({ lines }) => lines.filter(matches));

  for (const month of monthsBefore(nowMs, months)) if (!isDone()) await read(month);
  return found.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, limit);
}

/** The month of this instant and those before it, as ISO 8601 begins. */
function monthsBefore(nowMs: number, count: number): readonly string[] {
  const now = new Date(nowMs);
  return Array.from({ length: count }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}

/** By the length of an ISO 8601 instant's beginning: what follows it, and how many of that there are. */
const FINER: Readonly<Record<number, readonly [separator: string, first: number, count: number]>> = {
  7: ['-', 1, 31],
  10: ['T', 0, 24],
  13: [':', 0, 60],
  16: [':', 0, 60],
};

/** The parts of a span of time, in order; none of a second. Days that a month does not have hold nothing. */
export function partsOf(time: string): readonly string[] {
  const [separator, first, count] = FINER[time.length] ?? ['', 0, 0];
  return Array.from(
    { length: count },
    (_, at) => `${time}${separator}${String(first + at).padStart(2, '0')}`,
  );
}
