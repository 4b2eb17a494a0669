import type { Administration, Notice, Notices } from '#access/index.ts';
import type { Directory } from '#directory/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { NoticeActs } from '../networks/notice-acts.ts';
import { idField } from '../people/fields.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { noticeSchema, pageSchema } from './schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Réseaux';
/** The longest text that may be published, and its escapes. */
const MAX_NOTICE_BYTES = 256 * 1024;
const kind = { schema: noticeSchema, words: { fr: 'La version', en: 'The version' } };
const network = { id: idField };

/** What a network gives its patients to read, and a new version of it. */
export function noticeRoutes(deps: {
  readonly administration: Administration;
  readonly directory: Directory;
  readonly notices: Notices;
  readonly noticeActs: NoticeActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, directory, notices, noticeActs, actRoute } = deps;

  const view = ({ version, title, fromMs, publishedAtMs, text }: Notice) => ({
    version,
    title,
    from: toInstant(fromMs),
    published_at: toInstant(publishedAtMs),
    text,
  });

  /** SECURITY: a network that the caller does not see is answered like one that does not exist. */
  async function assertSeen({ administrator }: Caller, id: string): Promise<void> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.mayInNetwork('network', 'read', id) || !(await directory.networks.get(id)))
      throw notFound();
  }

  async function one(caller: Caller, id: string, version: string): Promise<object> {
    await assertSeen(caller, id);
    const found = await notices.get(id, version);
    if (!found) throw notFound();
    return view(found);
  }

  return [
    defineRoute({
      name: 'listNotices',
      method: 'GET',
      path: '/networks/{id}/notices',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les notices pour les patients', en: 'List notices for patients' },
      params: z.strictObject(network),
      answers: {
        200: { schema: pageSchema(noticeSchema), words: { fr: 'Les versions', en: 'The versions' } },
      },
      async handle(call) {
        await assertSeen(call, call.params.id);
        const items = (await notices.list(call.params.id)).map(view);
        return { status: 200, body: { items, total: items.length } };
      },
    }),
    defineRoute({
      name: 'getNotice',
      method: 'GET',
      path: '/networks/{id}/notices/{notice}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une notice', en: 'Read a notice' },
      params: z.strictObject({ ...network, notice: z.string().max(64, 'Cet élément n’existe pas.') }),
      answers: { 200: kind },
      handle: async call => ({ status: 200, body: await one(call, call.params.id, call.params.notice) }),
    }),
    actRoute({
      name: 'publishNotice',
      method: 'POST',
      path: '/networks/{id}/notices',
      tag: TAG,
      summary: { fr: 'Publier une notice', en: 'Publish a notice' },
      act: noticeActs.publish,
      maxBytes: MAX_NOTICE_BYTES,
      answers: { 201: kind },
      then: async (caller, { changes }, { id = '' }) => {
        const [, version] = changes['version'] ?? [];
        return {
          status: 201,
          body: await one(caller, id, String(version)),
          location: `/networks/${id}/notices/${String(version)}`,
        };
      },
    }),
  ];
}
