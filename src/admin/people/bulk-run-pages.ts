import type { AppError } from '#kernel/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { conflict, notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { STEP_UPS, type Clerk } from '../desk.ts';
import { isFormat, sendSheet } from '../files/send.ts';
import { BULK_ACTIONS } from './bulk-actions.ts';
import type { BulkRunner } from './bulk-runner.ts';
import {
  bulkStarted,
  bulkStopped,
  countIn,
  type BulkLine,
  type BulkRun,
  type BulkRuns,
} from './bulk-runs.ts';
import { nameOf } from './seen.ts';

const ROOT = '/admin/people/bulk';
/** How often a page of progress asks again: by a header, so that it needs no script. */
const REFRESH_SECONDS = 2;
/** How long a report is kept. */
const KEPT_SECONDS = 30 * 86_400;

/** As pages and files say them. */
export const LINE_STATES: Readonly<Record<BulkLine['state'], readonly [glyph: string, label: string]>> = {
  waiting: ['clock', 'À faire'],
  begun: ['clock', 'En cours'],
  done: ['check', 'Fait'],
  same: ['dot', 'Rien à changer'],
  proposed: ['question', 'Proposé, à confirmer'],
  refused: ['cross', 'Refusé'],
};

export type BulkOrder = Pick<BulkRun, 'action' | 'held' | 'reason'> & { readonly subs: readonly string[] };

/**
 * `/admin/people/bulk/…`: how far an act on several people is, and its report, which outlive the browser and the
 * process. SECURITY: a run is its author's alone: to others it does not exist.
 */
export function createBulkRunPages(
  routes: Router,
  context: AdminContext,
  { runs, runner }: { readonly runs: BulkRuns; readonly runner: BulkRunner },
): { begin(ctx: Context, clerk: Clerk, form: Form, order: BulkOrder): Promise<void> } {
  const { http, desk, directory, acts, audit, clock } = context;
  const titleOf = ({ action }: Pick<BulkRun, 'action'>) =>
    BULK_ACTIONS.find(({ value }) => value === action)?.label ?? '';

  async function find(clerk: Clerk, ctx: Context): Promise<BulkRun> {
    const run = await runs.get(String(ctx.params['id']));
    if (run?.author !== clerk.sub) throw notFound();
    return run;
  }

  const traceOf = (ctx: Context, clerk: Clerk) =>
    ({ actor: clerk.sub, source: http.source(ctx), outcome: 'success' }) as const;

  async function rowsOf({ lines }: BulkRun, { authority }: Clerk) {
    return Promise.all(
      lines.map(async line => {
        const person = /^[\w-]{1,128}$/u.test(line.sub) ? await directory.professionals.get(line.sub) : null;
        // SECURITY: whoever has left the branch since is named no more.
        const isSeen = person !== null && authority.reaches('account', 'read', person);
        return { ...line, name: isSeen ? nameOf(person) : null };
      }),
    );
  }

  routes.get(ROOT, ctx =>
    desk.openFor(ctx, ['account', 'read'], async clerk => {
      const recent = await runs.ofAuthor(clerk.sub);
      await http.render(ctx, 'admin/people-bulk-runs', {
        runs: recent.map(run => ({
          ...run,
          title: titleOf(run),
          words: wordsOf(run),
          handled: run.lines.length - countIn(run, 'waiting', 'begun'),
        })),
      });
    }),
  );

  routes.get(`${ROOT}/:id`, ctx =>
    desk.openFor(ctx, ['account', 'read'], async clerk => {
      const run = await find(clerk, ctx);
      await askForSignIn(clerk, run);
      if (run.state === 'running') ctx.set('Refresh', String(REFRESH_SECONDS));
      await http.render(ctx, 'admin/people-bulk-run', {
        run,
        title: titleOf(run),
        words: wordsOf(run),
        states: LINE_STATES,
        lines: await rowsOf(run, clerk),
        handled: run.lines.length - countIn(run, 'waiting', 'begun'),
        count: (...states: BulkLine['state'][]) => countIn(run, ...states),
      });
    }),
  );

  /** What stopped for want of a fresh sign-in is shown after one: it can be resumed at once. */
  async function askForSignIn({ administrator }: Clerk, run: BulkRun): Promise<void> {
    const next = run.lines.find(({ state }) => state === 'waiting' || state === 'begun');
    const act = runner.actOf(run.action);
    if (run.state !== 'stopped' || run.stoppedBy !== 'sign_in' || !next || !act) return;
    const decision = await acts.judge(administrator, act, runner.inputOf(run, next.sub));
    const refusal = decision.decision ? undefined : refusedBy(decision);
    if (refusal && STEP_UPS[refusal.code]) throw refusal;
  }

  routes.get(`${ROOT}/:id/report.:format`, ctx =>
    desk.openFor(ctx, ['account', 'read'], async clerk => {
      const { format } = ctx.params;
      const run = await find(clerk, ctx);
      if (!isFormat(format)) return ctx.throw(404);
      sendSheet(ctx, {
        name: 'compte-rendu',
        format,
        columns: [
          { title: 'Personne', value: ({ name }) => name ?? 'Personne inconnue' },
          { title: 'Acte', value: () => titleOf(run) },
          { title: 'Résultat', value: ({ state }) => LINE_STATES[state][1] },
          { title: 'Explication', value: ({ why }) => why ?? '' },
        ],
        rows: await rowsOf(run, clerk),
      });
    }),
  );

  async function move(id: string, from: BulkRun['state'], change: (run: BulkRun) => BulkRun) {
    let hasMoved = false;
    const after = await runs.update(id, run => {
      hasMoved = run.state === from;
      return hasMoved ? change(run) : run;
    });
    if (!hasMoved || !after) throw movedOn();
    return after;
  }

  routes.post(`${ROOT}/:id/stop`, ctx =>
    desk.openFor(ctx, ['account', 'read'], async clerk => {
      await http.readForm(ctx);
      const { id, action } = await find(clerk, ctx);
      const run = await move(id, 'running', before => ({ ...before, state: 'stopped' }));
      await audit.record(bulkStopped, {
        ...traceOf(ctx, clerk),
        data: {
          run: id,
          act: runner.actOf(action)?.name,
          done: countIn(run, 'done', 'proposed'),
          left: countIn(run, 'waiting', 'begun'),
        },
      });
      http.redirect(ctx, `${ROOT}/${id}`);
    }),
  );

  routes.post(`${ROOT}/:id/resume`, ctx =>
    desk.openFor(ctx, ['account', 'read'], async clerk => {
      await http.readForm(ctx);
      const run = await find(clerk, ctx);
      if (run.state !== 'stopped') throw movedOn();
      // ORDER: the trace first: nothing is begun without one.
      await noteStart(ctx, clerk, run.id, run, countIn(run, 'waiting', 'begun'));
      const { administrator } = clerk;
      const source = http.source(ctx);
      await move(run.id, 'stopped', ({ stoppedBy: _by, ...before }) => ({
        ...before,
        state: 'running',
        administrator,
        source,
      }));
      http.redirect(ctx, `${ROOT}/${run.id}`);
    }),
  );

  const noteStart = (
    ctx: Context,
    clerk: Clerk,
    id: string,
    { action, reason }: Pick<BulkRun, 'action' | 'reason'>,
    lines: number,
  ) =>
    audit.record(bulkStarted, {
      ...traceOf(ctx, clerk),
      data: { run: id, act: runner.actOf(action)?.name, lines, reason: reason || undefined },
    });

  return {
    /** Takes an order that was confirmed, and leads to its progress. The same form sent again leads to the same run. */
    async begin(ctx, clerk, form, { action, held, reason, subs }) {
      const id = form.get('go');
      if (!/^[\w-]{22}$/u.test(id)) throw movedOn();
      const known = await runs.get(id);
      if (!known) {
        await noteStart(ctx, clerk, id, { action, reason }, subs.length);
        await runs.add({
          id,
          author: clerk.sub,
          administrator: clerk.administrator,
          source: http.source(ctx),
          action,
          held,
          reason,
          state: 'running',
          startedAtMs: clock.nowMs(),
          lines: subs.map(sub => ({ sub, state: 'waiting' })),
          expiresAt: clock.now() + KEPT_SECONDS,
        });
      }
      http.redirect(ctx, `${ROOT}/${id}`);
    },
  };
}

function wordsOf({ state, stoppedBy }: BulkRun): string {
  if (state === 'done') return 'Terminé';
  if (state === 'running') return 'En cours';
  if (stoppedBy === 'rights') return 'Arrêté : vos droits ont changé';
  return stoppedBy === 'sign_in' ? 'Arrêté : une nouvelle connexion est demandée' : 'Arrêté';
}

function movedOn(): AppError {
  return conflict('admin.bulk_state', {
    publicMessage: 'Cet acte vient d’avancer par ailleurs.',
    hint: 'Regardez où il en est.',
  });
}
