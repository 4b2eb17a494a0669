import { Readable } from 'node:stream';
import { readAuditState, readExcerpt } from '#audit/index.ts';
import { AppError, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { STEP_UPS, type Clerk } from '../desk.ts';
import { textsOf, toRefusal, type Refusal } from '../forms.ts';
import { parisOf } from '../paris-time.ts';
import { trailExported } from './events.ts';
import { instantsOf, type Days } from './filters.ts';
import { auditsEverything } from './scope.ts';

/** Characters sent at a time. */
const BATCH = 64_000;

/**
 * `/admin/trail/export`: the whole log of some days, with the checkpoints that prove it, for who audits the region in
 * every network. It cannot be cut to a branch or a network: a chain with holes proves nothing.
 */
export function createTrailExport(routes: Router, context: AdminContext): void {
  const { http, desk, clock, store, audit, administration, directory } = context;
  const RIGHT = ['audit', 'export'] as const;

  routes.get('/admin/trail/export', ctx =>
    desk.openFor(ctx, RIGHT, async clerk => {
      await judge(clerk);
      await show(ctx);
    }),
  );

  routes.post('/admin/trail/export', ctx =>
    desk.openFor(ctx, RIGHT, async clerk => {
      const days = textsOf(await http.readForm(ctx), ['from', 'to']);
      try {
        await judge(clerk);
      } catch (error) {
        await trace(ctx, clerk, days, isAppError(error) ? error.code : 'unexpected');
        if (!isAppError(error) || !STEP_UPS[error.code]) throw error;
        await show(ctx, days, toRefusal(error));
        ctx.status = error.status;
        return;
      }
      await send(ctx, clerk, days);
    }),
  );

  /** The key to keep: what it verified once, nobody can rewrite. It is public, and of no use to a forger. */
  routes.get('/admin/trail/export/key', ctx =>
    desk.openFor(ctx, RIGHT, async clerk => {
      await judge(clerk);
      ctx.type = 'application/x-pem-file';
      ctx.set('Content-Disposition', 'attachment; filename="trousseau-traces-cle-publique.pem"');
      ctx.body = await audit.publicKey();
    }),
  );

  async function judge({ administrator, authority }: Clerk): Promise<void> {
    if (!auditsEverything(authority, await directory.networks.all())) throw partialAudit();
    const decision = await administration.judge(administrator, { type: 'audit', action: 'export', id: '*' });
    if (!decision.decision) throw refusedBy(decision);
  }

  async function show(ctx: Context, days: Days = {}, refusal: Refusal | null = null): Promise<void> {
    const { newest, recent } = await readAuditState(store, await audit.publicKey());
    await http.render(ctx, 'admin/trail-export', {
      newest: newest && { number: newest.number, atMs: Date.parse(newest.at) },
      recent: recent && {
        isIntact: recent.isIntact,
        lines: recent.lines,
        fromMs: recent.excerptFrom === null ? null : Date.parse(recent.excerptFrom),
        faults: recent.findings.length,
      },
      from: days.from,
      to: days.to,
      refusal,
    });
  }

  async function send(ctx: Context, clerk: Clerk, days: Days): Promise<void> {
    let span: ReturnType<typeof instantsOf>;
    try {
      span = instantsOf(days);
    } catch (error) {
      if (!isAppError(error)) throw error;
      await show(ctx, days, toRefusal(error));
      ctx.status = error.status;
      return;
    }
    await trace(ctx, clerk, days);
    // ORDER: after the trace, so that what was written until now, this very export too, can be proven.
    await audit.checkpoint();
    ctx.type = 'application/jsonl; charset=utf-8';
    ctx.set(
      'Content-Disposition',
      `attachment; filename="traces-${parisOf(clock.nowMs()).slice(0, 10)}.jsonl"`,
    );
    ctx.body = Readable.from(batches(readExcerpt(store, span)));
  }

  const trace = (ctx: Context, clerk: Clerk, { from, to }: Days, code?: string) =>
    audit.record(trailExported, {
      actor: clerk.sub,
      source: http.source(ctx),
      acr: clerk.session.acr,
      outcome: code === undefined ? 'success' : 'refused',
      data: { from, to, code },
    });
}

async function* batches(parts: AsyncIterable<object>): AsyncGenerator<string> {
  let batch = '';
  for await (const part of parts) {
    batch += `${JSON.stringify(part)}\n`;
    if (batch.length < BATCH) continue;
    yield batch;
    batch = '';
  }
  yield batch;
}

function partialAudit(): AppError {
  return new AppError({
    code: 'admin.audit_partial',
    status: 403,
    publicMessage: 'Le journal entier est réservé à qui audite tous les réseaux de toute la région.',
    hint: 'Prenez plutôt le fichier CSV des traces : il contient celles que vous pouvez lire.',
  });
}
