import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** How many codes a sheet has. */
export const CODES = 10;

/** 80 bits: 16 characters of 5 bits. */
const CODE_BYTES = 10;
const CODE_LENGTH = 16;

/** Crockford's base 32: nothing that is read as something else. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The codes of one sheet that are left, as hashes. */
export interface RecoveryData {
  readonly hashes: readonly string[];
}

/** Codes in clear, as long as they are shown. */
export interface RecoverySheet {
  readonly codes: readonly string[];
}

export function newSheet(): RecoverySheet {
  return { codes: Array.from({ length: CODES }, newCode) };
}

function newCode(): string {
  const bits = [...randomBytes(CODE_BYTES)].map(byte => byte.toString(2).padStart(8, '0')).join('');
  const characters = bits.match(/.{5}/gu) ?? [];
  const text = characters.map(five => ALPHABET.charAt(Number.parseInt(five, 2))).join('');
  return text.match(/.{4}/gu)?.join('-') ?? text;
}

/** What was typed, as it is hashed: without dashes and spaces, and with what looks alike made one. `''` for no code. */
export function readCode(input: string): string {
  const typed = input
    .slice(0, 4 * CODE_LENGTH)
    .replace(/[\s-]+/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/gu, '1');
  return typed.length === CODE_LENGTH && [...typed].every(each => ALPHABET.includes(each)) ? typed : '';
}

/**
 * SECURITY: 80 random bits are out of reach of whoever would try them all against a hash, so that a quick one is
 * enough; argon2 is for what people choose, and its pool is for their passwords. The list is sealed at rest besides.
 */
export function hashCode(account: string, code: string): string {
  return createHash('sha256').update(`recovery\n${account}\n${code}`).digest('base64url');
}

/** The data without that code; `null` when it is not, or no more, among them. Looks at all of them. */
export function takeCode({ hashes }: RecoveryData, hash: string): RecoveryData | null {
  const left = hashes.filter(other => !timingSafeEqual(Buffer.from(other), Buffer.from(hash)));
  return left.length < hashes.length ? { hashes: left } : null;
}
