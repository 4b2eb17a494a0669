import { createHash } from 'node:crypto';
import type { PasskeyRefusal } from './messages.ts';

/** Where and by whom an answer must have been made. */
export interface Scene {
  readonly type: 'webauthn.get' | 'webauthn.create';
  /** Base64url. */
  readonly challenge: string;
  /** Our own address, without path. */
  readonly origin: string;
  readonly rpId: string;
}

/** Flags of authenticator data (WebAuthn L3 §6.1). */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HASH_BYTES = 32;

/**
 * Why an answer was not made here, now and by a person who was verified; `null` when it was. Looks at what browser and
 * authenticator say of themselves and at no signature: the library judges all of it again, and throws sentences, where
 * people, trail and tests need codes.
 */
export function sceneRefusal(
  scene: Scene,
  clientDataJson: string,
  authenticatorData: Uint8Array,
): PasskeyRefusal | null {
  const said = readClientData(clientDataJson);
  if (said?.['type'] !== scene.type) return 'passkey.refused';
  if (said['challenge'] !== scene.challenge) return 'passkey.challenge';
  // SECURITY: no page of ours stands in a frame (`frame-ancestors 'none'`); an answer that was made in one is a trap.
  if (said['origin'] !== scene.origin || said['crossOrigin'] === true) return 'passkey.origin';
  const rpIdHash = createHash('sha256').update(scene.rpId).digest();
  if (!rpIdHash.equals(authenticatorData.subarray(0, HASH_BYTES))) return 'passkey.origin';
  const flags = authenticatorData[HASH_BYTES] ?? 0;
  // SECURITY: presence alone makes one factor; the level that a passkey earns is that of two.
  const isVerified = (flags & USER_PRESENT) !== 0 && (flags & USER_VERIFIED) !== 0;
  return isVerified ? null : 'passkey.unverified';
}

function readClientData(encoded: string): Readonly<Record<string, unknown>> | null {
  try {
    const said: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
