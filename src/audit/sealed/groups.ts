import type { Store } from '#store/index.ts';
import { wantedBy, type GroupIndex, type GroupQuery, type Wanted } from '../group-query.ts';
import type { Segment } from '../segments.ts';
import { SUBJECT_FIELDS, subjectName } from '../subjects.ts';
import type { SealedDay } from './collections.ts';
import { createEditionReader } from './edition-reader.ts';
import type { Selection } from './volume-reader.ts';

/** A group within what is sealed: the next of a list. */
export interface SealedPlace {
  readonly day: string;
  readonly edition: string;
  readonly volume: number;
  readonly group: number;
}

export interface SealedGroups {
  /** Groups of these days with that prefix of a key, day by day, volume by volume. Throws `audit.sealed_unreadable` (503). */
  list(
    days: readonly SealedDay[],
    index: GroupIndex,
    query: GroupQuery,
    from: SealedPlace | undefined,
  ): Promise<{ readonly items: readonly Segment[]; readonly next?: SealedPlace }>;
}

export function createSealedGroups(store: Store): SealedGroups {
  const reader = createEditionReader(store);

  /** The volumes of a day to look into. */
  async function volumesOf(day: SealedDay, index: GroupIndex, { subject, time }: Wanted) {
    if (index !== 'time') return reader.volumesOf(day, subjectName(index, subject));
    const { volumes } = await reader.manifest(day);
    return [...volumes.keys()].filter(number => {
      const { first = '', last = '' } = volumes[number] ?? {};
      return touches(time, first, last);
    });
  }

  return {
    async list(days, index, { prefix, limit }, from) {
      const wanted = wantedBy(index, prefix);
      const [oldest, newest] = [wanted.time.slice(0, 10), `${wanted.time}\uffff`];
      const items: Segment[] = [];
      for (const day of days) {
        if (day.id < (from?.day ?? oldest) || day.since > newest) continue;
        // A day written anew in between is listed from its beginning: better twice than not at all.
        const start = from?.day === day.id && from.edition === day.edition ? from : undefined;
        for (const number of await volumesOf(day, index, wanted)) {
          if (start && number < start.volume) continue;
          const volume = await reader.volume(day, number);
          const groups = volume.groups(selectionOf(index, wanted)).toSorted(byTime);
          for (const [at, group] of groups.entries()) {
            if (start && number === start.volume && at < start.group) continue;
            if (items.length === limit)
              return { items, next: { day: day.id, edition: day.edition, volume: number, group: at } };
            items.push(group);
          }
        }
      }
      return { items };
    },
  };
}

function selectionOf(index: GroupIndex, { subject, time }: Wanted): Selection {
  return index === 'time' ? { time } : { about: { fields: SUBJECT_FIELDS[index], subject }, time };
}

/** True when some instant that begins with `time` lies between the two. */
function touches(time: string, first: string, last: string): boolean {
  return first <= `${time}\uffff` && last >= time;
}

function byTime(a: Segment, b: Segment): number {
  const [left, right] = [`${a.lines[0]?.at} ${a.id}`, `${b.lines[0]?.at} ${b.id}`];
  return left < right ? -1 : 1;
}
