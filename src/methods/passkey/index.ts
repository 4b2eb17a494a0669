import type { Directory } from '#directory/index.ts';
import { ACR, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Factors } from '../factors.ts';
import type { AttemptPlace, Method, Person } from '../method.ts';
import { readAssertion, type Assertion } from './answer.ts';
import { CHALLENGE_SECONDS, createChallenges } from './challenges.ts';
import { passkeyFactors, userHandleOf, type Passkey } from './credential.ts';
import { createPasskeyEnrolment } from './enrolment.ts';
import { advance, judgeAssertion, type JudgedAssertion } from './judge.ts';
import { passkeySentences, type PasskeyRefusal } from './messages.ts';

/**
 * Passkeys (WebAuthn): a key that never leaves its authenticator, or only sealed to another one of the same person, and
 * that answers for our address alone. As first step it says by itself who the person is; as second step it must be one
 * of theirs. The user is always verified. It does not know what an authenticator is worth: no attestation is asked for.
 */
export function createPasskeyMethod(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly factors: Factors;
  readonly directory: Directory;
  /** Our public address: its host is the RP ID, its origin the only one that counts. */
  readonly issuer: string;
}): Method {
  const { clock, directory } = deps;
  const own = passkeyFactors(deps.factors);
  const challenges = createChallenges(deps);
  const { origin, hostname: rpId } = new URL(deps.issuer);
  const placeOf = ({ interaction, purpose }: AttemptPlace) => `${purpose}:${interaction}`;
  /** Whose answer is expected: as first step anybody's, who says so by the answer itself. */
  const expected = (person: Person, { purpose }: AttemptPlace) => (purpose === 'first' ? null : person);

  async function allowedFor(person: Person) {
    // Nobody is named before a proof: the authenticator says which of its keys are for us.
    const theirs = person ? await own.counting(person.account.id) : [];
    return theirs.map(({ handle, data }) => ({
      type: 'public-key',
      id: handle,
      transports: data.transports,
    }));
  }

  /** Notes the use; the code of the refusal when the counter does not allow it. */
  async function spend(passkey: Passkey, judged: JudgedAssertion): Promise<PasskeyRefusal | null> {
    let isBehind = false;
    const isUsed = await own.use(passkey, data => {
      const after = advance(data, judged);
      isBehind = after === null;
      return after;
    });
    if (isUsed) return null;
    // Neither used nor behind: it was removed meanwhile.
    if (!isBehind) return 'passkey.unknown';
    await own.revise(passkey, data => ({ ...data, counterWentBackAt: clock.now() }));
    return 'passkey.counter';
  }

  return {
    id: 'passkey',
    title: 'Clé d’accès (passkey)',
    factor: 'possession',
    resistsPhishing: true,
    // SPEC: RFC 8176: a key (`swk`: without attestation nothing proves that it is in hardware), a person who was present
    // and verified (`user`), and so two factors (`mfa`). Whether by code, finger or face is not ours to know.
    amr: ['swk', 'user', 'mfa'],
    identifies: true,
    acrAlone: ACR.mfa,
    acrAsSecond: ACR.mfa,
    button: { label: 'Clé d’accès', icon: 'passkey' },
    choice: { label: 'Ma clé d’accès', icon: 'passkey' },
    sentences: passkeySentences,
    isAvailableTo: async person => person === null || (await own.counting(person.account.id)).length > 0,
    isWellFormed: input => readAssertion(input) !== null,

    async begin(person, place, renew) {
      const whose = expected(person, place);
      const account = whose?.account.id ?? null;
      const { challenge, expiresAt } = await challenges.current(placeOf(place), account, renew);
      return {
        expiresAt,
        resendAt: clock.now(),
        options: {
          challenge,
          rpId,
          timeout: CHALLENGE_SECONDS * 1000,
          userVerification: 'required',
          allowCredentials: await allowedFor(whose),
        },
      };
    },

    async verify(person, input, place) {
      const answer = readAssertion(input);
      if (!answer) return { ok: false, code: 'signin.passkey_malformed' };
      const account = expected(person, place)?.account.id ?? null;
      const challenge = await challenges.take(placeOf(place), account);
      if (challenge === null) return { ok: false, code: 'passkey.challenge' };
      const passkey = await own.findCounting(answer.id);
      if (!passkey) return { ok: false, code: 'passkey.unknown' };
      if (person && person.account.id !== passkey.account) return { ok: false, code: 'passkey.another' };
      if (!isNamedBy(answer, passkey, person)) return { ok: false, code: 'passkey.refused' };
      const scene = { type: 'webauthn.get', challenge, origin, rpId } as const;
      const judged = await judgeAssertion(answer, passkey, scene);
      if (!judged.ok) return judged;
      const code = await spend(passkey, judged);
      return code === null ? { ok: true, accountId: passkey.account } : { ok: false, code };
    },

    enrolment: createPasskeyEnrolment({ directory, own, challenges, origin, rpId }),
  };
}

/** SPEC: WebAuthn L3 §7.2 step 6: the user handle is the owner's; it may be absent only when the person is known already. */
function isNamedBy({ response }: Assertion, { account }: Passkey, person: Person): boolean {
  const { userHandle } = response;
  return userHandle === undefined ? person !== null : userHandle === userHandleOf(account);
}
