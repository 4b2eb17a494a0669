import { createHmac } from 'node:crypto';
import type { SectionValues } from '#config/index.ts';
import { equalsInConstantTime, randomDigits, randomId, type Clock, type Sealer } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { codeSection } from './section.ts';

/** The live code of one place: a newer one takes its place, so an older one is void. */
export interface LiveCode extends Doc {
  /** Names this very code: tries are counted per nonce. */
  readonly nonce: string;
  /** HMAC of the place, of what the code is bound to, and of the digits; absent when no code answers. */
  readonly mac?: string;
  readonly resendAt: number;
  readonly expiresAt: number;
}

/** What a code answers for besides its place: whatever of it has changed voids the code. */
export type Bound = readonly (string | null)[];

export type CodeVerdict<T> =
  | { readonly kind: 'right'; readonly code: T }
  | { readonly kind: 'expired' | 'exhausted' }
  | { readonly kind: 'wrong'; readonly triesLeft: number };

/**
 * Codes made of random digits: valid a few minutes, a few tries, single use even under a race. Knows neither who they are
 * for nor how they get there; bounds on what is sent are its callers'.
 */
export interface LiveCodes<T extends LiveCode> {
  find(id: string): Promise<T | null>;
  /**
   * Stores a new code; resolves to its digits, which are kept nowhere. ORDER: its caller sends it after that: a crash
   * between the two only asks for another one. With `isSent` false no answer is right, and all else is the same.
   */
  issue(
    id: string,
    bound: Bound,
    more: { readonly isSent: boolean; readonly fields: Omit<T, keyof LiveCode> },
  ): Promise<{ readonly digits: string; readonly code: T }>;
  /** Judges `digits`, as `digitsOf` reads them. The try is counted before it is judged. */
  verify(id: string, bound: Bound, digits: string): Promise<CodeVerdict<T>>;
}

interface CounterDoc extends Doc {
  readonly count: number;
}

const countersSpec: CollectionSpec<CounterDoc> = { name: 'method_code_counters', version: 1, indexes: {} };

export function createLiveCodes<T extends LiveCode>(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly spec: CollectionSpec<T>;
  /** Names the key of these codes. */
  readonly purpose: string;
  readonly settings: SectionValues<typeof codeSection>;
}): LiveCodes<T> {
  const { store, clock, spec, purpose, settings } = deps;
  const codes = store.collection(spec);
  const counters = store.collection(countersSpec);
  const key = deps.sealer.derive(purpose);

  /** SECURITY: a six-digit code is guessed from a bare hash at once; the key keeps a stolen table useless. */
  const macOf = (id: string, bound: Bound, nonce: string, digits: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([id, ...bound, nonce, digits]))
      .digest('base64url');

  return {
    find: id => codes.get(id),

    async issue(id, bound, { isSent, fields }) {
      const now = clock.now();
      const nonce = randomId();
      const digits = randomDigits(settings.digits);
      const mac = macOf(id, bound, nonce, digits);
      const live: LiveCode = {
        id,
        nonce,
        ...(isSent && { mac }),
        resendAt: now + settings.resendSeconds,
        expiresAt: now + settings.validSeconds,
      };
      const code = { ...fields, ...live } as T;
      await codes.put(code);
      return { digits, code };
    },

    async verify(id, bound, digits) {
      const code = await codes.get(id);
      if (!code) return { kind: 'expired' };
      const { nonce, mac, expiresAt } = code;
      const tries = await counters.increment(`tries:${nonce}`, 'count', 1, {
        max: settings.maxTries,
        expiresAt,
      });
      if (tries === null) return { kind: 'exhausted' };
      const given = macOf(id, bound, nonce, digits);
      if (mac === undefined || !equalsInConstantTime(given, mac)) {
        const triesLeft = settings.maxTries - tries;
        return triesLeft > 0 ? { kind: 'wrong', triesLeft } : { kind: 'exhausted' };
      }
      // INVARIANT: single use. Of many right answers at once, exactly one takes the document away.
      const taken = await codes.consume(id, candidate => candidate.nonce === nonce);
      return taken ? { kind: 'right', code: taken } : { kind: 'expired' };
    },
  };
}

/** What was typed, without spaces; `''` when it is not made of digits. */
export function digitsOf(input: string): string {
  const typed = input.replace(/\s+/gu, '');
  return /^\d+$/u.test(typed) ? typed : '';
}
