import type { Authority } from '#access/index.ts';
import { createRateCounter, tooManyRequests } from '#http/index.ts';
import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { invalidFields, notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { textsOf, toRefusal, type Refusal } from '../forms.ts';
import { dossierRead } from './events.ts';
import { dossierView, type DossierView } from './view.ts';

const FIELDS = ['network', 'patient'] as const;

/** SECURITY: an INS can be enumerated: so many records in an hour, for one person. */
const LOOKUPS = { max: 30, windowSeconds: 3600 };

interface Answer {
  readonly network: string;
  readonly patientKey: string;
  /** `null`: no record is known there. */
  readonly dossier: DossierView | null;
}

/**
 * `/admin/records`: who may open this record, and by which act of whom. For who audits the whole of its network.
 * SECURITY: what is typed may be an INS: it is hashed at once, comes back in no page, and stands in no address.
 */
export function createRecordsPage(routes: Router, context: AdminContext): void {
  const { http, desk, directory, notices, recordOffice, audit, clock } = context;
  const lookups = createRateCounter(clock, LOOKUPS);

  async function networksOf(authority: Authority) {
    const all = await directory.networks.all();
    return all.filter(({ id }) => authority.may('audit', 'read', { network: id }));
  }

  async function show(
    ctx: Context,
    { authority, name }: Clerk,
    outcome: { readonly network?: string; readonly answer?: Answer; readonly refusal?: Refusal },
  ): Promise<void> {
    const networks = await networksOf(authority);
    await http.render(ctx, 'admin/records', {
      networks: networks.map(one => ({ value: one.id, label: one.name })),
      network: outcome.network ?? networks[0]?.id ?? '',
      alert: outcome.refusal ?? null,
      errors: outcome.refusal?.fields ?? {},
      answer: outcome.answer ?? null,
      author: name,
      atMs: clock.nowMs(),
    });
  }

  function spend({ sub }: Clerk): void {
    const wait = lookups.waitOf(sub);
    if (wait > 0) throw tooManyRequests(wait);
    lookups.add(sub);
  }

  async function keysOf(typed: string): Promise<readonly string[]> {
    try {
      return await recordOffice.keysOf(typed);
    } catch (error) {
      if (!isAppError(error) || error.status >= 500) throw error;
      throw invalidFields({ patient: 'Indiquez une clé de dossier, ou un INS avec sa clé.' });
    }
  }

  async function answerTo(ctx: Context, clerk: Clerk, network: string, typed: string): Promise<Answer> {
    const networks = await networksOf(clerk.authority);
    if (networks.length === 0) throw notFound();
    const known = networks.find(({ id }) => id === network);
    if (!known) throw invalidFields({ network: 'Choisissez l’un de ces réseaux.' });
    spend(clerk);
    const keys = await keysOf(typed);
    const dossier = await recordOffice.dossier(network, keys);
    const patientKey = dossier?.keys[0] ?? keys[0] ?? '';
    // SECURITY: without its line in the trail, nothing is told.
    await audit.record(dossierRead, {
      actor: clerk.sub,
      source: http.source(ctx),
      acr: clerk.session.acr,
      outcome: 'success',
      patientKey,
      data: { network, known: dossier !== null },
    });
    const view = dossier && (await dossierView(dossier, known, { directory, notices, nowMs: clock.nowMs() }));
    return { network: known.name, patientKey, dossier: view };
  }

  routes.get('/admin/records', ctx =>
    desk.openFor(ctx, ['audit', 'read'], async clerk => {
      if ((await networksOf(clerk.authority)).length === 0) throw notFound();
      await show(ctx, clerk, {});
    }),
  );

  routes.post('/admin/records', ctx =>
    desk.openFor(ctx, ['audit', 'read'], async clerk => {
      const { network = '', patient = '' } = textsOf(await http.readForm(ctx), FIELDS);
      try {
        await show(ctx, clerk, { network, answer: await answerTo(ctx, clerk, network, patient) });
      } catch (error) {
        if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
        await show(ctx, clerk, { network, refusal: toRefusal(error) });
        ctx.status = error.status;
      }
    }),
  );
}
