import { createHash, randomBytes, randomFillSync, randomInt, timingSafeEqual } from 'node:crypto';

/** Random bytes drawn in advance: asking the system for 16 at a time costs ten times as much. */
const pool = Buffer.alloc(4096);
let spent = pool.length;

/** A random identifier: `bytes` of entropy (default 128 bits) in base64url. */
export function randomId(bytes = 16): string {
  if (bytes > pool.length) return randomBytes(bytes).toString('base64url');
  if (spent + bytes > pool.length) {
    randomFillSync(pool);
    spent = 0;
  }
  const drawn = pool.subarray(spent, spent + bytes);
  spent += bytes;
  const id = drawn.toString('base64url');
  // SECURITY: an identifier may be a secret: its bytes stay nowhere but in it.
  drawn.fill(0);
  return id;
}

/** `digits` uniformly random decimal digits, leading zeros kept. */
export function randomDigits(digits: number): string {
  return Array.from({ length: digits }, () => randomInt(10)).join('');
}

/** SHA-256 in base64url: how high-entropy tokens and client secrets are stored. Not for passwords. */
export function hashToken(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

/** Compares two strings in a time that depends on neither's content. */
export function equalsInConstantTime(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest();
  const right = createHash('sha256').update(b).digest();
  return timingSafeEqual(left, right);
}
