import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import { isBeingWritten } from '../life.ts';
import type { AccountRequest, Typed } from '../request.ts';
import {
  missingOf,
  reachableOf,
  STEP_IDS,
  stepsOf,
  waitsForTheirWord,
  type Answers,
  type StepId,
} from '../steps.ts';
import { createEmailPage } from './email.ts';
import { frameOf, nextOf } from './frame.ts';
import { createReadingPages } from './reading.ts';
import { createSummary } from './summary.ts';
import { showProofs } from './proofs.ts';
import { createAddressPage, createInterestsPage, createWorkplacePage, phonesPage } from './steps/work.ts';
import { createNamePage, createNumberPage, createProfessionPage } from './steps/identity.ts';
import { typedOf, type FieldErrors, type StepPage } from './step-page.ts';

const MAX_SEARCH = 100;

/** `/request/:step`: shows and saves one step of a draft. What is no valid answer yet is kept as it was typed. */
export function createFormPages(routes: Router, context: EnrolmentContext): void {
  const { http, requests, browsers, directory, ports, readers, towns, places } = context;
  const email = createEmailPage(routes, context);
  const pages = new Map<string, StepPage>(
    [
      createProfessionPage(directory),
      createNumberPage({ ...ports, readers }),
      createNamePage(directory),
      createAddressPage(towns),
      createWorkplacePage(places),
      phonesPage,
      email.page,
      createInterestsPage(directory),
    ].map(page => [page.id, page]),
  );
  const summary = createSummary(context);
  const reading = createReadingPages(routes, context);

  async function show(
    ctx: Context,
    request: AccountRequest,
    page: StepPage,
    more: { readonly typed?: Typed; readonly errors?: FieldErrors } = {},
  ): Promise<void> {
    const { errors = null } = more;
    const { q = '' } = ctx.query;
    // What is searched on a page is in its address, and is no answer.
    const search = typeof q === 'string' ? q.slice(0, MAX_SEARCH) : '';
    const values = { ...(more.typed ?? request.typed[page.id] ?? page.initial(request)), q: search };
    ctx.status = errors ? 422 : 200;
    await http.render(ctx, `enrolment/${page.id}`, {
      ...frameOf(request, page.id),
      ...(await page.data?.(request, values)),
      values,
      fieldErrors: errors ?? {},
      alert: errors ? INCOMPLETE : ((await page.alert?.(request)) ?? null),
    });
  }

  async function submit(ctx: Context, request: AccountRequest, page: StepPage, form: Form): Promise<void> {
    const typed = typedOf(form, page);
    const judged = await page.judge(typed, request);
    const saved = await requests.save(request.id, ({ reading: _former, ...before }) => ({
      ...before,
      typed: { ...before.typed, [page.id]: typed },
      answers: 'answers' in judged ? { ...before.answers, ...judged.answers } : without(before.answers, page),
    }));
    if (page.id === 'number' && form.has('read') && !saved.proven)
      return reading.leave(ctx, saved, form.get('read'));
    const go = form.get('go');
    if (go === 'back') return http.redirect(ctx, `/request/${frameOf(saved, page.id).previous ?? page.id}`);
    if (go === 'stay') return http.redirect(ctx, `/request/${page.id}`);
    if ('errors' in judged) return show(ctx, saved, page, { typed, errors: judged.errors });
    if (page.id === 'email' && !(await email.go(ctx, saved))) return undefined;
    return http.redirect(ctx, nextOf(saved, page.id));
  }

  /** A draft at a step that it may be at; anything else is sent to where it is. */
  async function at(ctx: Context, step: StepId, act: (request: AccountRequest) => Promise<void>) {
    await browsers.require(ctx, async request => {
      if (!isBeingWritten(request.life)) return http.redirect(ctx, '/request/follow');
      if (waitsForTheirWord(request)) return http.redirect(ctx, '/request/confirm');
      if (!stepsOf(request).includes(step) || !reachableOf(request).has(step))
        return http.redirect(ctx, `/request/${missingOf(request)[0] ?? 'summary'}`);
      return act(request);
    });
  }

  const stepOf = (ctx: Context) => STEP_IDS.find(id => id === ctx.params['step']);

  routes.get('/request/:step', async (ctx, next) => {
    const step = stepOf(ctx);
    if (step === undefined) return next();
    await at(ctx, step, async request => {
      const page = pages.get(step);
      if (page) return show(ctx, request, page);
      return step === 'proofs' ? showProofs(context, ctx, request) : summary.show(ctx, request);
    });
  });

  routes.post('/request/:step', async (ctx, next) => {
    const step = stepOf(ctx);
    if (step === undefined) return next();
    const form = await http.readForm(ctx);
    await at(ctx, step, async request => {
      const page = pages.get(step);
      if (page) return submit(ctx, request, page, form);
      if (step === 'summary') return summary.send(ctx, request, form);
      if (form.get('go') === 'back') return http.redirect(ctx, '/request/interests');
      if (!missingOf(request).includes('proofs')) return http.redirect(ctx, nextOf(request, 'proofs'));
      return showProofs(context, ctx, request, PROOFS_MISSING);
    });
  });
}

const INCOMPLETE = {
  code: 'enrolment.step_incomplete',
  message: 'Cette étape n’est pas terminée.',
  hint: 'Corrigez ce qui est signalé ci-dessous. Ce que vous avez écrit est gardé.',
};

const PROOFS_MISSING = {
  code: 'enrolment.proofs_missing',
  status: 422,
  message: 'Il manque un justificatif.',
  hint: 'Ajoutez la demande signée et la copie d’une pièce d’identité.',
};

/** A step that is no longer right is no longer answered: a request never goes out with what its page refuses. */
function without(answers: Answers, { id }: StepPage): Answers {
  const { [id]: _refused, ...rest } = answers;
  return rest;
}
