import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import { requestTakenOver } from '../events.ts';
import { isBeingWritten } from '../life.ts';
import type { AccountRequest } from '../request.ts';
import { goneRequest, refusalOf } from '../refusals.ts';
import { missingOf, waitsForTheirWord } from '../steps.ts';
import { createFacts } from './summary.ts';

/** `/request/confirm`: what somebody has asked for on the person's behalf; they take it over, or want none of it. */
export function createConfirmPages(routes: Router, context: EnrolmentContext): void {
  const { http, clock, directory, terms, requests, browsers, audit } = context;
  const factsOf = createFacts(context);

  async function show(ctx: Context, request: AccountRequest, isRefused = false): Promise<void> {
    const asker = await directory.professionals.get(request.askedBy?.sub ?? '');
    ctx.status = isRefused ? 422 : 200;
    await http.render(ctx, 'enrolment/confirm', {
      asker: asker ? `${asker.givenName} ${asker.familyName}` : null,
      facts: (await factsOf(request)).filter(({ values, step }) => values.length > 0 && step !== 'number'),
      terms: await terms.current(),
      alert: isRefused ? NOT_ACCEPTED : null,
    });
  }

  routes.get('/request/confirm', ctx =>
    browsers.require(ctx, request =>
      waitsForTheirWord(request) && isBeingWritten(request.life)
        ? show(ctx, request)
        : Promise.resolve(http.redirect(ctx, '/request')),
    ),
  );

  routes.post('/request/confirm', async ctx => {
    const form = await http.readForm(ctx);
    const request = await browsers.find(ctx);
    if (!request) throw goneRequest();
    if (!waitsForTheirWord(request) || !isBeingWritten(request.life)) throw refusalOf('enrolment.not_now');
    const current = await terms.current();
    if (current && (form.get('accept') !== 'yes' || form.get('version') !== current.id))
      return show(ctx, request, true);
    const takenOverAt = clock.now();
    const saved = await requests.save(request.id, before => ({
      ...before,
      answers: { ...before.answers, terms: current && { version: current.id, acceptedAt: takenOverAt } },
      ...(before.askedBy && { askedBy: { ...before.askedBy, takenOverAt } }),
    }));
    await audit.record(requestTakenOver, {
      source: http.source(ctx),
      outcome: 'success',
      data: { request: request.id },
    });
    return http.redirect(ctx, `/request/${missingOf(saved)[0] ?? 'summary'}`);
  });
}

const NOT_ACCEPTED = {
  code: 'enrolment.terms_not_accepted',
  message: 'Le règlement doit être accepté pour demander un compte.',
  hint: 'Lisez-le, puis cochez la case. Si vous ne voulez pas de compte, refusez la demande.',
};
