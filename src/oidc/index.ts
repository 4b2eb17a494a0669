/**
 * OpenID Connect: the provider's assembly, its storage, relying parties as it sees them, signing keys, claims,
 * sessions, logout and the callers of our APIs. The only module that imports oidc-provider. Does not own how a
 * person signs in (`signin/`), who may open what (`access/`, through `AuthorizationPorts`), nor the registry of
 * applications (`directory/`).
 */
import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import type { Application, Directory } from '#directory/index.ts';
import type { Clock, Sealer } from '#kernel/index.ts';
import type { Outbox } from '#notify/index.ts';
import type { Interactions, signinSection } from '#signin/index.ts';
import type { Store } from '#store/index.ts';
import type { Context, Middleware } from 'koa';
import type Provider from 'oidc-provider';
import { createAdapterFactory } from './adapter.ts';
import { createApiCallers, type ApiCallers } from './callers.ts';
import { PORTAL_CLIENT_ID, portalApplication, toClientMetadata } from './clients.ts';
import { applicationRefused, sessionEnded } from './events.ts';
import { createInteractions } from './interactions.ts';
import { KEY_REFRESH_MS, createSigningKeys } from './keys.ts';
import { createLogoutQueue, LOGOUT_KIND } from './logout-queue.ts';
import { createMount, type LeaveBy, type OidcPages } from './mount.ts';
import { takesForms } from './paths.ts';
import type { AuthorizationPorts } from './policy.ts';
import { portalSignInUrl } from './portal.ts';
import { createReplays } from './replays.ts';
import { createProvider, deliverLogoutOf } from './provider.ts';
import { endRevokedSessions } from './revoked-sessions.ts';
import type { oidcSection } from './section.ts';
import { createSessions, type LiveSession, type Sessions } from './sessions.ts';
import { createStanding } from './standing.ts';
import { createStatements, type Statements } from './statements.ts';
import { createTrials, type Trials } from './trials.ts';

export { oidcEvents } from './events.ts';
export { oidcSection } from './section.ts';
export { createSigningKeys, KEY_REFRESH_MS, type SigningKeys } from './keys.ts';
export { endEverySession, issuedCollections } from './disclosure.ts';
export { safeReturnPath } from './portal.ts';
export { API_SCOPES, OIDC_SCOPES, PORTAL_CLIENT_ID } from './clients.ts';
export type { ApiCaller, ApiCallers } from './callers.ts';
export type { LiveSession, Sessions } from './sessions.ts';
export type { OidcPages } from './mount.ts';
export type { TrialRequest, Trials } from './trials.ts';

export interface OidcDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly outbox: Outbox;
  readonly directory: Directory;
  readonly issuer: string;
  /** What our own pages are called on a sign-in page. */
  readonly portalName: string;
  readonly settings: SectionValues<typeof oidcSection>;
  readonly sessionSettings: SectionValues<typeof signinSection>;
  readonly loginOf: (accountId: string) => Promise<string>;
  readonly hasDuties: AuthorizationPorts['hasDuties'];
  readonly refusesApplication: AuthorizationPorts['refusesApplication'];
  readonly pages: OidcPages;
  readonly leaveBy: LeaveBy;
  readonly onError: (error: unknown, about: string) => void;
}

export interface Oidc {
  /** Serves the protocol's own paths and passes everything else on. */
  readonly middleware: Middleware;
  readonly interactions: Interactions;
  readonly sessions: Sessions & {
    /** The live session of this browser, or `null`. Looking counts as activity. */
    current(ctx: Context): Promise<LiveSession | null>;
  };
  readonly callers: ApiCallers;
  readonly statements: Statements;
  /** Sign-ins on trial, for whoever administers an application. */
  readonly trials: Trials;
  /** Where our own pages send a person to sign in, at that level and at most `maxAge` seconds ago, and then back. */
  signInUrl(
    returnTo: string,
    asked?: { readonly acr?: string; readonly maxAge?: number | undefined },
  ): string;
  /** Periodic work: see `revoked-sessions.ts`. */
  endRevokedSessions(): Promise<void>;
  /** Ends the sessions that ran out, with their tokens and towards relying parties. */
  endOverSessions(): Promise<void>;
  /** Publishes the keys of the store if another process has rotated them. */
  refreshKeys(): Promise<void>;
  close(): void;
}

export async function createOidc(deps: OidcDeps): Promise<Oidc> {
  const { store, clock, audit, outbox, directory, issuer, settings, sessionSettings } = deps;
  const portal = portalApplication(issuer, deps.portalName);
  const trials = createTrials({ directory, issuer });
  const application = async (clientId: string): Promise<Application | null> =>
    clientId === PORTAL_CLIENT_ID
      ? portal
      : ((await trials.find(clientId)) ?? directory.applications.get(clientId));

  const queueLogout = createLogoutQueue({ outbox, clock, sessionSeconds: sessionSettings.maxSeconds });
  const standing = createStanding(directory);
  const sessions = createSessions({
    store,
    standing,
    clock,
    audit,
    idleSeconds: sessionSettings.idleSeconds,
    notifyLogout: queueLogout,
  });

  const revokeReplayed = createReplays({ store, audit });
  const adapter = createAdapterFactory({
    store,
    clock,
    revokeReplayed,
    standing,
    async findClient(clientId) {
      const found = await application(clientId);
      return found ? toClientMetadata(found, clock.nowMs()) : undefined;
    },
  });
  const ports: AuthorizationPorts = {
    application,
    hasDuties: deps.hasDuties,
    refusesApplication: async (accountId, clientId) =>
      clientId === PORTAL_CLIENT_ID
        ? null
        : deps.refusesApplication(accountId, trials.targetOf(clientId) ?? clientId),
    onApplicationRefused: (accountId, clientId, reason) =>
      audit.record(applicationRefused, {
        actor: accountId,
        account: accountId,
        client: clientId,
        outcome: 'refused',
        data: { reason },
      }),
  };

  const mount = createMount({ ...deps, sessions, takesForms: takesForms(deps.issuer) });
  const signingKeys = createSigningKeys({ ...deps, retiredSeconds: settings.retiredKeySeconds });

  const build = (keys: { jwks: readonly object[]; cookieKeys: readonly string[] }) =>
    mount.attach(
      createProvider({
        ...deps,
        adapter,
        sessions,
        ports,
        revokeReplayed,
        keys,
        queueLogout,
        pages: mount.providerPages,
        idleSeconds: sessionSettings.idleSeconds,
        maxSeconds: sessionSettings.maxSeconds,
        onSignedOut: session =>
          audit.record(sessionEnded, {
            ...(session.accountId === undefined
              ? {}
              : { account: session.accountId, actor: session.accountId }),
            outcome: 'success',
            data: { reason: 'signed_out', applications: Object.keys(session.authorizations ?? {}).join(' ') },
          }),
      }),
    );

  let { version, ...keys } = await signingKeys.load();
  let provider: Provider = build(keys);

  async function refreshKeys(): Promise<void> {
    const { version: latest, ...loaded } = await signingKeys.load();
    if (latest === version) return;
    keys = loaded;
    // The new provider is complete before it answers; requests under way finish on the former one.
    provider = build(keys);
    version = latest;
  }

  const timer = setInterval(() => {
    refreshKeys().catch(error => deps.onError(error, 'refreshing the signing keys'));
  }, KEY_REFRESH_MS);
  timer.unref();

  outbox.register(
    LOGOUT_KIND,
    async payload => {
      const { clientId, accountId, sid } = payload as { clientId: string; accountId: string; sid: string };
      await deliverLogoutOf(provider)(clientId, accountId, sid);
    },
    { title: 'Fin de session à une application', destination: ({ clientId }) => String(clientId) },
  );

  return {
    middleware: mount.middleware(() => provider),
    interactions: createInteractions({
      provider: () => provider,
      sessions,
      standing,
      application,
      clock,
      interactionSeconds: settings.interactionSeconds,
    }),
    sessions: {
      ...sessions,
      async current(ctx) {
        const session = await provider.Session.get(ctx as never);
        if (session.accountId === undefined) return null;
        await sessions.touch(session.uid);
        return sessions.findByUid(session.uid);
      },
    },
    trials,
    statements: createStatements(issuer, () => keys.jwks[0]),
    callers: createApiCallers({ store, clock, directory }),
    signInUrl: (returnTo, asked) => portalSignInUrl(issuer, returnTo, asked),
    endOverSessions: () => sessions.endOver(),
    endRevokedSessions: () => endRevokedSessions({ professionals: directory.professionals, sessions }),
    refreshKeys,
    close: () => clearInterval(timer),
  };
}
