import type { LoadedPolicy, Policy } from '#access/index.ts';
import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, type Refusal } from '../forms.ts';
import type { PolicyActs } from './acts.ts';
import { differenceOf } from './difference.ts';
import { tablesOf } from './tables.ts';

const PAGE = 50;

const DONE: Readonly<Record<string, string>> = {
  reloaded: 'Les règles du dossier sont en vigueur.',
};

type Texts = Readonly<Record<string, string>>;

/** `/admin/policies`: the rules in force, their test, their history, and what a reload would change. */
export function createPolicyPages(routes: Router, context: AdminContext, acts: PolicyActs): void {
  const { http, desk, directory, administration, policyOffice } = context;
  const { history } = policyOffice;

  async function authorOf(by: string): Promise<string> {
    if (by === 'system') return 'le service, à son démarrage';
    const person = await directory.professionals.get(by);
    return person ? `${person.givenName} ${person.familyName}` : by;
  }

  const shown = async (loaded: LoadedPolicy) => ({ ...loaded, by: await authorOf(loaded.by) });

  routes.get('/admin/policies', ctx =>
    desk.openFor(ctx, ['policy', 'read'], async ({ authority }) => {
      const policy = policyOffice.current();
      const latest = await history.latest();
      await http.render(ctx, 'admin/policies', {
        version: policy.version,
        loaded: latest?.version === policy.version ? await shown(latest) : null,
        ...tablesOf(policy, directory.codes),
        mayTest: authority.may('policy', 'test', {}),
        mayReload: authority.may('policy', 'reload', {}),
        done: DONE[String(ctx.query['done'])] ?? null,
      });
    }),
  );

  routes.get('/admin/policies/test', ctx =>
    desk.openFor(ctx, ['policy', 'test'], () => http.render(ctx, 'admin/policies-test', { report: null })),
  );

  routes.post('/admin/policies/test', ctx =>
    desk.openFor(ctx, ['policy', 'test'], async () => {
      await http.readForm(ctx);
      await http.render(ctx, 'admin/policies-test', { report: await policyOffice.test() });
    }),
  );

  routes.get('/admin/policies/history', ctx =>
    desk.openFor(ctx, ['policy', 'read'], async () => {
      const asked = ctx.query['after'];
      const after = typeof asked === 'string' && asked !== '' ? asked.slice(0, 500) : undefined;
      const page = await history.list({ after, limit: PAGE });
      await http.render(ctx, 'admin/policies-history', {
        rows: await Promise.all(page.items.map(shown)),
        current: policyOffice.current().version,
        isFirst: after === undefined,
        next:
          page.next === undefined
            ? null
            : `/admin/policies/history?${new URLSearchParams({ after: page.next })}`,
      });
    }),
  );

  /** The version that was in force just before this one was put there last. */
  async function versionBefore(version: string): Promise<string | null> {
    const { items } = await history.list({ limit: 1_000 });
    const index = items.findIndex(item => item.version === version);
    return index < 0 ? null : (items[index + 1]?.version ?? null);
  }

  routes.get('/admin/policies/history/:version', ctx =>
    desk.openFor(ctx, ['policy', 'read'], async () => {
      const version = String(ctx.params['version']);
      const texts = await history.texts(version);
      if (!texts) throw notFound();
      const former = await versionBefore(version);
      const before = former === null ? null : await history.texts(former);
      await http.render(ctx, 'admin/policies-version', {
        version,
        former: before ? former : null,
        files: before ? differencesOf(before, texts) : [],
        texts: Object.entries(texts),
      });
    }),
  );

  async function candidate(): Promise<Policy | null> {
    try {
      return await policyOffice.candidate();
    } catch (error) {
      if (isAppError(error, 'access.policy_invalid')) return null;
      throw error;
    }
  }

  async function renderReload(ctx: Context, refusal: Refusal | null) {
    const current = policyOffice.current();
    const policy = await candidate();
    await http.render(ctx, 'admin/policies-reload', {
      current: current.version,
      version: policy?.version ?? null,
      files: policy ? differencesOf(current.texts, policy.texts) : [],
      alert: refusal,
    });
  }

  routes.get('/admin/policies/reload', ctx =>
    desk.openFor(ctx, ['policy', 'reload'], async (clerk: Clerk) => {
      const act = { type: 'policy', action: 'reload', id: '*' } as const;
      const decision = await administration.judge(clerk.administrator, act);
      if (!decision.decision) throw refusedBy(decision);
      await renderReload(ctx, null);
    }),
  );

  routes.post('/admin/policies/reload', ctx =>
    desk.openFor(ctx, ['policy', 'reload'], async clerk => {
      const form = await http.readForm(ctx);
      const asked = {
        act: acts.reload,
        input: { version: form.get('version') },
        reason: form.get('reason').trim() || undefined,
      };
      await submitAct(context, ctx, clerk, asked, {
        again: refusal => renderReload(ctx, refusal),
        then: () => '/admin/policies?done=reloaded',
      });
    }),
  );
}

function differencesOf(before: Texts, after: Texts) {
  return Object.keys({ ...before, ...after })
    .map(file => ({ file, lines: differenceOf(before[file] ?? '', after[file] ?? '') }))
    .filter(({ lines }) => lines.length > 0);
}
