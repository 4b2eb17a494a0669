import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** A random identifier: `bytes` of entropy (default 128 bits) in base64url. */
export function randomId(bytes = 16): string {
  return randomBytes(bytes).toString('base64url');
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
