import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import { hashToken, type Clock } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { PortalPorts, PortalSession } from './ports.ts';
import type { Visitor, Visitors } from './visitor.ts';

/** `/account/sessions`: where I am signed in, and the way to end it; `/account/keep-alive`: I am still here. */
export function createSessionPages(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly clock: Clock;
    readonly directory: Directory;
    readonly ports: PortalPorts;
    readonly visitors: Visitors;
  },
): void {
  const { http, clock, directory, ports, visitors } = deps;

  async function shownOf(session: PortalSession, current: PortalSession) {
    const [organisation, applications] = await Promise.all([
      session.situation === undefined ? null : directory.organisations.get(session.situation),
      Promise.all(session.clients.map(id => directory.applications.get(id))),
    ]);
    return {
      reference: referenceOf(session),
      isCurrent: session.uid === current.uid,
      startedAtMs: session.startedAt * 1000,
      endsAtMs: session.expiresAt * 1000,
      sharedMinutes: session.idleSeconds === undefined ? null : Math.round(session.idleSeconds / 60),
      acr: session.acr,
      situation: organisation?.name ?? session.place?.name ?? null,
      applications: applications.flatMap(application => application?.name ?? []),
    };
  }

  async function endThose(visitor: Visitor, isMeant: (session: PortalSession) => boolean): Promise<boolean> {
    // SECURITY: only sessions of this account are looked at, whatever the form names.
    const meant = (await ports.sessions.list(visitor.account.id)).filter(isMeant);
    await Promise.all(meant.map(({ uid }) => ports.sessions.end(uid, 'ended_by_owner')));
    return meant.some(({ uid }) => uid === visitor.session.uid);
  }

  routes.get('/account/sessions', ctx =>
    visitors.require(ctx, async ({ account, session: current }) => {
      const sessions = [...(await ports.sessions.list(account.id))].sort((a, b) => b.startedAt - a.startedAt);
      await http.render(ctx, 'portal/sessions', {
        sessions: await Promise.all(sessions.map(session => shownOf(session, current))),
      });
    }),
  );

  routes.post('/account/sessions', async ctx => {
    const form = await http.readForm(ctx);
    await visitors.require(ctx, async visitor => {
      const isMeant = form.has('others')
        ? ({ uid }: PortalSession) => uid !== visitor.session.uid
        : (session: PortalSession) => referenceOf(session) === form.get('session');
      const isSignedOut = await endThose(visitor, isMeant);
      http.redirect(ctx, isSignedOut ? '/' : '/account/sessions');
    });
  });

  routes.post('/account/keep-alive', async ctx => {
    await http.readForm(ctx);
    await visitors.require(ctx, async ({ session }) => {
      if (ctx.accepts('html', 'json') !== 'json') return http.redirect(ctx, '/');
      ctx.body = { leftMs: session.expiresAt * 1000 - clock.nowMs() };
    });
  });
}

/** How a page calls a session: its own id never leaves the server. */
function referenceOf({ uid }: PortalSession): string {
  return hashToken(`session page ${uid}`);
}
