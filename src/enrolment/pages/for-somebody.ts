import { tooManyRequests, type Form } from '#http/index.ts';
import { AppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext, SignedInAsker } from '../context.ts';
import { askedOnBehalf, mailWithheld } from '../events.ts';
import type { Answers } from '../steps.ts';
import { isCompleteAddress } from '#kernel/index.ts';
import { createNamePage, createProfessionPage } from './steps/identity.ts';
import { createInterestsPage, createWorkplacePage } from './steps/work.ts';
import { errorsOf, typedOf, type FieldErrors } from './step-page.ts';

const DAY_SECONDS = 86_400;
/** One list of newcomers after another; a stolen session does not write to the whole region. */
const MOST_PER_DAY = 50;
const NOBODY = { answers: { terms: null }, proven: null, proofs: [] } as const;

/** `/request/for-somebody`: who may asks for an account for somebody else, who is told and confirms. */
export function createForSomebodyPages(routes: Router, context: EnrolmentContext): void {
  const { http, requests, directory, places, mails, counters, audit, ports } = context;
  const steps = [
    createProfessionPage(directory),
    createNamePage(directory),
    createWorkplacePage(places),
    createInterestsPage(directory),
  ];
  const interests = createInterestsPage(directory);

  /** SECURITY: whoever may not ask learns nothing but that; a sign-in that is too weak is led to a stronger one. */
  async function asking(ctx: Context, act: (asker: SignedInAsker) => Promise<void>): Promise<void> {
    const asker = await ports.asker(ctx);
    if (!asker) {
      if (ctx.method === 'POST') throw signedOut();
      return http.redirect(ctx, ports.signInUrl('/request/for-somebody'));
    }
    if (!asker.mayAsk) throw notAllowed();
    return act(asker);
  }

  async function show(
    ctx: Context,
    asker: SignedInAsker,
    more: { readonly form?: Form; readonly errors?: FieldErrors } = {},
  ): Promise<void> {
    const { form, errors } = more;
    const own = await Promise.all(asker.organisations.map(id => places.find(id)));
    ctx.status = errors ? 422 : 200;
    await http.render(ctx, 'enrolment/for-somebody', {
      professions: directory.codes.professions(),
      civilities: ['MME', 'M'].map(code => directory.codes.civility(code)),
      workplaces: own.flatMap(place => (place ? [{ value: `place:${place.id}`, label: place.name }] : [])),
      ...(await interests.data?.(NOBODY, {})),
      values: {
        ...Object.fromEntries(SINGLE.map(name => [name, form?.get(name) ?? ''])),
        networks: form?.all('networks') ?? [],
      },
      fieldErrors: errors ?? {},
      alert: errors ? INCOMPLETE : null,
      sentTo: typeof ctx.query['done'] === 'string',
    });
  }

  /** What the form says, judged by the very steps that the person will see. */
  async function judge(
    form: Form,
    asker: SignedInAsker,
  ): Promise<{ readonly answers: Answers } | { readonly errors: FieldErrors }> {
    const workplace = form.get('workplace');
    const email = form.get('email').trim();
    const judged = await Promise.all(
      steps
        // The person says where they work, unless it is where the asker does.
        .filter(({ id }) => id !== 'workplace' || workplace !== '')
        .map(step => step.judge(typedOf(form, step), NOBODY)),
    );
    const isOwn = asker.organisations.some(id => workplace === `place:${id}`);
    const errors: FieldErrors = {
      ...judged.reduce<FieldErrors>((all, one) => ('errors' in one ? { ...all, ...one.errors } : all), {}),
      ...errorsOf({
        email: isCompleteAddress(email)
          ? undefined
          : 'Donnez une adresse e-mail complète, comme prenom.nom@exemple.fr.',
        workplace: workplace === '' || isOwn ? undefined : 'Choisissez un établissement de la liste.',
      }),
    };
    if (Object.keys(errors).length > 0) return { errors };
    const answers = judged.reduce<Partial<Answers>>(
      (all, one) => ('answers' in one ? { ...all, ...one.answers } : all),
      {},
    );
    return { answers: { ...answers, email: { address: email, isVerified: false }, terms: null } };
  }

  routes.get('/request/for-somebody', ctx => asking(ctx, asker => show(ctx, asker)));

  routes.post('/request/for-somebody', async ctx => {
    const form = await http.readForm(ctx);
    await asking(ctx, async asker => {
      const judged = await judge(form, asker);
      if ('errors' in judged) return show(ctx, asker, { form, errors: judged.errors });
      const source = http.source(ctx);
      const bound = {
        name: 'asker',
        id: `request:asker:${asker.sub}`,
        max: MOST_PER_DAY,
        windowSeconds: DAY_SECONDS,
      };
      if ((await counters.count(bound)) === null) throw tooManyRequests(DAY_SECONDS);
      const address = judged.answers.email?.address ?? '';
      const request = await requests.beginFor(judged.answers, { sub: asker.sub, address });
      await audit.record(askedOnBehalf, {
        actor: asker.sub,
        source,
        outcome: 'success',
        data: { request: request.id },
      });
      // SECURITY: whoever is written to again and again is written to no more; the asker is told the same.
      if (await mails.mayMail(request.id, address, source)) await mails.sendInvitation(request, asker.name);
      else await audit.record(mailWithheld, { source, outcome: 'refused', data: { request: request.id } });
      return http.redirect(ctx, '/request/for-somebody?done=asked');
    });
  });
}

const SINGLE = ['profession', 'civility', 'family_name', 'given_name', 'workplace', 'email'] as const;

const INCOMPLETE = {
  code: 'enrolment.step_incomplete',
  message: 'La demande n’est pas complète.',
  hint: 'Corrigez ce qui est signalé ci-dessous. Ce que vous avez écrit est gardé.',
};

function signedOut(): AppError {
  return new AppError({
    code: 'enrolment.signed_out',
    status: 401,
    publicMessage: 'Vous n’êtes plus connecté.',
    hint: 'Connectez-vous, puis recommencez.',
  });
}

function notAllowed(): AppError {
  return new AppError({
    code: 'enrolment.may_not_ask',
    status: 403,
    publicMessage: 'Vous ne demandez pas de compte pour d’autres.',
    hint: 'La personne peut en demander un elle-même, ou s’adresser à l’administrateur de son établissement.',
  });
}
