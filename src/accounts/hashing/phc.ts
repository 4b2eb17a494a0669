/** Cost of one argon2id hash (RFC 9106). */
export interface HashParameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** A stored hash, taken apart. */
export interface PhcHash extends HashParameters {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/**
 * SECURITY: a stored hash decides how much memory and time its verification takes. Imported ones are bounded, so that
 * no row of a file can stop the service.
 */
const LIMITS = { memoryKiB: 262_144, passes: 16, parallelism: 8 } as const;

const PATTERN =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/u;

/** Reads a PHC string of argon2id, version 19; `null` for any other text and for costs out of bounds. */
export function parsePhc(text: string): PhcHash | null {
  const [, memory, passes, parallelism, salt = '', hash = ''] = PATTERN.exec(text) ?? [];
  const cost = { memoryKiB: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const isBounded =
    cost.parallelism >= 1 &&
    cost.parallelism <= LIMITS.parallelism &&
    cost.passes >= 1 &&
    cost.passes <= LIMITS.passes &&
    // SPEC: RFC 9106 §3.1: at least 8 KiB per lane.
    cost.memoryKiB >= 8 * cost.parallelism &&
    cost.memoryKiB <= LIMITS.memoryKiB;
  if (!isBounded) return null;
  const bytes = { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  return bytes.salt.byteLength >= 8 && bytes.hash.byteLength >= 16 ? { ...cost, ...bytes } : null;
}

/** Writes a PHC string; base64 without padding, as the format wants. */
export function formatPhc({ memoryKiB, passes, parallelism, salt, hash }: PhcHash): string {
  const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/u, '');
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${encode(salt)}$${encode(hash)}`;
}

/** True for a hash that this service can verify at a bounded cost. */
export function isArgon2Hash(text: string): boolean {
  return parsePhc(text) !== null;
}
