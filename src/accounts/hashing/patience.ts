import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '#kernel/index.ts';
import type { Hasher } from './hasher.ts';

/** A quarter of a minute of a full queue is a storm: then the import gives way. */
const ATTEMPTS = 60;
const PAUSE_MS = 250;

/**
 * Hashes for work that has time: one at a time per thread, so that people who sign in meanwhile find room in the
 * queue, and again when there is none. Throws `accounts.hashing_busy` in the end.
 */
export function hashPatiently(hasher: Hasher): (password: string) => Promise<string> {
  const lanes = Array.from({ length: hasher.threads }, () => Promise.resolve<unknown>(undefined));
  let next = 0;

  async function hash(password: string, attempt = 1): Promise<string> {
    try {
      return await hasher.hash(password);
    } catch (error) {
      if (!isAppError(error, 'accounts.hashing_busy') || attempt >= ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
      return hash(password, attempt + 1);
    }
  }

  return password => {
    const lane = next++ % lanes.length;
    const result = (lanes[lane] ?? Promise.resolve()).then(() => hash(password));
    lanes[lane] = result.catch(() => undefined);
    return result;
  };
}
