import type { Administration, PolicyOffice } from '#access/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { PolicyActs } from '../policies/acts.ts';
import type { createActRoutes } from './act-route.ts';
import { cursorOf, toCursor } from './paging.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema, pagingFields } from './schemas.ts';
import { explanationSchema, policyLoadSchema, policySchema, policyTestSchema } from './service-schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Règles d’accès';
const one = { schema: policySchema, words: { fr: 'Les règles', en: 'The rules' } };

/**
 * The rules of access, to read and to try. A reload is left to the pages: it changes what everybody may do, and asks
 * for a person who has just signed in.
 */
export function policyRoutes(deps: {
  readonly administration: Administration;
  readonly policyOffice: PolicyOffice;
  readonly policies: PolicyActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, policyOffice, policies, actRoute } = deps;
  const { history } = policyOffice;

  async function assertMay({ administrator }: Caller, action: 'read' | 'test'): Promise<void> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.may('policy', action, {})) throw notFound();
  }

  return [
    defineRoute({
      name: 'getPolicy',
      method: 'GET',
      path: '/policy',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire les règles en vigueur', en: 'Read the rules in force' },
      answers: { 200: one },
      async handle(call) {
        await assertMay(call, 'read');
        const { version, texts } = policyOffice.current();
        return { status: 200, body: { version, files: { ...texts } } };
      },
    }),
    defineRoute({
      name: 'listPolicyLoads',
      method: 'GET',
      path: '/policy/history',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les mises en vigueur, la dernière d’abord', en: 'List loads, newest first' },
      query: z.strictObject(pagingFields),
      answers: { 200: { schema: pageSchema(policyLoadSchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        await assertMay(call, 'read');
        const { limit, after } = call.query;
        const page = await history.list({ limit, after: after === undefined ? undefined : cursorOf(after) });
        const items = page.items.map(({ version, loadedAtMs, by }) => ({
          version,
          loaded_at: toInstant(loadedAtMs),
          by,
        }));
        const next = page.next === undefined ? undefined : toCursor(page.next);
        return { status: 200, next, body: { items, ...(next !== undefined && { next }) } };
      },
    }),
    defineRoute({
      name: 'getPolicyVersion',
      method: 'GET',
      path: '/policy/history/{version}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une version qui a été en vigueur', en: 'Read a version that was in force' },
      params: z.strictObject({ version: z.string().max(64, 'Cet élément n’existe pas.') }),
      answers: { 200: one },
      async handle(call) {
        await assertMay(call, 'read');
        const { version } = call.params;
        const texts = await history.texts(version);
        if (!texts) throw notFound();
        return { status: 200, body: { version, files: { ...texts } } };
      },
    }),
    defineRoute({
      name: 'testPolicy',
      method: 'POST',
      path: '/policy/test',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Essayer les cas du dossier des règles', en: 'Run the cases of the folder of rules' },
      answers: { 200: { schema: policyTestSchema, words: { fr: 'Le compte rendu', en: 'The report' } } },
      async handle(call) {
        await assertMay(call, 'test');
        const { isGood, text } = await policyOffice.test();
        return { status: 200, body: { passed: isGood, report: text } };
      },
    }),
    actRoute({
      name: 'explainDecision',
      method: 'POST',
      path: '/policy/decision',
      tag: TAG,
      summary: {
        fr: 'Essayer une décision ; l’essai reste dans les traces',
        en: 'Try a decision; the trial stays in the trail',
      },
      act: policies.explain,
      answers: {
        200: {
          schema: explanationSchema,
          words: { fr: 'La décision expliquée', en: 'The decision explained' },
        },
      },
      then: async (_caller, { result }) => ({ status: 200, body: { explanation: result.text } }),
    }),
  ];
}
