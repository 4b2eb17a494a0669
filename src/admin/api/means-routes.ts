import type { Administration } from '#access/index.ts';
import type { MeansPeriod, MeansRegistry } from '#methods/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { MeansActs } from '../means/acts.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { pageSchema } from './schemas.ts';
import { meansSchema } from './service-schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Moyens de connexion';
const one = { schema: meansSchema, words: { fr: 'Le moyen', en: 'The means' } };

/** Means of signing in, and the periods in which they count. */
export function meansRoutes(deps: {
  readonly administration: Administration;
  readonly means: MeansRegistry;
  readonly meansActs: MeansActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, means, meansActs, actRoute } = deps;

  /** The registry is the region’s own. */
  async function assertReads({ administrator }: Caller): Promise<void> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.may('means', 'read', {})) throw notFound();
  }

  async function view(id: string): Promise<z.input<typeof meansSchema>> {
    const method = means.methods.find(candidate => candidate.id === id);
    if (!method) throw notFound();
    const [{ periods, homologation, revision }, inForce] = await Promise.all([
      means.entry(id),
      means.inForce({}),
    ]);
    const now = inForce.find(candidate => candidate.id === id);
    return {
      means: id,
      title: method.title,
      factor: method.factor,
      resists_phishing: method.resistsPhishing,
      in_force: now !== undefined,
      level_alone: (now ?? method).acrAlone,
      level_as_second: method.acrAsSecond,
      declarable_levels: [...(method.declarableAcrs ?? [])],
      homologation: homologation ?? null,
      periods: periods.map(toPeriod),
      revision,
    };
  }

  return [
    defineRoute({
      name: 'listMeans',
      method: 'GET',
      path: '/means',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les moyens de connexion', en: 'List means of signing in' },
      answers: { 200: { schema: pageSchema(meansSchema), words: { fr: 'Les moyens', en: 'The means' } } },
      async handle(call) {
        await assertReads(call);
        const items = await Promise.all(means.methods.map(({ id }) => view(id)));
        return { status: 200, body: { items, total: items.length } };
      },
    }),
    defineRoute({
      name: 'getMeans',
      method: 'GET',
      path: '/means/{means}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire un moyen de connexion', en: 'Read a means of signing in' },
      params: z.strictObject({ means: z.string() }),
      answers: { 200: one },
      async handle(call) {
        await assertReads(call);
        return { status: 200, body: await view(call.params.means) };
      },
    }),
    actRoute({
      name: 'updateMeans',
      method: 'PUT',
      path: '/means/{means}',
      tag: TAG,
      summary: { fr: 'Changer ses périodes', en: 'Change its periods' },
      act: meansActs.update,
      answers: { 200: one },
      then: async (_caller, _outcome, { means: id = '' }) => ({ status: 200, body: await view(id) }),
    }),
  ];
}

const toPeriod = ({ fromMs, toMs, application, network, acrAlone }: MeansPeriod) => ({
  from: toInstant(fromMs),
  to: toInstant(toMs),
  application: application ?? null,
  network: network ?? null,
  level_alone: acrAlone ?? null,
});
