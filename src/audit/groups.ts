import type { Clock } from '#kernel/index.ts';
import type { Page, Store } from '#store/index.ts';
import { chainsOf, openChains } from './chains.ts';
import { badCursor } from './cursor.ts';
import { wantedBy, type GroupIndex, type GroupQuery } from './group-query.ts';
import { createRecentGroups } from './recent/groups.ts';
import { isMoving, openSealed, readDays, type SealedDay } from './sealed/collections.ts';
import { createSealedGroups, type SealedPlace } from './sealed/groups.ts';
import { openSegments, type Segment } from './segments.ts';

/** Groups of lines, whether they still lie as they were written or are sealed. */
export interface Groups {
  /**
   * Groups with that prefix of a key: the sealed ones first, then the others, each kind roughly in order of time. A group
   * comes once. Throws `audit.bad_cursor`, `store.bad_query` (400), `audit.sealed_unreadable` (503).
   */
  list(index: GroupIndex, query: GroupQuery): Promise<Page<Segment>>;
  /** No line is older: the beginning of an instant of ISO 8601; `undefined` when there are none. */
  oldest(): Promise<string | undefined>;
}

/** Both forms of a day are there for hours: what is known of the days may be older than the store, never by so much. */
const KNOWN_FOR_SECONDS = 60;

export function createGroups(store: Store, clock: Clock): Groups {
  const segments = openSegments(store);
  const sealed = createSealedGroups(store);
  const recent = createRecentGroups(store);
  const chains = openChains(store);
  const { days } = openSealed(store);
  let known: { readonly days: readonly SealedDay[]; readonly until: number } | undefined;
  let reading: Promise<readonly SealedDay[]> | undefined;

  async function readKnown(): Promise<readonly SealedDay[]> {
    // ORDER: the chains first, so that what they say is sealed lies in a day that is read then.
    const unsealed = await chainsOf(chains, 'unsealed');
    known = { days: await readDays(days), until: clock.now() + KNOWN_FOR_SECONDS };
    recent.learn(unsealed);
    return known.days;
  }

  /** Read once for all who ask meanwhile. */
  async function knownDays(): Promise<readonly SealedDay[]> {
    if (known && clock.now() < known.until) return known.days;
    reading ??= readKnown().finally(() => (reading = undefined));
    return reading;
  }

  function listRecent(index: GroupIndex, query: GroupQuery): Promise<Page<Segment>> {
    if (index === 'time') return segments.list('time', query);
    const { subject, time } = wantedBy(index, query.prefix);
    return recent.list({ ...query, kind: index, subject, time });
  }

  /** Until which day the sealed ones were listed: a list that began goes on with the same. */
  async function listWritten(
    index: GroupIndex,
    { prefix, limit }: GroupQuery,
    upTo: string,
    after?: string,
  ): Promise<Page<Segment>> {
    const page = await listRecent(index, { prefix, limit, ...(after !== undefined && { after }) });
    const moving = (await knownDays()).filter(day => day.moving && day.id <= upTo);
    const items = page.items.filter(segment => !moving.some(day => isMoving(segment, day)));
    return page.next === undefined ? { items } : { items, next: cursorOf({ upTo, after: page.next }) };
  }

  return {
    async oldest() {
      const { items } = await segments.list('time', { prefix: '', limit: 1 });
      const oldest = [...(await knownDays()).map(({ since }) => since), items[0]?.lines[0]?.at ?? ''];
      return oldest.filter(time => time !== '').sort()[0];
    },
    async list(index, query) {
      const cursor = query.after === undefined ? undefined : readCursor(query.after);
      if (cursor && 'upTo' in cursor) return listWritten(index, query, cursor.upTo, cursor.after);
      const all = await knownDays();
      const upTo = all.at(-1)?.id ?? '';
      const found = await sealed.list(all, index, query, cursor?.sealed);
      if (found.next) return { items: found.items, next: cursorOf({ sealed: found.next }) };
      if (found.items.length === query.limit) {
        const more = await listWritten(index, { ...query, limit: 1 }, upTo);
        const isEnd = more.items.length === 0 && more.next === undefined;
        return isEnd ? { items: found.items } : { items: found.items, next: cursorOf({ upTo }) };
      }
      const rest = await listWritten(index, { ...query, limit: query.limit - found.items.length }, upTo);
      return { ...rest, items: [...found.items, ...rest.items] };
    },
  };
}

/** Where a list goes on: among what is sealed, or in the list of the store. */
type Cursor = { readonly sealed: SealedPlace } | { readonly upTo: string; readonly after?: string };

function cursorOf(cursor: Cursor): string {
  if ('upTo' in cursor) return `w~${cursor.upTo}~${cursor.after ?? ''}`;
  const { day, edition, volume, group } = cursor.sealed;
  return `s~${day}~${edition}~${volume}~${group}`;
}

const SEALED = /^s~(\d{4}-\d{2}-\d{2})~([\w-]{1,40})~(\d{1,6})~(\d{1,6})$/u;
const WRITTEN = /^w~((?:\d{4}-\d{2}-\d{2})?)~([\w-]*)$/u;

/** Throws `audit.bad_cursor` (400). */
function readCursor(text: string): Cursor {
  const [, day, edition, volume, group] = SEALED.exec(text) ?? [];
  if (day !== undefined && edition !== undefined)
    return { sealed: { day, edition, volume: Number(volume), group: Number(group) } };
  const [, upTo, after = ''] = WRITTEN.exec(text) ?? [];
  if (upTo === undefined) throw badCursor();
  return after === '' ? { upTo } : { upTo, after };
}
