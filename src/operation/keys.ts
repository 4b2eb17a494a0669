import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { SealingKey } from '#kernel/index.ts';

/** What seals one backup. `salt` is new for each, so that no two files share a key. */
export function contentKey({ key }: SealingKey, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, 'trousseau backup content', 32));
}

/** What signs the backups made under this key: Ed25519, its seed derived from the key. */
export function signingKey({ key }: SealingKey): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), 'trousseau backup signature', 32));
  // RFC 8410 §7: the PKCS #8 frame of a bare Ed25519 seed.
  const frame = Buffer.from('302e020100300506032b657004220420', 'hex');
  return createPrivateKey({ key: Buffer.concat([frame, seed]), format: 'der', type: 'pkcs8' });
}

/** PEM of the key that verifies backups; whoever keeps them can check them with it, and read nothing. */
export function backupPublicKey(key: SealingKey): string {
  return String(createPublicKey(signingKey(key)).export({ type: 'spki', format: 'pem' }));
}
