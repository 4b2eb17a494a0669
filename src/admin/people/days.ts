import { instantOfParis, parisOf } from '../paris-time.ts';

/*
 * Dates of profiles as pages show and take them: days of Paris, the last one included. The store keeps instants, the
 * end excluded.
 */

const DAY = /^\d{4}-\d{2}-\d{2}$/u;
const DAY_MS = 86_400_000;

/** The first instant of a day (`2027-01-31`); anything else is given back as it is, to be refused. */
export function startOfDay(day: string): string {
  return DAY.test(day) ? instantOfParis(`${day}T00:00`) : day;
}

/** The first instant after a day. */
export function endOfDay(day: string): string {
  if (!DAY.test(day)) return day;
  const next = new Date(Date.parse(day) + DAY_MS);
  return Number.isNaN(next.getTime()) ? day : startOfDay(next.toISOString().slice(0, 10));
}

/** The day of an instant, as `<input type="date">` takes it; `''` for none. */
export function dayOf(ms: number | undefined): string {
  return ms === undefined ? '' : parisOf(ms).slice(0, 10);
}

/** The last day of what ends (exclusively) at that instant; `''` for what does not end. */
export function lastDayOf(toMs: number | undefined): string {
  return toMs === undefined ? '' : dayOf(toMs - 1);
}
