import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import { frenchDateTime, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { accountLeft } from './events.ts';
import type { Standing } from './factors/standing.ts';
import type { PortalPorts } from './ports.ts';
import type { Visitor, Visitors } from './visitor.ts';

/**
 * `/account/leave`: the person closes their own account, for ever, after a fresh sign-in and on a page that says what
 * happens. Traces stay, and the login is never anybody else's. Whoever administers hands that over first.
 */
export function createLeavePage(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly clock: Clock;
    readonly audit: Audit;
    readonly notify: Notify;
    readonly directory: Directory;
    readonly standing: Standing;
    readonly ports: PortalPorts;
    readonly visitors: Visitors;
  },
): void {
  const { http, clock, audit, notify, directory, standing, ports, visitors } = deps;

  async function stepped(ctx: Context, act: (visitor: Visitor) => Promise<void>): Promise<void> {
    await visitors.require(ctx, async visitor => {
      const missing = await standing.missing(visitor);
      await (missing ? http.redirect(ctx, ports.signInUrl('/account/leave', missing)) : act(visitor));
    });
  }

  async function show(ctx: Context, { account }: Visitor, isUnconfirmed = false): Promise<void> {
    const administers = await ports.administers(account.id);
    ctx.status = isUnconfirmed || (administers && ctx.method === 'POST') ? 422 : 200;
    await http.render(ctx, 'portal/leave', {
      login: account.login,
      administers,
      alert: isUnconfirmed
        ? { code: 'portal.leave_unconfirmed', message: 'Cochez la case pour confirmer que vous partez.' }
        : null,
    });
  }

  async function leave({ account: { id }, professional }: Visitor, source: string): Promise<void> {
    // ORDER: the trace, then the status, by which no session counts any more, then those who have to know.
    await audit.record(accountLeft, { actor: id, account: id, source, outcome: 'success' });
    await directory.professionals.update(id, person => ({ ...person, status: 'closed' }));
    await ports.sessions.endAll(id, 'account_closed');
    if (professional.email === undefined) return;
    await notify.send({
      channel: 'email',
      to: professional.email,
      template: 'account-left',
      data: { givenName: professional.givenName, at: frenchDateTime(clock.nowMs()) },
      id: `account-left:${id}`,
    });
  }

  routes.get('/account/leave', ctx => stepped(ctx, visitor => show(ctx, visitor)));

  routes.post('/account/leave', async ctx => {
    const form = await http.readForm(ctx);
    await stepped(ctx, async visitor => {
      if (form.get('confirm') !== 'yes') return show(ctx, visitor, true);
      if (await ports.administers(visitor.account.id)) return show(ctx, visitor);
      await leave(visitor, http.source(ctx));
      delete (ctx.state as { session?: unknown }).session;
      await http.render(ctx, 'portal/left', {});
    });
  });
}
