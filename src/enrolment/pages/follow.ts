import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import { takesDocuments } from '../documents.ts';
import { requestAnswered, requestWithdrawn } from '../events.ts';
import { isBeingWritten, RULES, type Life } from '../life.ts';
import type { AccountRequest } from '../request.ts';
import { goneRequest } from '../refusals.ts';
import { lineProblem } from './step-page.ts';
import { proofsShown } from './proofs.ts';
import { waitsForTheirWord } from '../steps.ts';
import { createFacts } from './summary.ts';

const MAX_ANSWER = 2000;

/** Where a request stands, for the person who follows it by a private link: state, withdrawal, documents, answers. */
export function createFollowPages(routes: Router, context: EnrolmentContext): void {
  const { http, clock, directory, requests, browsers, places, audit } = context;
  const factsOf = createFacts(context);

  async function partsOf({ parts = {} }: Life) {
    const networks = await directory.networks.all();
    return Object.entries(parts).map(([id, { state }]) => ({
      id,
      state,
      name: networks.find(network => network.id === id)?.name ?? id,
    }));
  }

  async function show(
    ctx: Context,
    request: AccountRequest,
    refusal: { readonly code: string; readonly message: string; readonly hint?: string } | null = null,
  ): Promise<void> {
    const { life, messages } = request;
    const place = life.handler?.kind === 'local' ? await places.find(life.handler.organisation) : null;
    ctx.status = refusal ? 422 : 200;
    await http.render(ctx, 'enrolment/follow', {
      state: life.state,
      hasLapsed: life.lapsedAt !== undefined,
      sentAt: life.sentAt ?? null,
      decidedAt: life.decidedAt ?? null,
      place,
      parts: await partsOf(life),
      messages,
      facts: await factsOf(request),
      proofs: proofsShown(request),
      takesDocuments: takesDocuments(request),
      canAnswer: RULES.answer.from.includes(life.state),
      canWithdraw: RULES.withdraw.from.includes(life.state),
      alert: refusal,
    });
  }

  routes.get('/request/follow', ctx =>
    browsers.require(ctx, request =>
      isBeingWritten(request.life) ? Promise.resolve(http.redirect(ctx, '/request')) : show(ctx, request),
    ),
  );

  routes.post('/request/answer', async ctx => {
    const form = await http.readForm(ctx);
    const request = await browsers.find(ctx);
    if (!request) throw goneRequest();
    const text = form.get('answer').replace(/\r\n/gu, '\n').trim();
    const problem = lineProblem(text.replaceAll('\n', ' '), MAX_ANSWER, 'Écrivez votre réponse.');
    if (problem !== undefined)
      return show(ctx, request, { code: 'enrolment.answer_malformed', message: problem });
    const said = { from: 'requester', text, at: clock.now() } as const;
    await requests.act(
      request.id,
      { kind: 'requester' },
      () => ({ type: 'answer' }),
      before => ({ ...before, messages: [...before.messages, said] }),
    );
    await record(ctx, requestAnswered, request);
    return http.redirect(ctx, '/request/follow');
  });

  routes.post('/request/withdraw', async ctx => {
    const form = await http.readForm(ctx);
    const request = await browsers.find(ctx);
    if (!request) throw goneRequest();
    if (isBeingWritten(request.life) && !waitsForTheirWord(request)) return http.redirect(ctx, '/request');
    if (form.get('confirm') !== 'yes') {
      const message = 'Cochez la case pour confirmer le retrait.';
      return show(ctx, request, { code: 'enrolment.withdrawal_unconfirmed', message });
    }
    await requests.act(request.id, { kind: 'requester' }, () => ({ type: 'withdraw' }));
    await record(ctx, requestWithdrawn, request);
    return http.redirect(ctx, '/request/follow');
  });

  async function record(
    ctx: Context,
    event: typeof requestAnswered | typeof requestWithdrawn,
    { id }: AccountRequest,
  ): Promise<void> {
    await audit.record(event, { source: http.source(ctx), outcome: 'success', data: { request: id } });
  }
}
