/*
 * Dates and times as people type them: what `<input type="datetime-local">` gives and takes, in Paris time whatever
 * the clock of the machine.
 */

const PARIS = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const TYPED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/u;

/** What the clocks of Paris show at that instant, as if it were UTC: epoch milliseconds. */
function shownAt(ms: number): number {
  return Date.parse(`${PARIS.format(ms).replace(' ', 'T')}Z`);
}

/** `2027-01-01T08:00` as Paris reads it → an instant (ISO 8601, UTC); anything else is given back as it is, to be refused. */
export function instantOfParis(typed: string): string {
  if (!TYPED.test(typed)) return typed;
  const wanted = Date.parse(`${typed}Z`);
  if (Number.isNaN(wanted)) return typed;
  const guess = wanted - (shownAt(wanted) - wanted);
  // The offset of the instant itself, where it differs from that of the guess (the nights when clocks change).
  return new Date(wanted - (shownAt(guess) - guess)).toISOString();
}

/** An instant (epoch milliseconds) as `<input type="datetime-local">` takes it, to the minute. */
export function parisOf(ms: number): string {
  return PARIS.format(ms).replace(' ', 'T').slice(0, 16);
}
