import { badCursor } from './cursor.ts';
import type { GroupIndex } from './group-query.ts';
import type { Groups } from './groups.ts';
import { concerns, type AuditLine } from './line.ts';
import { partsOf } from './newest.ts';
import type { Segment } from './segments.ts';

/** Which lines to read from the newest on. Everything that is given must hold. */
export interface BackwardsQuery {
  /** Actor, account concerned or account acted for. */
  readonly account?: string | undefined;
  /** One key, or several of one patient. */
  readonly patientKey?: string | readonly string[] | undefined;
  /** Epoch milliseconds: not before, and before. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Which of these lines count: a branch, a type. Pure. */
  readonly matches?: ((line: AuditLine) => boolean) | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Groups of lines that one page looks into (default 2,000). */
  readonly mostGroups?: number;
}

export interface BackwardsPage {
  /** The newest first. */
  readonly items: readonly AuditLine[];
  /** Where to go on; absent when nothing older is left. */
  readonly next?: string;
  /**
   * True when the search stopped after many lines that do not count, before the page was full: there may be more, or
   * none. `next` goes on with it.
   */
  readonly isUnfinished: boolean;
  /** How far back was read: everything newer was looked at. ISO 8601; absent when all was. */
  readonly readBackTo?: string;
}

/** Groups of lines read at once; a span of time that holds more is read in smaller parts. */
const PAGE = 64;
/** Enough for a page of most branches, in a fraction of a second. */
const MOST_GROUPS = 2_000;
const HOUR_MS = 3_600_000;

/** The place of a line in this order: the instant and id of its group, and its number in the chain. */
interface Place {
  readonly at: string;
  readonly id: string;
  readonly seq: number;
}

/**
 * The store lists in ascending order only: this reads spans of time backwards, a month, its days, hours, minutes and
 * seconds, each as large as one page of the store holds, so that a page costs some hundred groups of lines however many
 * there are. The order is that of the groups (the instant of their first line, then their id), so that no line comes twice
 * or is left out while others are written; several instances may differ by the length of a write. Throws
 * `audit.bad_cursor` (400).
 */
export async function readBackwards(
  groups: Groups,
  query: BackwardsQuery,
  nowMs: number,
): Promise<BackwardsPage> {
  const { account, fromMs, toMs, limit, mostGroups = MOST_GROUPS } = query;
  const cursor = query.after === undefined ? undefined : placeOf(query.after);
  const keys = keysOf(query);
  const [index, subjects] = indexOf(account, keys);
  // A group is of one hour: lines of the span may stand in one that begins before it, never in another hour.
  const oldest =
    fromMs === undefined ? ((await groups.oldest()) ?? '9999') : iso(Math.floor(fromMs / HOUR_MS) * HOUR_MS);
  const newest = cursor?.at ?? (toMs === undefined ? undefined : iso(toMs));
  const [from, to] = [fromMs === undefined ? '' : iso(fromMs), toMs === undefined ? '\uffff' : iso(toMs)];

  const counts = (line: AuditLine) =>
    from <= line.at &&
    line.at < to &&
    (keys === undefined || (line.patientKey !== undefined && keys.includes(line.patientKey))) &&
    (account === undefined || concerns(line, account)) &&
    (query.matches?.(line) ?? true);

  const items: AuditLine[] = [];
  const reading: { groups: number; last?: Place; isStopped: boolean } = { groups: 0, isStopped: false };

  /** Takes the lines of one group that come after the cursor; false when the page is full or the search long enough. */
  function take(segment: Segment): boolean {
    const at = segment.lines[0]?.at ?? '';
    if (at < oldest || (newest !== undefined && at > newest)) return true;
    if (cursor && at === cursor.at && segment.id > cursor.id) return true;
    reading.groups += 1;
    for (const line of segment.lines.toReversed()) {
      if (cursor && segment.id === cursor.id && line.seq >= cursor.seq) continue;
      if (items.length >= limit) return false;
      reading.last = { at, id: segment.id, seq: line.seq };
      if (counts(line)) items.push(line);
    }
    return reading.groups < mostGroups;
  }

  async function readSpan(time: string): Promise<void> {
    if (reading.isStopped || !touches(time, oldest, newest)) return;
    const pages = await Promise.all(
      subjects.map(async subject => {
        const prefix = `${subject}${time}`;
        return { prefix, page: await groups.list(index, { prefix, limit: PAGE }) };
      }),
    );
    const parts = pages.every(({ page }) => page.next === undefined) ? [] : partsOf(time);
    if (parts.length > 0) {
      for (const part of parts.toReversed()) await readSpan(part);
      return;
    }
    // A group may hold lines of several keys: it is read once.
    const found = new Map<string, Segment>();
    for (const { prefix, page: first } of pages) {
      let page = first;
      for (const segment of page.items) found.set(segment.id, segment);
      // A second that holds more than a page is read whole.
      while (page.next !== undefined) {
        page = await groups.list(index, { prefix, limit: 1_000, after: page.next });
        for (const segment of page.items) found.set(segment.id, segment);
      }
    }
    const newestFirst = [...found.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1));
    reading.isStopped = !newestFirst.every(take);
  }

  for (const month of monthsDownTo(newest ?? iso(nowMs + HOUR_MS), oldest)) await readSpan(month);
  const { isStopped, last } = reading;
  if (!isStopped || last === undefined) return { items, isUnfinished: false };
  return {
    items,
    isUnfinished: items.length < limit,
    next: cursorOf(last),
    readBackTo: last.at,
  };
}

function keysOf({ patientKey }: BackwardsQuery): readonly string[] | undefined {
  return typeof patientKey === 'string' ? [patientKey] : patientKey;
}

function indexOf(
  account: string | undefined,
  keys: readonly string[] | undefined,
): readonly [index: GroupIndex, subjects: readonly string[]] {
  if (keys !== undefined) return ['patient', keys.map(key => `${key} `)];
  return account === undefined ? ['time', ['']] : ['account', [`${account} `]];
}

const orderOf = ({ id, lines }: Segment) => `${lines[0]?.at ?? ''} ${id}`;
const iso = (ms: number) => new Date(ms).toISOString();

/** True when some instant that begins with `time` lies within the bounds. */
function touches(time: string, oldest: string, newest: string | undefined): boolean {
  return (newest === undefined || time <= newest) && `${time}\uffff` >= oldest;
}

/** `2026-11`, `2026-10`, … from the month of one instant to that of the other. */
function* monthsDownTo(newest: string, oldest: string): Generator<string> {
  let year = Number(newest.slice(0, 4));
  let month = Number(newest.slice(5, 7));
  const end = oldest.slice(0, 7);
  for (;;) {
    const span = `${year}-${String(month).padStart(2, '0')}`;
    if (span < end) return;
    yield span;
    month -= 1;
    if (month === 0) [year, month] = [year - 1, 12];
  }
}

function cursorOf({ at, id, seq }: Place): string {
  return `${at}~${id}~${seq}`;
}

const CURSOR = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)~([\w.-]{1,60})~(\d{1,15})$/u;

function placeOf(cursor: string): Place {
  const [, at, id, seq] = CURSOR.exec(cursor) ?? [];
  if (at === undefined || id === undefined || Number.isNaN(Date.parse(at))) throw badCursor();
  return { at, id, seq: Number(seq) };
}
