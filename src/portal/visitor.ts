import type { Account, Accounts } from '#accounts/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import type { Http, PageSession } from '#http/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import type { Context } from 'koa';
import type { PortalPorts, PortalSession } from './ports.ts';

/** The person who looks at a page. */
export interface Visitor {
  readonly session: PortalSession;
  readonly account: Account;
  readonly professional: Professional;
}

export interface Visitors {
  /** Who is signed in on this browser; `null` for nobody. Prepares the page's frame. */
  find(ctx: Context): Promise<Visitor | null>;
  /** The same for a page that needs somebody: a GET is sent to sign in, anything else is `portal.signed_out` (401). */
  require(ctx: Context, show: (visitor: Visitor) => Promise<void>): Promise<void>;
}

/** Renewals are written once a minute: an end that is much nearer than the idle time is the absolute one. */
const RENEWAL_SLACK_SECONDS = 120;

export function createVisitors(deps: {
  readonly http: Http;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly idleSeconds: number;
  readonly ports: PortalPorts;
}): Visitors {
  const { http, clock, accounts, directory, idleSeconds, ports } = deps;

  async function find(ctx: Context): Promise<Visitor | null> {
    const session = await ports.sessions.current(ctx);
    if (!session) return null;
    const [account, professional] = await Promise.all([
      accounts.get(session.accountId),
      directory.professionals.get(session.accountId),
    ]);
    if (!account || professional?.status !== 'active') {
      // SECURITY: a session does not outlive the account that it is for.
      await ports.sessions.end(session.uid, 'account_inactive');
      return null;
    }
    const idle = session.idleSeconds ?? idleSeconds;
    const shown: PageSession = {
      name: `${professional.givenName} ${professional.familyName}`,
      login: account.login,
      endsAtMs: session.expiresAt * 1000,
      isFinal: session.expiresAt < clock.now() + idle - RENEWAL_SLACK_SECONDS,
      ...(session.idleSeconds === undefined ? {} : { sharedMinutes: Math.round(idle / 60) }),
      administers: await ports.administers(account.id),
    };
    (ctx.state as { session?: PageSession }).session = shown;
    return { session, account, professional };
  }

  return {
    find,
    async require(ctx, show) {
      const visitor = await find(ctx);
      if (visitor) return show(visitor);
      if (ctx.method === 'GET' || ctx.method === 'HEAD') return http.redirect(ctx, ports.signInUrl(ctx.path));
      throw new AppError({
        code: 'portal.signed_out',
        status: 401,
        publicMessage: 'Votre session a pris fin.',
        hint: 'Revenez à l’accueil et reconnectez-vous. Rien n’a été enregistré.',
      });
    },
  };
}
