import { parisOf } from '../paris-time.ts';

const DAY_MS = 86_400_000;
/** Days from Easter Sunday: Easter Monday, Ascension, Whit Monday. */
const MOVING = [1, 39, 50] as const;
/** Days that are the same every year. SPEC: Code du travail, art. L3133-1; those of Alsace-Moselle are not counted. */
const FIXED: ReadonlySet<string> = new Set([
  '01-01',
  '05-01',
  '05-08',
  '07-14',
  '08-15',
  '11-01',
  '11-11',
  '12-25',
]);

/**
 * How many working days have passed since an instant: days of Paris, without the day itself, Saturdays, Sundays and the
 * public holidays of France. Both in epoch milliseconds.
 */
export function workingDaysSince(thenMs: number, nowMs: number): number {
  const last = dayNumber(nowMs);
  let count = 0;
  for (let day = dayNumber(thenMs) + 1; day <= last; day += 1) if (isWorkingDay(day)) count += 1;
  return count;
}

/** Days since 1970-01-01, of the day that it is in Paris. */
const dayNumber = (ms: number) => Math.floor(Date.parse(parisOf(ms).slice(0, 10)) / DAY_MS);

function isWorkingDay(day: number): boolean {
  const date = new Date(day * DAY_MS);
  const weekday = date.getUTCDay();
  if (weekday === 0 || weekday === 6) return false;
  const easter = easterOf(date.getUTCFullYear());
  return !FIXED.has(date.toISOString().slice(5, 10)) && !MOVING.some(after => day === easter + after);
}

/** Easter Sunday, as a day number, by the anonymous Gregorian computation (Meeus, Astronomical Algorithms, ch. 8). */
function easterOf(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return Date.UTC(year, Math.floor(n / 31) - 1, (n % 31) + 1) / DAY_MS;
}
