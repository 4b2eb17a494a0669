import type { Administration } from '#access/index.ts';
import type { Terms, TermsVersion } from '#accounts/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { TermsActs } from '../terms/acts.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema, termsSchema } from './schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Règlement';
/** The longest text that may be published, and its escapes. */
const MAX_TERMS_BYTES = 256 * 1024;
const kind = { schema: termsSchema, words: { fr: 'La version', en: 'The version' } };

/** The règlement: its versions, and a new one. */
export function termsRoutes(deps: {
  readonly administration: Administration;
  readonly terms: Terms;
  readonly termsActs: TermsActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, terms, termsActs, actRoute } = deps;
  const view = ({ id, title, fromMs, text }: TermsVersion) => ({
    version: id,
    title,
    from: toInstant(fromMs),
    text,
  });

  async function mayRead({ administrator }: Caller): Promise<void> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.may('terms', 'read', {})) throw notFound();
  }

  async function one(caller: Caller, version: string): Promise<object> {
    await mayRead(caller);
    const found = await terms.get(version);
    if (!found) throw notFound();
    return view(found);
  }

  return [
    defineRoute({
      name: 'listTerms',
      method: 'GET',
      path: '/terms',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les versions du règlement', en: 'List versions of the terms' },
      answers: {
        200: { schema: pageSchema(termsSchema), words: { fr: 'Les versions', en: 'The versions' } },
      },
      async handle(call) {
        await mayRead(call);
        const items = (await terms.list()).map(view);
        return { status: 200, body: { items, total: items.length } };
      },
    }),
    defineRoute({
      name: 'getTerms',
      method: 'GET',
      path: '/terms/{version}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une version', en: 'Read a version' },
      params: z.strictObject({ version: z.string().max(64, 'Cet élément n’existe pas.') }),
      answers: { 200: kind },
      handle: async call => ({ status: 200, body: await one(call, call.params.version) }),
    }),
    actRoute({
      name: 'publishTerms',
      method: 'POST',
      path: '/terms',
      tag: TAG,
      summary: { fr: 'Publier une version', en: 'Publish a version' },
      act: termsActs.publish,
      maxBytes: MAX_TERMS_BYTES,
      answers: { 201: kind },
      then: async (caller, { changes }) => {
        const [, version] = changes['version'] ?? [];
        return {
          status: 201,
          body: await one(caller, String(version)),
          location: `/terms/${String(version)}`,
        };
      },
    }),
    actRoute({
      name: 'postponeTerms',
      method: 'POST',
      path: '/terms/{version}/postpone',
      tag: TAG,
      summary: { fr: 'Changer la date d’une version à venir', en: 'Change the date of a coming version' },
      act: termsActs.postpone,
      answers: { 200: kind },
      then: async (caller, _outcome, { version = '' }) => ({ status: 200, body: await one(caller, version) }),
    }),
  ];
}
