import type { Administration, Authority, RcpListing, RcpSessionView } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';
import { rcpStateOf } from '../rcp/state.ts';
import { cursorOf, toCursor } from './paging.ts';
import { defineRoute, type ApiRoute } from './route.ts';
import { pageSchema, pagingFields } from './schemas.ts';
import { rcpSessionSchema } from './service-schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Séances de RCP';

/** Tumour boards, read. SECURITY: patients are counted, never named; participants of elsewhere are not either. */
export function rcpRoutes(deps: {
  readonly administration: Administration;
  readonly directory: Directory;
  readonly rcpListing: RcpListing;
  readonly clock: Clock;
}): readonly ApiRoute[] {
  const { administration, directory, rcpListing, clock } = deps;

  async function view(
    session: RcpSessionView,
    authority: Authority,
  ): Promise<z.input<typeof rcpSessionSchema>> {
    async function seen(account: string): Promise<string | null> {
      const person = await directory.professionals.get(account);
      return person !== null && authority.reaches('account', 'read', person) ? account : null;
    }
    const participants = session.participants.map(async ({ account, role }) => ({
      role,
      sub: await seen(account),
    }));
    return {
      session: session.id,
      network: session.network,
      from: toInstant(session.fromMs),
      to: toInstant(session.toMs),
      state: rcpStateOf(session, clock.nowMs()),
      patients: session.patients.length,
      participants: await Promise.all(participants),
      registrants: await Promise.all(session.registrants.map(seen)),
      changed_at: toInstant(session.changedAtMs),
    };
  }

  return [
    defineRoute({
      name: 'listRcpSessions',
      method: 'GET',
      path: '/rcp-sessions',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les séances d’un réseau', en: 'List the boards of a network' },
      query: z.strictObject({ ...pagingFields, network: idField }),
      answers: {
        200: { schema: pageSchema(rcpSessionSchema), words: { fr: 'Une page', en: 'A page' } },
      },
      async handle({ administrator, query: { network, limit, after } }) {
        const authority = await administration.authorityOf(administrator);
        const isKnown = (await directory.networks.get(network)) !== null;
        if (!isKnown || !authority.mayInNetwork('rcp_session', 'read', network)) throw notFound();
        const page = await rcpListing.list(network, {
          limit,
          after: after === undefined ? undefined : cursorOf(after),
        });
        const next = page.next === undefined ? undefined : toCursor(page.next);
        const items = await Promise.all(page.items.map(session => view(session, authority)));
        return { status: 200, next, body: { items, ...(next !== undefined && { next }) } };
      },
    }),
    defineRoute({
      name: 'getRcpSession',
      method: 'GET',
      path: '/rcp-sessions/{session}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une séance', en: 'Read a board' },
      params: z.strictObject({ session: z.string().max(256, 'Cet élément n’existe pas.') }),
      answers: { 200: { schema: rcpSessionSchema, words: { fr: 'La séance', en: 'The board' } } },
      async handle({ administrator, params }) {
        const [authority, session] = await Promise.all([
          administration.authorityOf(administrator),
          rcpListing.get(params.session),
        ]);
        if (!session || !authority.mayInNetwork('rcp_session', 'read', session.network)) throw notFound();
        return { status: 200, body: await view(session, authority) };
      },
    }),
  ];
}
