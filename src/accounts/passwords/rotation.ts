/**
 * The same day of the month and time of day, `months` calendar months later, in UTC: one rule for every region and
 * both sides of a change of the clocks. Where that day does not exist, the last of the month. Epoch seconds.
 */
export function addCalendarMonths(epochSeconds: number, months: number): number {
  const from = new Date(epochSeconds * 1000);
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0)).getUTCDate();
  const to = new Date(from);
  // ORDER: the day before the month, or the 31st would run over into the month after.
  to.setUTCDate(1);
  to.setUTCMonth(from.getUTCMonth() + months);
  to.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return Math.floor(to.getTime() / 1000);
}
