import type { Form } from '#http/index.ts';
import type { MeansPeriod, Method } from '#methods/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, textsOf, type Refusal } from '../forms.ts';
import { instantOfParis, parisOf } from '../paris-time.ts';
import { MOST_PERIODS, type MeansActs } from './acts.ts';

const DONE: Readonly<Record<string, string>> = {
  updated: 'Les périodes sont enregistrées. Chaque date comptera à son instant.',
};

const FACTORS: Readonly<Record<Method['factor'], string>> = {
  knowledge: 'Ce que la personne sait',
  possession: 'Ce que la personne possède',
  inherence: 'Ce que la personne est',
};

/** A line of the form; `scope` is `network:…`, `application:…` or empty. */
interface TypedPeriod {
  readonly from: string;
  readonly to: string;
  readonly scope: string;
  readonly level: string;
}

const BLANK: TypedPeriod = { from: '', to: '', scope: '', level: '' };

/** `/admin/means`: which means count when, where and at which level; their dated switches. */
export function createMeansPages(routes: Router, context: AdminContext, acts: MeansActs): void {
  const { http, desk, clock, means, directory, administration } = context;

  /** The registry is the region’s own: who administers or audits a part of it has no use for it. */
  function assertReads({ authority }: Clerk): void {
    if (!authority.may('means', 'read', {})) throw notFound();
  }

  async function methodOf(ctx: Context): Promise<Method> {
    const method = means.methods.find(({ id }) => id === ctx.params['means']);
    if (!method) throw notFound();
    return method;
  }

  async function shown(method: Method) {
    const nowMs = clock.nowMs();
    const { periods, homologation } = await means.entry(method.id);
    const inForce = (await means.inForce({})).find(({ id }) => id === method.id);
    const dates = periods.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).filter(date => date !== undefined);
    const next = dates.filter(date => date > nowMs).sort((a, b) => a - b)[0];
    return {
      id: method.id,
      title: method.title,
      factor: FACTORS[method.factor],
      resistsPhishing: method.resistsPhishing,
      isInForce: inForce !== undefined,
      acrAlone: (inForce ?? method).acrAlone,
      acrAsSecond: method.acrAsSecond,
      hasExceptions: periods.some(({ application, network }) => application ?? network),
      homologation: homologation ?? null,
      nextMs: next ?? null,
    };
  }

  async function scopes() {
    const [networks, applications] = await Promise.all([
      directory.networks.all(),
      directory.applications.all(),
    ]);
    return [
      { value: '', label: 'Toutes les autres applications' },
      ...networks.map(({ id, name }) => ({ value: `network:${id}`, label: `Réseau : ${name}` })),
      ...applications.map(({ id, name }) => ({ value: `application:${id}`, label: `Application : ${name}` })),
    ];
  }

  async function renderForm(
    ctx: Context,
    method: Method,
    clerk: Clerk,
    typed: {
      readonly periods: readonly TypedPeriod[];
      readonly homologation: string;
      readonly revision: number;
    },
    refusal: Refusal | null,
  ) {
    await http.render(ctx, 'admin/means-one', {
      ...(await shown(method)),
      typed,
      blank: typed.periods.length < MOST_PERIODS ? BLANK : null,
      scopes: await scopes(),
      levels: method.declarableAcrs ?? [],
      mayUpdate: clerk.authority.may('means', 'update', {}),
      alert: refusal,
      errors: refusal?.fields ?? {},
      done: DONE[String(ctx.query['done'])] ?? null,
    });
  }

  routes.get('/admin/means', ctx =>
    desk.openFor(ctx, ['means', 'read'], async clerk => {
      assertReads(clerk);
      await http.render(ctx, 'admin/means', { rows: await Promise.all(means.methods.map(shown)) });
    }),
  );

  routes.get('/admin/means/:means', ctx =>
    desk.openFor(ctx, ['means', 'read'], async clerk => {
      assertReads(clerk);
      const method = await methodOf(ctx);
      if (clerk.authority.may('means', 'update', {})) {
        const act = { type: 'means', action: 'update', id: method.id } as const;
        const decision = await administration.judge(clerk.administrator, act);
        if (!decision.decision) throw refusedBy(decision);
      }
      const { periods, homologation = '', revision } = await means.entry(method.id);
      await renderForm(ctx, method, clerk, { periods: periods.map(toTyped), homologation, revision }, null);
    }),
  );

  routes.post('/admin/means/:means', ctx =>
    desk.openFor(ctx, ['means', 'update'], async clerk => {
      const form = await http.readForm(ctx);
      const method = await methodOf(ctx);
      const periods = typedPeriods(form);
      const homologation = form.get('homologation').trim();
      const revision = Number(form.get('revision'));
      const asked = {
        act: acts.update,
        input: {
          means: method.id,
          revision,
          ...textsOf(form, ['homologation']),
          periods: periods.map(toInput),
        },
        reason: form.get('reason').trim() || undefined,
      };
      await submitAct(context, ctx, clerk, asked, {
        again: refusal => renderForm(ctx, method, clerk, { periods, homologation, revision }, refusal),
        then: () => `/admin/means/${method.id}?done=updated`,
      });
    }),
  );
}

/** The lines that were not struck out, and the new one when it was asked for. */
function typedPeriods(form: Form): readonly TypedPeriod[] {
  return Array.from({ length: MOST_PERIODS }, (_, index) => index)
    .filter(index => form.get(`keep_${index}`) === 'yes')
    .map(index => ({
      from: form.get(`from_${index}`).trim(),
      to: form.get(`to_${index}`).trim(),
      scope: form.get(`scope_${index}`),
      level: form.get(`level_${index}`),
    }));
}

function toTyped({ fromMs, toMs, application, network, acrAlone }: MeansPeriod): TypedPeriod {
  const scope =
    application === undefined
      ? network === undefined
        ? ''
        : `network:${network}`
      : `application:${application}`;
  return {
    from: fromMs === undefined ? '' : parisOf(fromMs),
    to: toMs === undefined ? '' : parisOf(toMs),
    scope,
    level: acrAlone ?? '',
  };
}

function toInput({ from, to, scope, level }: TypedPeriod) {
  const [, kind, id = ''] = /^(network|application):(.+)$/u.exec(scope) ?? [];
  return {
    ...(from !== '' && { from: instantOfParis(from) }),
    ...(to !== '' && { to: instantOfParis(to) }),
    ...(kind === 'network' && { network: id }),
    ...(kind === 'application' && { application: id }),
    ...(level !== '' && { level_alone: level }),
  };
}
