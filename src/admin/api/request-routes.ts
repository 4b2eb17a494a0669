import type { Administration, Authority } from '#access/index.ts';
import { nameOf, nationalIdsOf, professionOf, type AccountRequest } from '#enrolment/index.ts';
import type { RequestsOffice } from '#enrolment/index.ts';
import type { Directory } from '#directory/index.ts';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';
import type { RequestActs } from '../requests/index.ts';
import { maySee } from '../requests/treating.ts';
import { SHOWN, type Shown, type WorkList } from '../requests/work-list.ts';
import type { createActRoutes } from './act-route.ts';
import { cursorOf, toCursor } from './paging.ts';
import { requestSchema } from './request-schemas.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema, pagingFields } from './schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Demandes de compte';
const named = z.strictObject({ request: idField });
const one = { schema: requestSchema, words: { fr: 'La demande', en: 'The request' } };

/** Requests for an account: those of the branch, and the acts on them. Documents are read on the pages only. */
export function requestRoutes(deps: {
  readonly administration: Administration;
  readonly directory: Directory;
  readonly enrolment: RequestsOffice;
  readonly requests: RequestActs;
  readonly workList: WorkList;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, directory, enrolment, requests, workList, actRoute } = deps;

  async function authorityOf({ administrator }: Caller): Promise<Authority> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.mayAnywhere('account_request', 'read')) throw notFound();
    return authority;
  }

  async function read(caller: Caller, id: string): Promise<object> {
    const [authority, request] = [await authorityOf(caller), await enrolment.requests.get(id)];
    if (!request || !maySee(authority, request)) throw notFound();
    return shown(request, authority);
  }

  async function shown(request: AccountRequest, authority: Authority): Promise<object> {
    const { id, life, answers, proven, proofs, duplicates } = request;
    const name = nameOf(request);
    const { workplace } = answers;
    const instant = (at: number | undefined) => toInstant(at === undefined ? undefined : at * 1000);
    return {
      id,
      turn: life.turn,
      state: life.state,
      sent_at: instant(life.sentAt),
      decided_at: instant(life.decidedAt),
      handler: life.handler?.kind === 'local' ? life.handler.organisation : null,
      civility: name?.civility ?? null,
      given_name: name?.givenName ?? null,
      family_name: name?.familyName ?? null,
      profession: professionOf(request) ?? null,
      national_ids: nationalIdsOf(request),
      organisation: workplace?.kind === 'organisation' ? workplace.organisation : null,
      workplace: workplace?.kind ?? null,
      email: answers.email?.address ?? null,
      phone: answers.phones?.mobile ?? null,
      networks: answers.interests?.networks ?? [],
      proven_by: proven?.method ?? null,
      documents: proofs.map(({ kind }) => kind),
      duplicates: await Promise.all(
        duplicates.map(async ({ by, account }) => {
          const person = account === undefined ? null : await directory.professionals.get(account);
          // SECURITY: somebody of another branch is not named.
          return { by, account: person && authority.reaches('account', 'read', person) ? person.id : null };
        }),
      ),
      account: life.account ?? null,
    };
  }

  /** One act on a request; the request as it stands is answered. */
  const act = <I>(
    name: string,
    verb: string,
    performed: Act<I, void>,
    summary: { readonly fr: string; readonly en: string },
  ) =>
    actRoute({
      name,
      method: 'POST',
      path: `/requests/{request}/${verb}`,
      tag: TAG,
      summary,
      act: performed,
      answers: { 200: one },
      then: async (caller, _outcome, { request = '' }) => ({
        status: 200,
        body: await read(caller, request),
      }),
    });

  return [
    defineRoute({
      name: 'listRequests',
      method: 'GET',
      path: '/requests',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les demandes à traiter', en: 'List open requests' },
      query: z.strictObject({
        ...pagingFields,
        show: z
          .enum(Object.keys(SHOWN) as [Shown, ...Shown[]], 'Choisissez une partie de la liste.')
          .optional(),
        network: idField.optional(),
        organisation: idField.optional(),
      }),
      answers: { 200: { schema: pageSchema(requestSchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        const authority = await authorityOf(call);
        const { limit, after, show = 'all', network, organisation } = call.query;
        const page = await workList.page(
          authority,
          { show, network, organisation },
          { limit, ...(after !== undefined && { after: cursorOf(after) }) },
        );
        const next = page.next === undefined ? undefined : toCursor(page.next);
        const items = await Promise.all(page.items.map(request => shown(request, authority)));
        return { status: 200, next, body: { items, total: page.total, ...(next !== undefined && { next }) } };
      },
    }),
    defineRoute({
      name: 'getRequest',
      method: 'GET',
      path: '/requests/{request}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une demande', en: 'Read a request' },
      params: named,
      answers: { 200: one },
      handle: async call => ({ status: 200, body: await read(call, call.params.request) }),
    }),
    act('askRequest', 'ask', requests.ask, { fr: 'Poser une question', en: 'Ask the person' }),
    act('noteRequest', 'note', requests.note, { fr: 'Ajouter une note interne', en: 'Add an internal note' }),
    actRoute({
      name: 'transferRequest',
      method: 'POST',
      path: '/requests/{request}/transfer',
      tag: TAG,
      summary: { fr: 'Transmettre à d’autres administrateurs', en: 'Hand over to other administrators' },
      act: requests.transfer,
      answers: { 204: { words: { fr: 'Transmise', en: 'Handed over' } } },
      // It may be out of sight now.
      then: async () => ({ status: 204 }),
    }),
    act('refuseRequest', 'refuse', requests.refuse, { fr: 'Refuser une demande', en: 'Refuse a request' }),
    act('acceptRequest', 'accept', requests.accept, { fr: 'Accepter une demande', en: 'Accept a request' }),
  ];
}
