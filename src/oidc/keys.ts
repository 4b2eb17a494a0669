import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Audit } from '#audit/index.ts';
import { isAppError, randomId, type Clock, type Sealer } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { JWK } from 'oidc-provider';
import { keysRotated } from './events.ts';

const generate = promisify(generateKeyPair);

/** How often an instance looks whether another process has rotated the keys. */
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

  return {
    async load() {
      const published = publishedAt((await ring()).keys, clock.now());
      const signing = signingKey(published, clock.now());
      const ordered = signing ? [signing, ...published.filter(key => key !== signing)] : published;
      return {
        jwks: ordered.map(({ jwk }) => jwk),
        cookieKeys: ordered.map(({ cookieKey }) => cookieKey),
        version: ordered.map(({ jwk }) => jwk.kid).join(' '),
      };
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
