/*
 * Dates as French people write them, in Paris time: « 1er janvier 2026 à 08:30 ». The first day of a month is an
 * ordinal, which the library does not know. Milliseconds.
 */

const inParis = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat('fr-FR', { ...options, timeZone: 'Europe/Paris' });
  return (ms: number): string => format.format(ms).replace(/^1(?= )/u, '1er');
};

/** « 1er janvier 2026 » */
export const frenchDate = inParis({ dateStyle: 'long' });

/** « 1er janvier 2026 à 08:30 » */
export const frenchDateTime = inParis({ dateStyle: 'long', timeStyle: 'short' });

/** « 1er janvier 2026 à 08:30:05 » */
export const frenchDateTimeSeconds = inParis({ dateStyle: 'long', timeStyle: 'medium' });
