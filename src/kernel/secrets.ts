import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from './errors.ts';

/** One key of the ring: 32 bytes, named by `id` (`[a-z0-9-]{1,32}`), so that older seals stay readable after a rotation. */
export interface SealingKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Authenticated encryption of small secrets. */
export interface Sealer {
  /** Name of the key that seals. */
  readonly keyId: string;
  /** Names of all keys that open. */
  readonly keyIds: ReadonlySet<string>;
  /**
   * Seals `plain` with the newest key. `associatedData` names the place (collection, id, field):
   * a sealed value moved to another row does not open.
   */
  seal(plain: string, associatedData: string): string;
  /** Opens a sealed value; throws `kernel.seal_broken` for a foreign place, an unknown key or a changed byte. */
  open(sealed: string, associatedData: string): string;
  /** Name of the key that sealed this, known here or not; `null` for a text that has not the form of a sealed one. */
  keyIdOf(text: string): string | null;
  /** A 32-byte key derived from the newest key for `purpose` (HKDF-SHA256), stable while that key is first. */
  derive(purpose: string): Uint8Array;
}

const FORMAT = 's1';
/** Format, key, nonce of 12 bytes, at least a tag of 16. */
const SEALED = /^s1\.(?<keyId>[a-z0-9-]{1,32})\.[\w-]{16}\.[\w-]{22,}$/u;

/** AES-256-GCM with key ids (NIST SP 800-38D, 96-bit random nonce). The first key seals, all keys open. */
export function createSealer(keys: readonly SealingKey[]): Sealer {
  const [first] = keys;
  if (!first) throw new TypeError('a sealer needs at least one key');
  for (const { id, key } of keys) {
    if (!/^[a-z0-9-]{1,32}$/u.test(id)) throw new TypeError('a sealing key id has 1 to 32 of [a-z0-9-]');
    if (key.byteLength !== 32) throw new TypeError('a sealing key has 32 bytes');
  }
  // Made into key objects once: that is most of the cost of opening a small secret.
  const byId = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]));
  const sealing = createSecretKey(first.key);
  return {
    keyId: first.id,
    keyIds: new Set(byId.keys()),
    keyIdOf: text => SEALED.exec(text)?.groups?.['keyId'] ?? null,
    seal(plain, associatedData) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce);
      cipher.setAAD(Buffer.from(`${first.id}\n${associatedData}`));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [FORMAT, first.id, nonce.toString('base64url'), body.toString('base64url')].join('.');
    },
    open(sealed, associatedData) {
      const [format, id = '', nonce = '', body = ''] = sealed.split('.');
      const key = byId.get(id);
      const bytes = Buffer.from(body, 'base64url');
      if (!key) throw broken(`sealed with the key \`${id}\`, which is not at hand`);
      if (format !== FORMAT || bytes.byteLength < 16) throw broken(`no sealed value, key ${id}`);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'));
        decipher.setAAD(Buffer.from(`${id}\n${associatedData}`));
        decipher.setAuthTag(bytes.subarray(-16));
        return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw broken('authentication failed', cause);
      }
    },
    derive(purpose) {
      return new Uint8Array(hkdfSync('sha256', first.key, new Uint8Array(0), `trousseau ${purpose}`, 32));
    },
  };
}

function broken(detail: string, cause?: unknown): AppError {
  return new AppError({
    code: 'kernel.seal_broken',
    status: 500,
    publicMessage: 'Une donnée protégée ne peut pas être lue.',
    detail,
    cause,
  });
}
