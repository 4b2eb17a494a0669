import { randomInt } from 'node:crypto';

const FIRST_MS = 5_000;
const LONGEST_MS = 3_600_000;

/** After this long a delivery is given up: who waited for it has found another way. */
export const RETRY_LIMIT_MS = 86_400_000;

/**
 * The wait after attempt number `attempts` (from 1): 5 s, doubled each time up to an hour, each ± 25 % so that
 * what failed together does not come back together.
 */
export function retryDelayMs(attempts: number): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 20));
  return Math.round(base * 0.75 + randomInt(base / 2));
}
