import type { Access } from '#access/index.ts';
import { isInForce, type Application } from '#directory/index.ts';
import type { Method } from '#methods/index.ts';
import type { DemoChannel } from '#notify/index.ts';
import { safeReturnPath, type Oidc } from '#oidc/index.ts';
import type { PortalPorts } from '#portal/index.ts';
import type { AskForAccount } from '#signin/index.ts';
import type { Services } from './services.ts';

/** More applications than any kiosk shows (domain §9: 200). */
const MOST_APPLICATIONS = 1_000;
const RECENT_SIGN_INS = 10;

/** What the portal asks of the modules that it does not know. */
export function createPortalPorts(deps: {
  readonly services: Services;
  readonly oidc: Oidc;
  readonly access: Access;
  readonly demo: DemoChannel | undefined;
  readonly onPasswordChanged: PortalPorts['onPasswordChanged'];
  readonly methods: readonly Method[];
  readonly takesRequests: boolean;
  readonly askForAccount: AskForAccount;
}): PortalPorts {
  const { services, oidc, access, demo, onPasswordChanged, methods, takesRequests, askForAccount } = deps;
  const { directory, audit, clock } = services;

  async function applicationsFor(accountId: string): Promise<readonly Application[]> {
    const { items } = await directory.applications.list('name', { prefix: '', limit: MOST_APPLICATIONS });
    const open = await Promise.all(items.map(({ id }) => access.canOpenApplication(accountId, id)));
    return items.filter((_application, index) => open[index]);
  }

  /** Sign-ins of this month and the one before, read from the trail itself. */
  async function recentSignIns(accountId: string) {
    const lines = await audit.newest({
      account: accountId,
      type: 'signin.signin.completed',
      limit: RECENT_SIGN_INS,
      months: 2,
    });
    return lines.map(({ at, acr, source, client }) => ({ atMs: Date.parse(at), acr, source, client }));
  }

  /** A profile in force of which that is true. */
  async function holds(accountId: string, isMeant: (profile: string) => boolean): Promise<boolean> {
    const nowMs = clock.nowMs();
    const person = await directory.professionals.get(accountId);
    return (person?.memberships ?? []).some(held => isMeant(held.profile) && isInForce(held, nowMs));
  }

  return {
    sessions: oidc.sessions,
    onPasswordChanged,
    helpLinks: methods.flatMap(({ elsewhere }) => elsewhere?.help ?? []),
    signInUrl: (returnTo, asked) => oidc.signInUrl(returnTo, asked),
    administers: accountId => holds(accountId, access.administration.policy().isPrivileged),
    async asksForOthers(accountId) {
      const { row } = access.administration.policy();
      return (
        takesRequests &&
        (await holds(accountId, profile => row(profile, 'account_request', 'ask') !== undefined))
      );
    },
    ...(takesRequests
      ? {
          askForMore: ({ nationalIds, familyName, givenName, civility, profession, specialties, email }) =>
            askForAccount(
              {
                nationalIds,
                familyName,
                givenName,
                ...(civility !== undefined && { civility }),
                ...(profession !== undefined && { profession }),
                specialties,
                ...(email !== undefined && { email }),
              },
              'account',
            ),
        }
      : {}),
    safeReturnPath,
    applicationsFor,
    recentSignIns,
    ...(demo ? { demoMessages: () => demo.listDemoMessages() } : {}),
  };
}
