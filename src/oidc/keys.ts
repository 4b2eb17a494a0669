import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Audit } from '#audit/index.ts';
import { isAppError, randomId, type Clock, type Sealer } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { JWK } from 'oidc-provider';
import { keysReplaced, keysRotated } from './events.ts';

const generate = promisify(generateKeyPair);

/** How often an instance looks whether another process has changed the keys. */
export const KEY_REFRESH_MS = 30_000;
/**
 * A key signs only when every instance publishes it: after one round of looking, and another one for a round that
 * failed or for a clock that is ahead.
 */
const SIGNS_AFTER_SECONDS = (2 * KEY_REFRESH_MS) / 1000;

/** Signs tokens, and with its second part cookies. Instants are epoch seconds. */
interface RingKey {
  readonly jwk: JWK;
  readonly cookieKey: string;
  readonly publishedAt: number;
  readonly retiredAt?: number;
}

/** All signing keys: one document, so that a rotation is one atomic step. */
interface KeyRing extends Doc {
  readonly id: 'signing';
  /** Newest first; all are published until `retiredAt`. */
  readonly keys: readonly RingKey[];
}

const keyRings: CollectionSpec<KeyRing> = {
  name: 'oidc_signing_keys',
  version: 1,
  indexes: {},
  sealed: ['keys'],
};

/** A key as operators see it. Instants are epoch seconds. */
export interface SigningKeyState {
  readonly kid: string;
  readonly isSigning: boolean;
  readonly publishedAt: number;
  /** When it is published no more; absent for one that is not replaced. */
  readonly retiredAt?: number;
}

export interface SigningKeys {
  /**
   * Private JWKs and cookie keys, of both the signing one first. `version` changes with what is published and with
   * what signs. Makes the first ring on first use.
   */
  load(): Promise<{
    readonly jwks: readonly JWK[];
    readonly cookieKeys: readonly string[];
    readonly version: string;
  }>;
  /**
   * Publishes a new key, which signs from `signsAt` (epoch seconds) on; the former one stays published for
   * `retiredSeconds` after that.
   */
  rotate(): Promise<{ readonly kid: string; readonly signsAt: number }>;
  /**
   * After a disclosure: a new key alone, which signs at once. Nothing that a former one has signed verifies for whoever
   * reads the published keys again; running instances read them every `KEY_REFRESH_MS`. Ends no session.
   */
  replace(): Promise<{ readonly kid: string; readonly replaced: readonly string[] }>;
  /** Those that are published, the signing one first. */
  list(): Promise<readonly SigningKeyState[]>;
}

/** Signing keys (RSA 2048 for RS256, which every relying party reads), sealed at rest. */
export function createSigningKeys(deps: {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly retiredSeconds: number;
}): SigningKeys {
  const { clock, audit, retiredSeconds } = deps;
  const rings = deps.store.collection(keyRings);

  async function newKey(): Promise<RingKey & { readonly jwk: { readonly kid: string } }> {
    const { privateKey } = await generate('rsa', { modulusLength: 2048 });
    const kid = randomId(12);
    return {
      jwk: { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } as JWK & {
        kid: string;
      },
      cookieKey: randomBytes(32).toString('base64url'),
      publishedAt: clock.now(),
    };
  }

  async function ring(): Promise<KeyRing> {
    const existing = await rings.get('signing');
    if (existing) return existing;
    const made: KeyRing = { id: 'signing', keys: [await newKey()] };
    try {
      await rings.insert(made);
      return made;
    } catch (error) {
      // Another instance was first.
      const theirs = isAppError(error, 'store.conflict') ? await rings.get('signing') : null;
      if (theirs) return theirs;
      throw error;
    }
  }

  /** What is published, the signing one first. */
  async function ordered(): Promise<readonly RingKey[]> {
    const published = publishedAt((await ring()).keys, clock.now());
    const signing = signingKey(published, clock.now());
    return signing ? [signing, ...published.filter(key => key !== signing)] : published;
  }

  return {
    async load() {
      const keys = await ordered();
      return {
        jwks: keys.map(({ jwk }) => jwk),
        cookieKeys: keys.map(({ cookieKey }) => cookieKey),
        version: keys.map(({ jwk }) => jwk.kid).join(' '),
      };
    },
    async list() {
      const keys = await ordered();
      return keys.map(({ jwk, publishedAt, retiredAt }, place) => ({
        kid: String(jwk.kid),
        isSigning: place === 0,
        publishedAt,
        ...(retiredAt === undefined ? {} : { retiredAt }),
      }));
    },
    async replace() {
      const former = await ring();
      const key = await newKey();
      const { kid } = key.jwk;
      const replaced = publishedAt(former.keys, key.publishedAt).map(({ jwk }) => String(jwk.kid));
      const data = { kid, replaced: replaced.join(' ') };
      await audit.record(keysReplaced, { actor: 'operator', outcome: 'success', data });
      await rings.update('signing', before => ({ ...before, keys: [key] }));
      return { kid, replaced };
    },
    async rotate() {
      await ring();
      const key = await newKey();
      const { kid } = key.jwk;
      const signsAt = key.publishedAt + SIGNS_AFTER_SECONDS;
      await audit.record(keysRotated, { actor: 'system', outcome: 'success', data: { kid } });
      await rings.update('signing', before => ({
        ...before,
        keys: [
          key,
          ...publishedAt(before.keys, key.publishedAt).map(former => ({
            ...former,
            // It signs until the new one does.
            retiredAt: former.retiredAt ?? signsAt + retiredSeconds,
          })),
        ],
      }));
      return { kid, signsAt };
    },
  };
}

function publishedAt(keys: readonly RingKey[], now: number): readonly RingKey[] {
  return keys.filter(({ retiredAt }) => retiredAt === undefined || retiredAt > now);
}

/** The newest that every instance knows by now; the oldest while none is (the only key of a first start). */
function signingKey(newestFirst: readonly RingKey[], now: number): RingKey | undefined {
  return newestFirst.find(key => key.publishedAt + SIGNS_AFTER_SECONDS <= now) ?? newestFirst.at(-1);
}
