import { subtle, type webcrypto } from 'node:crypto';

/** The keys that a PKI of the demonstration holds. Certificates share them: making one takes a tenth of a second or more. */
export const KEY_NAMES = ['roots', 'fort', 'standard', 'holders', 'service'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

/** Gives the key of that name, the same at every call. */
export type KeyRing = (name: KeyName) => Promise<webcrypto.CryptoKeyPair>;

export const RSA_SHA256 = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;

/** New keys, each made when it is first asked for. */
export function createKeyRing(): KeyRing {
  const made = new Map<KeyName, Promise<webcrypto.CryptoKeyPair>>();
  return name => {
    const known = made.get(name) ?? subtle.generateKey(RSA_SHA256, true, ['sign', 'verify']);
    made.set(name, known);
    return known;
  };
}

/** Keys kept from an earlier start: base64 PKCS#8 and SPKI by name. */
export type KeptKeys = Readonly<Record<KeyName, { readonly private: string; readonly public: string }>>;

export async function exportKeyRing(keys: KeyRing): Promise<KeptKeys> {
  const kept = KEY_NAMES.map(async name => {
    const { privateKey, publicKey } = await keys(name);
    const [pkcs8, spki] = await Promise.all([
      subtle.exportKey('pkcs8', privateKey),
      subtle.exportKey('spki', publicKey),
    ]);
    return [name, { private: base64(pkcs8), public: base64(spki) }] as const;
  });
  return Object.fromEntries(await Promise.all(kept)) as KeptKeys;
}

export function importKeyRing(kept: KeptKeys): KeyRing {
  const made = new Map<KeyName, Promise<webcrypto.CryptoKeyPair>>();
  return name => {
    const known = made.get(name) ?? importPair(kept[name]);
    made.set(name, known);
    return known;
  };
}

async function importPair(kept: KeptKeys[KeyName]): Promise<webcrypto.CryptoKeyPair> {
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('pkcs8', Buffer.from(kept.private, 'base64'), RSA_SHA256, true, ['sign']),
    subtle.importKey('spki', Buffer.from(kept.public, 'base64'), RSA_SHA256, true, ['verify']),
  ]);
  return { privateKey, publicKey };
}

function base64(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('base64');
}
