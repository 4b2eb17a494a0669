import type { Application, Directory } from '#directory/index.ts';
import { OIDC_SCOPES } from './clients.ts';

/** No application may begin so (`isClientId`): the trial of one is never another one. */
const PREFIX = '_essai:';

/** Where the code of a trial comes back to: a page of administration, on our own site. */
const CALLBACK_PATH = '/admin/trial/callback';

/** What a person who administers an application asks of a sign-in on trial. */
export interface TrialRequest {
  readonly clientId: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE, S256. */
  readonly challenge: string;
}

export interface Trials {
  /**
   * Where a real sign-in begins, as that application would ask for it: its scopes and its level, a new proof of who the
   * person is. `null` for one that signs nobody in.
   */
  signInUrl(request: TrialRequest): Promise<string | null>;
  /** The `client_id` that the trial of this application redeems its code with; no secret, PKCE instead. */
  clientIdOf(clientId: string): string;
  readonly callback: string;
}

/**
 * An application of the region, on trial: a public client of our own with its scopes, its level and its network. SECURITY:
 * its code comes back to our own site only, and its tokens name another audience than the application's: they open
 * nothing there.
 */
export function createTrials(deps: { readonly directory: Directory; readonly issuer: string }): Trials & {
  /** The application that this `client_id` tries, or `undefined` for a `client_id` of another kind. */
  targetOf(clientId: string): string | undefined;
  /** The client of that trial. */
  find(clientId: string): Promise<Application | null>;
} {
  const { directory, issuer } = deps;
  const callback = `${issuer}${CALLBACK_PATH}`;
  const targetOf = (clientId: string) =>
    clientId.startsWith(PREFIX) ? clientId.slice(PREFIX.length) : undefined;
  const clientIdOf = (clientId: string) => `${PREFIX}${clientId}`;

  async function find(clientId: string): Promise<Application | null> {
    const target = targetOf(clientId);
    const application = target === undefined ? null : await directory.applications.get(target);
    if (!application?.grantTypes.includes('authorization_code')) return null;
    const { name, network, minimumAcr } = application;
    return {
      id: clientId,
      name: `${name} (essai)`,
      redirectUris: [callback],
      postLogoutRedirectUris: [],
      grantTypes: ['authorization_code'],
      // A trial shows what is told of the person; it stays signed in nowhere and calls no API.
      scopes: OIDC_SCOPES.filter(scope => scope !== 'offline_access' && application.scopes.includes(scope)),
      tokenEndpointAuthMethod: 'none',
      requirePkce: true,
      assertsAcr: false,
      canSimulate: false,
      ...(network !== undefined && { network }),
      ...(minimumAcr !== undefined && { minimumAcr }),
    };
  }

  return {
    targetOf,
    find,
    clientIdOf,
    callback,
    async signInUrl({ clientId, state, nonce, challenge }) {
      const trial = await find(clientIdOf(clientId));
      if (!trial) return null;
      const query = new URLSearchParams({
        client_id: trial.id,
        response_type: 'code',
        scope: trial.scopes.join(' '),
        redirect_uri: callback,
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        prompt: 'login',
        ...(trial.minimumAcr !== undefined && { acr_values: trial.minimumAcr }),
      });
      return `/oidc/authorize?${query}`;
    },
  };
}
