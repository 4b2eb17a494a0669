import type { Form, Http } from '#http/index.ts';
import type { Clock } from '#kernel/index.ts';
import type {
  EnrolledFactor,
  Enrolment,
  FactorOffice,
  Factors,
  MeansRegistry,
  Method,
} from '#methods/index.ts';
import type { Guard } from '#signin/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { PortalPorts } from '../ports.ts';
import type { Visitor, Visitors } from '../visitor.ts';
import { refusalOfVerdict, REFUSALS, type FactorRefusal } from './refusals.ts';
import { createStanding } from './standing.ts';

/** The relying party that an attempt on these pages is recorded for. */
const CLIENT = 'trousseau';

const DONE: Readonly<Record<string, string>> = {
  added: 'Le moyen de connexion est ajouté. Un courriel vous le confirme.',
  renamed: 'Le nom est changé.',
  removed: 'Le moyen de connexion est retiré. Un courriel vous le confirme.',
  cancelled: 'La remise à zéro est annulée : vos moyens de connexion comptent de nouveau.',
};

interface Addable {
  readonly method: Method;
  readonly enrolment: Enrolment;
}

/**
 * `/account/factors`: the means that a person enrolled. To see them, any session will do; to change one, a fresh sign-in
 * as strong as the person can be, and a mail tells of it.
 */
export function createFactorPages(
  routes: Router,
  deps: {
    readonly http: Http;
    readonly clock: Clock;
    readonly guard: Guard;
    readonly means: MeansRegistry;
    readonly factors: Factors;
    readonly office: FactorOffice;
    readonly ports: PortalPorts;
    readonly visitors: Visitors;
  },
): void {
  const { http, clock, guard, means, factors, office, ports, visitors } = deps;
  const standing = createStanding(deps);

  async function addables(visitor: Visitor): Promise<readonly Addable[]> {
    const methods = await means.inForce({});
    const has = await factors.list(visitor.account.id);
    const open = await Promise.all(
      methods.map(async ({ id, enrolment }) => {
        if (!enrolment) return false;
        // One of one is replaced; of several, the next one is added.
        const isFull =
          enrolment.most > 1 && has.filter(({ method }) => method === id).length >= enrolment.most;
        return !isFull && ((await enrolment.isOpenTo?.(visitor)) ?? true);
      }),
    );
    return methods.flatMap((method, index) =>
      method.enrolment && open[index] ? [{ method, enrolment: method.enrolment }] : [],
    );
  }

  function shownOf(factor: EnrolledFactor, counting: ReadonlySet<string>) {
    const enrolment = means.methods.find(({ id }) => id === factor.method)?.enrolment;
    const waits = factor.countsAt > clock.now();
    return {
      ref: factor.ref,
      name: factor.name,
      noun: enrolment?.noun ?? factor.method,
      icon: enrolment?.icon ?? 'token',
      createdAtMs: factor.createdAt * 1000,
      countsAtMs: factor.countsAt * 1000,
      lastUsedAtMs: factor.lastUsedAt === undefined ? null : factor.lastUsedAt * 1000,
      state: counting.has(factor.ref) ? 'counts' : waits ? 'waits' : 'aside',
      note: enrolment?.noteOf?.(factor) ?? null,
    };
  }

  async function showList(ctx: Context, visitor: Visitor): Promise<void> {
    const { id } = visitor.account;
    const [all, counting, reset, open] = await Promise.all([
      factors.list(id),
      factors.counting(id),
      factors.resets.of(id),
      addables(visitor),
    ]);
    const refs = new Set(counting.map(({ ref }) => ref));
    const { done } = ctx.query;
    await http.render(ctx, 'portal/factors', {
      factors: all.map(factor => shownOf(factor, refs)),
      addables: open.map(({ method, enrolment }) => ({
        id: method.id,
        noun: enrolment.noun,
        about: enrolment.about,
        icon: enrolment.icon,
      })),
      resetEndsAtMs: reset && reset.endsAt > clock.now() ? reset.endsAt * 1000 : null,
      done: typeof done === 'string' && Object.hasOwn(DONE, done) ? DONE[done] : null,
    });
  }

  /** Asks for the step-up that is missing, then comes back to the page. */
  async function stepped(ctx: Context, show: (visitor: Visitor) => Promise<void>): Promise<void> {
    await visitors.require(ctx, async visitor => {
      const missing = await standing.missing(visitor);
      await (missing ? http.redirect(ctx, ports.signInUrl(ctx.path, missing)) : show(visitor));
    });
  }

  function answer(ctx: Context, refusal: FactorRefusal | null): void {
    ctx.status = refusal?.status ?? (refusal ? 422 : 200);
    if (refusal?.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(refusal.retryAfterSeconds));
  }

  async function showAdding(
    ctx: Context,
    visitor: Visitor,
    { method, enrolment }: Addable,
    typed: { readonly name?: string; readonly refusal?: FactorRefusal } = {},
  ): Promise<void> {
    const { refusal = null } = typed;
    const offer = await enrolment.begin(visitor, visitor.session.uid);
    const countsAt = await office.countsAt(visitor, standing.isProven(visitor));
    answer(ctx, refusal);
    await http.render(ctx, 'portal/factor-add', {
      means: method.id,
      form: enrolment.form,
      noun: enrolment.noun,
      about: enrolment.about,
      offer,
      name: typed.name ?? enrolment.noun,
      countsAtMs: countsAt > clock.now() ? countsAt * 1000 : null,
      alert: refusal,
      fieldErrors: {},
    });
  }

  async function add(
    ctx: Context,
    visitor: Visitor,
    { method, enrolment }: Addable,
    form: Form,
  ): Promise<FactorRefusal | null> {
    const input = form.get(enrolment.form).trim();
    if (input === '') return refusalOfVerdict(method, { code: `signin.${enrolment.form}_missing` });
    const { account, session } = visitor;
    const source = http.source(ctx);
    const terms = {
      name: office.readName(form.get('name')) || enrolment.noun,
      countsAt: await office.countsAt(visitor, standing.isProven(visitor)),
    };
    const attempt = {
      method,
      login: account.login,
      person: visitor,
      source,
      client: CLIENT,
      knownDevice: `session:${session.uid}`,
    };
    const verdict = await guard.attempt(attempt, async () => {
      const confirmed = await enrolment.confirm(visitor, session.uid, input, terms);
      if (confirmed.ok) await office.added({ holder: visitor, source }, confirmed.factor);
      return confirmed.ok ? { ok: true } : confirmed;
    });
    return verdict.ok ? null : refusalOfVerdict(method, verdict);
  }

  async function showOne(
    ctx: Context,
    factor: EnrolledFactor,
    refusal: FactorRefusal | null = null,
  ): Promise<void> {
    answer(ctx, refusal);
    await http.render(ctx, 'portal/factor', {
      name: factor.name,
      alert: refusal,
      fieldErrors: {},
    });
  }

  async function change(visitor: Visitor, factor: EnrolledFactor, form: Form, source: string) {
    const act = { holder: visitor, source };
    if (form.get('action') === 'remove') {
      if (await standing.isRequired(visitor, factor)) return REFUSALS.last;
      return (await office.remove(act, factor.ref)) ? 'removed' : REFUSALS.gone;
    }
    const name = office.readName(form.get('name'));
    if (name === '') return REFUSALS.nameMissing;
    return (await office.rename(act, factor.ref, name)) ? 'renamed' : REFUSALS.gone;
  }

  routes.get('/account/factors', ctx => visitors.require(ctx, visitor => showList(ctx, visitor)));

  routes.get('/account/factors/add/:method', (ctx, next) =>
    stepped(ctx, async visitor => {
      const found = (await addables(visitor)).find(({ method }) => method.id === ctx.params['method']);
      await (found ? showAdding(ctx, visitor, found) : next());
    }),
  );

  routes.post('/account/factors/add/:method', async (ctx, next) => {
    const form = await http.readForm(ctx);
    await stepped(ctx, async visitor => {
      const found = (await addables(visitor)).find(({ method }) => method.id === ctx.params['method']);
      if (!found) return void (await next());
      const refusal = await add(ctx, visitor, found, form);
      if (refusal) return showAdding(ctx, visitor, found, { name: form.get('name'), refusal });
      http.redirect(ctx, '/account/factors?done=added');
    });
  });

  routes.get('/account/factors/cancel', ctx =>
    stepped(ctx, () => http.render(ctx, 'portal/factors-cancel', {})),
  );

  routes.post('/account/factors/cancel', async ctx => {
    await http.readForm(ctx);
    await stepped(ctx, async visitor => {
      const isCancelled = await office.cancelReset({ holder: visitor, source: http.source(ctx) });
      http.redirect(ctx, isCancelled ? '/account/factors?done=cancelled' : '/account/factors');
    });
  });

  const one = async (visitor: Visitor, ref: unknown) =>
    (await factors.list(visitor.account.id)).find(factor => factor.ref === ref);

  routes.get('/account/factors/:ref', (ctx, next) =>
    stepped(ctx, async visitor => {
      const factor = await one(visitor, ctx.params['ref']);
      await (factor ? showOne(ctx, factor) : next());
    }),
  );

  routes.post('/account/factors/:ref', async (ctx, next) => {
    const form = await http.readForm(ctx);
    await stepped(ctx, async visitor => {
      const factor = await one(visitor, ctx.params['ref']);
      if (!factor) return void (await next());
      const outcome = await change(visitor, factor, form, http.source(ctx));
      if (typeof outcome !== 'string') return showOne(ctx, factor, outcome);
      http.redirect(ctx, `/account/factors?done=${outcome}`);
    });
  });
}
