import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Audit } from '#audit/index.ts';
import { isAppError, randomId, type Clock, type Sealer } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { JWK } from 'oidc-provider';
import { keysRotated } from './events.ts';

const generate = promisify(generateKeyPair);

/** All signing keys: one document, so that a rotation is one atomic step. */
interface KeyRing extends Doc {
  readonly id: 'signing';
  /** Newest first; the first signs, all are published until `retiredAt`. */
  readonly keys: readonly { readonly jwk: JWK; readonly madeAt: number; readonly retiredAt?: number }[];
  /** Newest first; sign the cookies. */
  readonly cookieKeys: readonly string[];
}

const keyRings: CollectionSpec<KeyRing> = {
  name: 'oidc_keys',
  version: 1,
  indexes: {},
  sealed: ['keys', 'cookieKeys'],
};

export interface SigningKeys {
  /** Private JWKs, the signing one first, and the cookie keys. Makes the first ring on first use. */
  load(): Promise<{
    readonly jwks: readonly JWK[];
    readonly cookieKeys: readonly string[];
    readonly version: string;
  }>;
  /** A new key signs from now on; the former one stays published for `retiredSeconds`. Resolves to the new `kid`. */
  rotate(): Promise<string>;
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

  async function newKey(): Promise<JWK> {
    const { privateKey } = await generate('rsa', { modulusLength: 2048 });
    return { ...privateKey.export({ format: 'jwk' }), kid: randomId(12), use: 'sig', alg: 'RS256' } as JWK;
  }

  async function ring(): Promise<KeyRing> {
    const existing = await rings.get('signing');
    if (existing) return existing;
    const made: KeyRing = {
      id: 'signing',
      keys: [{ jwk: await newKey(), madeAt: clock.now() }],
      cookieKeys: [randomBytes(32).toString('base64url')],
    };
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
      const { keys, cookieKeys } = await ring();
      const now = clock.now();
      const published = keys.filter(({ retiredAt }) => retiredAt === undefined || retiredAt > now);
      const jwks = published.map(({ jwk }) => jwk);
      return { jwks, cookieKeys, version: jwks.map(({ kid }) => kid).join(' ') };
    },
    async rotate() {
      await ring();
      const jwk = await newKey();
      const now = clock.now();
      await audit.record(keysRotated, {
        actor: 'system',
        outcome: 'success',
        data: { kid: jwk.kid ?? null },
      });
      await rings.update('signing', before => ({
        ...before,
        keys: [
          { jwk, madeAt: now },
          ...before.keys
            .filter(({ retiredAt }) => retiredAt === undefined || retiredAt > now)
            .map(key => ({ ...key, retiredAt: key.retiredAt ?? now + retiredSeconds })),
        ],
        cookieKeys: [randomBytes(32).toString('base64url'), ...before.cookieKeys].slice(0, 3),
      }));
      return jwk.kid ?? '';
    },
  };
}
