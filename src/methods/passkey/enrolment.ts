import type { Directory } from '#directory/index.ts';
import type { Enrolment, Holder } from '../enrolment.ts';
import type { FactorKind } from '../factors.ts';
import { readAttestation } from './answer.ts';
import { CHALLENGE_SECONDS, type Challenges } from './challenges.ts';
import { MOST_PASSKEYS, noteOf, userHandleOf, type PasskeyData } from './credential.ts';
import { ALGORITHMS, judgeAttestation } from './judge.ts';

/** A new credential: discoverable, with verification of the user, without attestation. */
export function createPasskeyEnrolment(deps: {
  readonly directory: Directory;
  readonly own: FactorKind<PasskeyData>;
  readonly challenges: Challenges;
  readonly origin: string;
  readonly rpId: string;
}): Enrolment {
  const { directory, own, challenges, origin, rpId } = deps;
  const placeOf = ({ account }: Holder, place: string) => `enrol:${account.id}:${place}`;

  return {
    most: MOST_PASSKEYS,
    noun: 'Clé d’accès',
    icon: 'passkey',
    about:
      'Votre téléphone, votre ordinateur ou une clé de sécurité vous reconnaît par son code, une empreinte ou le visage : ni identifiant ni mot de passe à saisir.',
    form: 'passkey',
    noteOf,

    async begin(holder, place) {
      const { account, professional } = holder;
      const { challenge } = await challenges.current(placeOf(holder, place), account.id, false);
      const { name } = await directory.region();
      const before = await own.all(account.id);
      return {
        options: {
          rp: { id: rpId, name },
          user: {
            id: userHandleOf(account.id),
            name: account.login,
            displayName: `${professional.givenName} ${professional.familyName}`,
          },
          challenge,
          pubKeyCredParams: ALGORITHMS.map(alg => ({ type: 'public-key', alg })),
          timeout: CHALLENGE_SECONDS * 1000,
          excludeCredentials: before.map(({ handle, data }) => ({
            type: 'public-key',
            id: handle,
            transports: data.transports,
          })),
          authenticatorSelection: {
            residentKey: 'required',
            requireResidentKey: true,
            userVerification: 'required',
          },
          attestation: 'none',
        },
      };
    },

    async confirm(holder, place, input, { name, countsAt }) {
      const account = holder.account.id;
      const answer = readAttestation(input);
      if (!answer) return { ok: false, code: 'signin.passkey_malformed' };
      // INVARIANT: one challenge makes one factor at most, under as many confirmations at once as there may be.
      const challenge = await challenges.take(placeOf(holder, place), account);
      if (challenge === null) return { ok: false, code: 'passkey.challenge' };
      const judged = await judgeAttestation(answer, { type: 'webauthn.create', challenge, origin, rpId });
      if (!judged.ok) return judged;
      const { id: handle, data } = judged;
      // SECURITY: a credential is of one account, for ever: whoever brings the id of another's gets nothing.
      if (await own.find(handle)) return { ok: false, code: 'passkey.duplicate' };
      const factor = await own.add({ account, name, countsAt, handle, data });
      if (factor) return { ok: true, factor };
      return { ok: false, code: (await own.find(handle)) ? 'passkey.duplicate' : 'factors.full' };
    },
  };
}
