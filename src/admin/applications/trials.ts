import { createHash } from 'node:crypto';
import { AppError, hashToken, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { RelyingParties } from '../ports.ts';

/** A sign-in on trial that has begun. `id`: the hash of its `state`. */
interface Trial extends Doc {
  readonly clientId: string;
  /** Who began it. */
  readonly sub: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly expiresAt: number;
}

const trialsSpec: CollectionSpec<Trial> = {
  name: 'application_trials',
  version: 1,
  indexes: {},
  sealed: ['verifier'],
};

/** What the application would have been told. */
export interface Told {
  readonly clientId: string;
  /** Claims of the ID token; `null` without the scope `openid`. */
  readonly idToken: Readonly<Record<string, unknown>> | null;
  readonly userinfo: Readonly<Record<string, unknown>> | null;
  readonly scope: string;
}

/** A sign-in on trial that did not succeed, as the application would learn it. */
export interface Refused {
  readonly clientId: string;
  readonly error: string;
  readonly description: string | null;
}

/** Sign-ins on trial: real ones, of whoever administers, by our own public endpoints. */
export interface ApplicationTrials {
  /** Where the sign-in begins; `null` for an application that signs nobody in. */
  begin(clientId: string, sub: string): Promise<string | null>;
  /**
   * Redeems what came back. SECURITY: once, and only for who began it (`null` otherwise); nothing of it is kept.
   * Throws `admin.trial_unreachable` (502) when our own public address does not answer us.
   */
  finish(query: Readonly<Record<string, unknown>>, sub: string): Promise<Told | Refused | null>;
}

/** As long as a sign-in may take. */
const LIFE_SECONDS = 900;
const ANSWER_MS = 5_000;

export function createApplicationTrials(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly issuer: string;
  readonly relyingParties: RelyingParties;
}): ApplicationTrials {
  const { clock, issuer } = deps;
  const { trials } = deps.relyingParties;
  const collection = deps.store.collection(trialsSpec);

  /** JSON from our own public address, as an application would get it. */
  async function ask(address: string, init: RequestInit = {}): Promise<Readonly<Record<string, unknown>>> {
    // SECURITY: discovery is our own; an address that leaves it is not followed.
    if (new URL(address).origin !== new URL(issuer).origin) throw unreachable();
    let answer: Response;
    try {
      answer = await fetch(address, { ...init, redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
    } catch (cause) {
      throw unreachable(cause);
    }
    const body: unknown = await answer.json().catch(() => null);
    if (typeof body !== 'object' || body === null) throw unreachable();
    return body as Readonly<Record<string, unknown>>;
  }

  async function redeem({ clientId, verifier, nonce }: Trial, code: string): Promise<Told | Refused> {
    const discovery = await ask(`${issuer}/.well-known/openid-configuration`);
    const tokens = await ask(String(discovery['token_endpoint']), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: trials.clientIdOf(clientId),
        redirect_uri: trials.callback,
        code,
        code_verifier: verifier,
      }),
    });
    if (typeof tokens['access_token'] !== 'string') return refusal(clientId, tokens);
    const idToken = typeof tokens['id_token'] === 'string' ? payloadOf(tokens['id_token']) : null;
    if (idToken && idToken['nonce'] !== nonce)
      return { clientId, error: 'nonce_mismatch', description: null };
    const userinfo =
      idToken &&
      (await ask(String(discovery['userinfo_endpoint']), {
        headers: { Authorization: `Bearer ${tokens['access_token']}` },
      }));
    return { clientId, idToken, userinfo, scope: String(tokens['scope'] ?? '') };
  }

  return {
    async begin(clientId, sub) {
      const [state, nonce, verifier] = [randomId(), randomId(), randomId(32)];
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const address = await trials.signInUrl({ clientId, state, nonce, challenge });
      if (address === null) return null;
      const expiresAt = clock.now() + LIFE_SECONDS;
      await collection.insert({ id: hashToken(state), clientId, sub, nonce, verifier, expiresAt });
      return address;
    },
    async finish({ state, code, error, error_description: description }, sub) {
      if (typeof state !== 'string') return null;
      const trial = await collection.consume(hashToken(state), begun => begun.sub === sub);
      if (!trial) return null;
      return typeof code === 'string'
        ? redeem(trial, code)
        : refusal(trial.clientId, { error, error_description: description });
    },
  };
}

function refusal(clientId: string, told: Readonly<Record<string, unknown>>): Refused {
  const { error, error_description: description } = told;
  return {
    clientId,
    error: typeof error === 'string' ? error : 'server_error',
    description: typeof description === 'string' ? description : null,
  };
}

/** SPEC: OpenID Connect Core §3.1.3.7 (6): straight from the token endpoint, its signature need not be verified. */
function payloadOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<
    string,
    unknown
  >;
}

function unreachable(cause?: unknown): AppError {
  return new AppError({
    code: 'admin.trial_unreachable',
    status: 502,
    publicMessage: 'Le service ne se joint pas lui-même à son adresse publique.',
    hint: 'Les applications n’y arrivent peut-être pas non plus : prévenez ceux qui l’exploitent.',
    cause,
  });
}
