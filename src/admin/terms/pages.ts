import type { TermsVersion } from '#accounts/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, textsOf, toRefusal, type Refusal } from '../forms.ts';
import { instantOfParis, parisOf } from '../paris-time.ts';
import { isAppError } from '#kernel/index.ts';
import { MAX_TEXT, type TermsActs } from './acts.ts';
import { createTermsFigures } from './figures.ts';

/** A whole règlement is written in its form; an accent is six bytes there. */
const FORM = { maxBytes: 1024 * 1024, maxValue: MAX_TEXT };

const DONE: Readonly<Record<string, string>> = {
  published: 'La version est publiée.',
  postponed: 'La date d’entrée en vigueur est enregistrée.',
};

const NEW = { version: '', title: '', text: '', from: '' };
type Typed = typeof NEW;

/** `/admin/terms`: the versions of the règlement, who accepted them, and a new one in two steps. */
export function createTermsPages(routes: Router, context: AdminContext, acts: TermsActs): void {
  const { http, desk, clock, terms, administration } = context;
  const figures = createTermsFigures(context);

  /** SECURITY: a stale sign-in is renewed before the form is shown, not after it was filled in. */
  async function assertMayPublish({ administrator }: Clerk): Promise<void> {
    const act = { type: 'terms', action: 'publish', id: '*' } as const;
    const decision = await administration.judge(administrator, act);
    if (!decision.decision) throw refusedBy(decision);
  }

  async function stateOf(version: TermsVersion) {
    const current = await terms.current();
    if (version.fromMs > clock.nowMs()) return 'coming';
    return current?.id === version.id ? 'current' : 'former';
  }

  async function shown(version: TermsVersion, { authority }: Clerk) {
    return {
      version: version.id,
      title: version.title,
      fromMs: version.fromMs,
      state: await stateOf(version),
      ...(await figures(version.id, authority)),
    };
  }

  async function versionOf(ctx: Context): Promise<TermsVersion> {
    const version = await terms.get(String(ctx.params['version']));
    if (!version) throw notFound();
    return version;
  }

  const doneOf = (ctx: Context) => DONE[String(ctx.query['done'])] ?? null;

  routes.get('/admin/terms', ctx =>
    desk.openFor(ctx, ['terms', 'read'], async clerk => {
      const versions = (await terms.list()).toSorted((a, b) => b.fromMs - a.fromMs);
      await http.render(ctx, 'admin/terms', {
        rows: await Promise.all(versions.map(version => shown(version, clerk))),
        mayPublish: clerk.authority.may('terms', 'publish', {}),
        done: doneOf(ctx),
      });
    }),
  );

  const renderForm = (ctx: Context, typed: Typed, refusal: Refusal | null) =>
    http.render(ctx, 'admin/terms-new', { typed, alert: refusal, errors: refusal?.fields ?? {} });

  routes.get('/admin/terms/new', ctx =>
    desk.openFor(ctx, ['terms', 'publish'], async clerk => {
      await assertMayPublish(clerk);
      await renderForm(ctx, NEW, null);
    }),
  );

  routes.post('/admin/terms/new', ctx =>
    desk.openFor(ctx, ['terms', 'publish'], async clerk => {
      const form = await http.readForm(ctx, FORM);
      const typed = typedOf(form);
      const again = (refusal: Refusal | null) => renderForm(ctx, typed, refusal);
      const step = form.get('step');
      if (step === 'edit') return again(null);
      const input = inputOf(form);
      if (step === 'publish') {
        const asked = { act: acts.publish, input };
        const then = () => `/admin/terms/${encodeURIComponent(typed.version)}?done=published`;
        return submitAct(context, ctx, clerk, asked, { again, then });
      }
      try {
        await context.acts.preview(clerk.administrator, acts.publish, input);
      } catch (error) {
        if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
        await again(toRefusal(error));
        ctx.status = error.status;
        return;
      }
      await http.render(ctx, 'admin/terms-preview', {
        typed,
        fromMs: input.from === undefined ? null : Date.parse(input.from),
      });
    }),
  );

  routes.get('/admin/terms/:version', ctx =>
    desk.openFor(ctx, ['terms', 'read'], async clerk => {
      const version = await versionOf(ctx);
      await http.render(ctx, 'admin/terms-version', {
        ...(await shown(version, clerk)),
        text: version.text,
        mayPublish: clerk.authority.may('terms', 'publish', {}),
        done: doneOf(ctx),
      });
    }),
  );

  const renderDate = (ctx: Context, version: TermsVersion, from: string, refusal: Refusal | null) =>
    http.render(ctx, 'admin/terms-date', {
      version: version.id,
      fromMs: version.fromMs,
      from,
      alert: refusal,
      errors: refusal?.fields ?? {},
    });

  routes.get('/admin/terms/:version/date', ctx =>
    desk.openFor(ctx, ['terms', 'publish'], async clerk => {
      const version = await versionOf(ctx);
      await assertMayPublish(clerk);
      await renderDate(ctx, version, parisOf(version.fromMs), null);
    }),
  );

  routes.post('/admin/terms/:version/date', ctx =>
    desk.openFor(ctx, ['terms', 'publish'], async clerk => {
      const form = await http.readForm(ctx);
      const version = await versionOf(ctx);
      const from = form.get('from');
      const asked = { act: acts.postpone, input: { version: version.id, from: instantOfParis(from) } };
      await submitAct(context, ctx, clerk, asked, {
        again: refusal => renderDate(ctx, version, from, refusal),
        then: () => `/admin/terms/${encodeURIComponent(version.id)}?done=postponed`,
      });
    }),
  );
}

function typedOf(form: Form): Typed {
  return {
    version: form.get('version').trim(),
    title: form.get('title').trim(),
    text: form.get('text'),
    from: form.get('from').trim(),
  };
}

function inputOf(form: Form) {
  const { from, ...texts } = textsOf(form, ['version', 'title', 'text', 'from']);
  return { ...texts, ...(from !== undefined && { from: instantOfParis(from) }) };
}
