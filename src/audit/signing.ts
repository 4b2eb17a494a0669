import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isAppError } from '#kernel/index.ts';
import type { CollectionSpec, Store } from '#store/index.ts';

interface StoredKey {
  readonly id: string;
  readonly privateKey: string;
}

const keySpec: CollectionSpec<StoredKey> = {
  name: 'audit_keys',
  version: 1,
  indexes: {},
  sealed: ['privateKey'],
};

/** The key that signs checkpoints. */
export interface Signer {
  /** First 16 characters of the SHA-256 of the public key. */
  readonly keyId: string;
  /** PEM, to be kept outside the service: `audit-verify` trusts nothing else. */
  readonly publicKey: string;
  sign(text: string): string;
}

/** The configured key, or the one of the store, made on first use; of several instances one makes it. */
export async function openSigner(store: Store, configured: KeyObject | undefined): Promise<Signer> {
  if (configured) return createSigner(configured);
  const keys = store.collection(keySpec);
  const id = 'checkpoints';
  if ((await keys.get(id)) === null) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await keys.insert({ id, privateKey: pem }).catch((error: unknown) => {
      if (!isAppError(error, 'store.conflict')) throw error;
    });
  }
  const stored = await keys.get(id);
  if (stored === null) throw new TypeError('the audit key vanished');
  return createSigner(createPrivateKey(stored.privateKey));
}

function createSigner(privateKey: KeyObject): Signer {
  const publicKey = String(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    sign: text => sign(null, Buffer.from(text), privateKey).toString('base64url'),
  };
}

export function keyIdOf(publicKeyPem: string): string {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url').slice(0, 16);
}

export function isSignatureValid(text: string, signature: string, publicKeyPem: string): boolean {
  return verify(null, Buffer.from(text), createPublicKey(publicKeyPem), Buffer.from(signature, 'base64url'));
}
