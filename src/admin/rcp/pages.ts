import type { Authority, RcpSessionView } from '#access/index.ts';
import { PROFILES } from '#access/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { rcpStateOf } from './state.ts';

const PAGE = 50;

/** `/admin/rcp`: the tumour boards of a network. SECURITY: patients are counted, never named. */
export function createRcpPages(
  routes: Router,
  { http, desk, clock, directory, rcpListing }: AdminContext,
): void {
  async function networksOf(authority: Authority) {
    const all = await directory.networks.all();
    return all
      .filter(({ id }) => authority.mayInNetwork('rcp_session', 'read', id))
      .map(({ id, name }) => ({ id, name }));
  }

  /** Who of the branch that is; `null`: somebody of elsewhere. */
  async function seenOf(account: string, authority: Authority) {
    const person = await directory.professionals.get(account);
    const isVisible = person !== null && authority.reaches('account', 'read', person);
    return isVisible ? { sub: account, name: `${person.givenName} ${person.familyName}` } : null;
  }

  const roleWords = (role: string) => {
    if (role === 'invite') return 'Invité de cette séance';
    return PROFILES.some(profile => profile === role) ? directory.codes.profile(role).label : role;
  };

  const participantsOf = ({ participants }: RcpSessionView, authority: Authority) =>
    Promise.all(
      participants.map(async ({ account, role }) => ({
        role: roleWords(role),
        person: await seenOf(account, authority),
      })),
    );

  async function authorOf(changedBy: string | undefined, authority: Authority): Promise<string | null> {
    if (changedBy === undefined) return null;
    const client = /^client:(.+)$/u.exec(changedBy)?.[1];
    if (client !== undefined) return (await directory.applications.get(client))?.name ?? client;
    const person = await directory.professionals.get(changedBy);
    return person && authority.reaches('account', 'read', person)
      ? `${person.givenName} ${person.familyName}`
      : null;
  }

  routes.get('/admin/rcp', ctx =>
    desk.openFor(ctx, ['rcp_session', 'read'], async ({ authority }) => {
      const networks = await networksOf(authority);
      const asked = textOf(ctx, 'network');
      const network = asked ?? networks[0]?.id;
      if (network === undefined || !networks.some(({ id }) => id === network)) throw notFound();
      const after = textOf(ctx, 'after');
      const page = await rcpListing.list(network, { after, limit: PAGE });
      const first = `/admin/rcp?${new URLSearchParams({ network })}`;
      await http.render(ctx, 'admin/rcp', {
        networks,
        network,
        rows: page.items.map(session => ({
          id: session.id,
          fromMs: session.fromMs ?? null,
          toMs: session.toMs ?? null,
          patients: session.patients.length,
          participants: session.participants.length,
          state: rcpStateOf(session, clock.nowMs()),
        })),
        isFirst: after === undefined,
        first,
        next: page.next === undefined ? null : `${first}&${new URLSearchParams({ after: page.next })}`,
      });
    }),
  );

  routes.get('/admin/rcp/:session', ctx =>
    desk.openFor(ctx, ['rcp_session', 'read'], async ({ authority }) => {
      const session = await rcpListing.get(String(ctx.params['session']));
      if (!session || !authority.mayInNetwork('rcp_session', 'read', session.network)) throw notFound();
      await http.render(ctx, 'admin/rcp-session', {
        id: session.id,
        network: (await directory.networks.get(session.network))?.name ?? session.network,
        back: `/admin/rcp?${new URLSearchParams({ network: session.network })}`,
        fromMs: session.fromMs ?? null,
        toMs: session.toMs ?? null,
        state: rcpStateOf(session, clock.nowMs()),
        patients: session.patients,
        participants: await participantsOf(session, authority),
        registrants: await Promise.all(session.registrants.map(account => seenOf(account, authority))),
        changedAtMs: session.changedAtMs ?? null,
        changedBy: await authorOf(session.changedBy, authority),
      });
    }),
  );
}

function textOf(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name];
  return typeof value === 'string' && value !== '' ? value.slice(0, 500) : undefined;
}
