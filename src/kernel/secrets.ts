import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from './errors.ts';

/** One key of the ring: 32 bytes, named by `id` (`[a-z0-9-]{1,32}`), so that older seals stay readable after a rotation. */
export interface SealingKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Authenticated encryption of small secrets. */
export interface Sealer {
  /**
   * Seals `plain` with the newest key. `associatedData` names the place (collection, id, field):
   * a sealed value moved to another row does not open.
   */
  seal(plain: string, associatedData: string): string;
  /** Opens a sealed value; throws `kernel.seal_broken` for a foreign place, an unknown key or a changed byte. */
  open(sealed: string, associatedData: string): string;
  /** A 32-byte key derived from the newest key for `purpose` (HKDF-SHA256), stable while that key is first. */
  derive(purpose: string): Uint8Array;
}

const FORMAT = 's1';

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
      if (format !== FORMAT || !key || bytes.byteLength < 16) throw broken(`key ${id}`);
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
