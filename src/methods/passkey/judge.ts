import type { Assertion, Attestation } from './answer.ts';
import type { Passkey, PasskeyData } from './credential.ts';
import type { PasskeyRefusal } from './messages.ts';
import { sceneRefusal, type Scene } from './scene.ts';

/** SPEC: RFC 9053: ES256, EdDSA, RS256: what the authenticators of people make, the best first. */
export const ALGORITHMS: readonly number[] = [-7, -8, -257];

/** What an assertion that holds says of its authenticator. */
export interface JudgedAssertion {
  readonly counter: number;
  readonly isSyncable: boolean;
  readonly isBackedUp: boolean;
}

/** What an attestation that holds brings. */
export interface JudgedAttestation {
  readonly id: string;
  readonly data: PasskeyData;
}

type Judged<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly code: PasskeyRefusal };

const refused = (code: PasskeyRefusal) => ({ ok: false, code }) as const;

/** With the certificate parsers below it the library takes 24 MiB: it comes with the first passkey. */
const library = () => import('@simplewebauthn/server');

/**
 * Verifies an assertion against the credential that it names: client data, RP ID, presence and verification of the
 * user, backup flags, signature. Does not verify the counter: the store does, where it is compared and set at once.
 */
export async function judgeAssertion(
  answer: Assertion,
  { handle = '', data }: Passkey,
  scene: Scene,
): Promise<Judged<JudgedAssertion>> {
  const { clientDataJSON, authenticatorData, signature, userHandle } = answer.response;
  const wrong = sceneRefusal(scene, clientDataJSON, bytesOf(authenticatorData));
  if (wrong) return refused(wrong);
  const { verifyAuthenticationResponse } = await library();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id: answer.id,
        rawId: answer.id,
        type: answer.type,
        clientExtensionResults: {},
        response: {
          clientDataJSON,
          authenticatorData,
          signature,
          ...(userHandle === undefined ? {} : { userHandle }),
        },
      },
      expectedChallenge: scene.challenge,
      expectedOrigin: scene.origin,
      expectedRPID: scene.rpId,
      requireUserVerification: true,
      // With a counter of zero the library compares none.
      credential: { id: handle, publicKey: bytesOf(data.publicKey), counter: 0 },
    });
    if (!verified) return refused('passkey.refused');
    const isSyncable = authenticationInfo.credentialDeviceType === 'multiDevice';
    // SPEC: WebAuthn L3 §7.2 step 18: backup eligibility never changes.
    if (isSyncable !== data.isSyncable) return refused('passkey.backup');
    const { newCounter: counter, credentialBackedUp: isBackedUp } = authenticationInfo;
    return { ok: true, counter, isSyncable, isBackedUp };
  } catch {
    // The library throws a sentence for whatever does not hold, broken CBOR included.
    return refused('passkey.refused');
  }
}

/** Verifies the answer of an enrolment: client data, RP ID, presence and verification, algorithm, backup flags. */
export async function judgeAttestation(
  answer: Attestation,
  scene: Scene,
): Promise<Judged<JudgedAttestation>> {
  const { clientDataJSON, attestationObject, transports } = answer.response;
  const { verifyRegistrationResponse } = await library();
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  try {
    const decoded = decodeAttestationObject(bytesOf(attestationObject));
    const wrong = sceneRefusal(scene, clientDataJSON, decoded.get('authData'));
    if (wrong) return refused(wrong);
    // SECURITY: we ask for no attestation, and take none but that of the key itself: the certificates of others would
    // be parsed, and the addresses written in them fetched.
    const isBare = decoded.get('fmt') === 'none';
    const isOfItself = decoded.get('fmt') === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
    if (!isBare && !isOfItself) return refused('passkey.attestation');
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id: answer.id,
        rawId: answer.id,
        type: answer.type,
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: scene.challenge,
      expectedOrigin: scene.origin,
      expectedRPID: scene.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    // What is kept is what was signed, and not what the page wrote beside it.
    if (!verified || registrationInfo.credential.id !== answer.id) return refused('passkey.refused');
    const { credential, credentialDeviceType, credentialBackedUp, aaguid } = registrationInfo;
    const data = {
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      isSyncable: credentialDeviceType === 'multiDevice',
      isBackedUp: credentialBackedUp,
      aaguid,
      transports,
    };
    return { ok: true, id: credential.id, data };
  } catch {
    return refused('passkey.refused');
  }
}

/**
 * The record of a credential after a use; `null` when its counter says that another key was used meanwhile. SPEC:
 * WebAuthn L3 §7.2 step 22; authenticators that do not count always say 0.
 */
export function advance(data: PasskeyData, { counter, isBackedUp }: JudgedAssertion): PasskeyData | null {
  const isCounting = counter > 0 || data.counter > 0;
  return isCounting && counter <= data.counter ? null : { ...data, counter, isBackedUp };
}

function bytesOf(encoded: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(encoded, 'base64url'));
}
