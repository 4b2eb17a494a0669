import { randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** One live challenge of one place. */
export interface ChallengeDoc extends Doc {
  /** Base64url. */
  readonly challenge: string;
  /** Who answers it; `null` while nobody is identified. */
  readonly account: string | null;
  readonly expiresAt: number;
}

/** The challenges that browsers sign: random, of one place (interaction and purpose, or session), and single use. */
export interface Challenges {
  /** The live one of this place and account; a new one when there is none, or when it is asked for. */
  current(place: string, account: string | null, renew: boolean): Promise<ChallengeDoc>;
  /** Takes it away, whatever the answer is worth: exactly one of many callers gets it. `null` when it is none of theirs. */
  take(place: string, account: string | null): Promise<string | null>;
}

/** SPEC: WebAuthn L3 §13.4.3 asks for 16 at least. */
const CHALLENGE_BYTES = 32;

/** Long enough to find a telephone and read its code; the browser is told the same. */
export const CHALLENGE_SECONDS = 300;

const challengesSpec: CollectionSpec<ChallengeDoc> = {
  name: 'method_passkey_challenges',
  version: 1,
  indexes: {},
};

export function createChallenges(deps: { readonly store: Store; readonly clock: Clock }): Challenges {
  const { clock } = deps;
  const live = deps.store.collection(challengesSpec);

  return {
    async current(place, account, renew) {
      const before = renew ? null : await live.get(place);
      if (before?.account === account) return before;
      const made = {
        id: place,
        challenge: randomBytes(CHALLENGE_BYTES).toString('base64url'),
        account,
        expiresAt: clock.now() + CHALLENGE_SECONDS,
      };
      await live.put(made);
      return made;
    },
    async take(place, account) {
      const taken = await live.consume(place, doc => doc.account === account);
      return taken?.challenge ?? null;
    },
  };
}
