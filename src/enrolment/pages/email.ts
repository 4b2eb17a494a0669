import { isCompleteAddress } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import type { CodeProblem, SendProblem } from '../email-codes.ts';
import { mailWithheld } from '../events.ts';
import { isBeingWritten } from '../life.ts';
import type { AccountRequest } from '../request.ts';
import { frameOf, nextOf } from './frame.ts';
import { textOf, type StepPage } from './step-page.ts';

export interface EmailStep {
  readonly page: StepPage;
  /** Goes on to the code of an address that is not verified; true when there is none to ask for. */
  go(ctx: Context, request: AccountRequest): Promise<boolean>;
}

const SENTENCES: Readonly<Record<CodeProblem | SendProblem, readonly [string, string]>> = {
  'enrolment.code_missing': ['Saisissez le code reçu.', 'Il est dans le courriel que nous venons d’envoyer.'],
  'enrolment.code_wrong': ['Ce code n’est pas le bon.', 'Recopiez celui du courriel le plus récent.'],
  'enrolment.code_expired': ['Ce code n’est plus valable.', 'Demandez-en un autre.'],
  'enrolment.code_exhausted': ['Ce code a été essayé trop souvent.', 'Demandez-en un autre.'],
  'enrolment.code_too_soon': [
    'Un code vient de partir.',
    'Attendez un instant avant d’en demander un autre.',
  ],
  'enrolment.too_many_codes': [
    'Trop de codes ont été demandés.',
    'Réessayez dans une heure, ou demain. Ce que vous avez écrit est gardé.',
  ],
};

/** The address, typed twice, and the code that proves that its mail is read. */
export function createEmailPage(routes: Router, context: EnrolmentContext): EmailStep {
  const { http, requests, browsers, codes, mails, audit } = context;

  async function send(ctx: Context, request: AccountRequest, address: string): Promise<SendProblem | null> {
    const source = http.source(ctx);
    const problem = await codes.send(request.id, address, () => mails.mayMail(request.id, address, source));
    if (problem === 'enrolment.too_many_codes')
      await audit.record(mailWithheld, { source, outcome: 'refused', data: { request: request.id } });
    return problem;
  }

  async function show(
    ctx: Context,
    request: AccountRequest,
    address: string,
    problem: CodeProblem | SendProblem | null,
  ): Promise<void> {
    const live = await codes.state(request.id);
    ctx.status = problem === null ? 200 : problem === 'enrolment.too_many_codes' ? 429 : 422;
    const [message, hint] = problem === null ? [] : SENTENCES[problem];
    await http.render(ctx, 'enrolment/email-code', {
      ...frameOf(request, 'email'),
      address,
      expiresAt: live?.expiresAt ?? null,
      resendSeconds: live?.resendSeconds ?? 0,
      alert: problem === null ? null : { code: problem, message, hint },
    });
  }

  /** A draft whose address waits for its code. */
  async function waiting(ctx: Context, act: (request: AccountRequest, address: string) => Promise<void>) {
    await browsers.require(ctx, async request => {
      const { email } = request.answers;
      if (!isBeingWritten(request.life) || !email || email.isVerified) return http.redirect(ctx, '/request');
      return act(request, email.address);
    });
  }

  routes.get('/request/email/code', ctx =>
    waiting(ctx, (request, address) => show(ctx, request, address, null)),
  );

  routes.post('/request/email/code', async ctx => {
    const form = await http.readForm(ctx);
    await waiting(ctx, async (request, address) => {
      if (form.get('go') === 'resend') return show(ctx, request, address, await send(ctx, request, address));
      const problem = await codes.verify(request.id, address, form.get('code'));
      if (problem) return show(ctx, request, address, problem);
      const saved = await requests.save(request.id, before =>
        // INVARIANT: the address that the code was for, or none: it may have been changed in another tab.
        before.answers.email?.address === address
          ? {
              ...before,
              answers: { ...before.answers, email: { address, isVerified: true } },
              mailbox: requests.mailboxOf(address),
            }
          : before,
      );
      await mails.sendResume(saved, address);
      return http.redirect(ctx, nextOf(saved, 'email'));
    });
  });

  return {
    page: {
      id: 'email',
      fields: ['email', 'email_again'],
      initial({ answers, proven }) {
        const address = answers.email?.address ?? proven?.email ?? '';
        return { email: address, email_again: answers.email?.address ?? '' };
      },
      async judge(typed, { answers }) {
        const address = textOf(typed, 'email');
        if (!isCompleteAddress(address))
          return { errors: { email: ['Donnez une adresse e-mail complète, comme prenom.nom@exemple.fr.'] } };
        if (address.toLowerCase() !== textOf(typed, 'email_again').toLowerCase())
          return { errors: { email_again: ['Les deux adresses ne sont pas les mêmes.'] } };
        const isVerified = answers.email?.address === address && answers.email.isVerified;
        return { answers: { email: { address, isVerified } } };
      },
      data: async ({ answers }) => ({ isVerified: answers.email?.isVerified === true }),
    },
    async go(ctx, request) {
      const { email } = request.answers;
      if (!email || email.isVerified) return true;
      const problem = await send(ctx, request, email.address);
      // A code that has just left is the one to type.
      if (problem === 'enrolment.too_many_codes') await show(ctx, request, email.address, problem);
      else http.redirect(ctx, '/request/email/code');
      return false;
    },
  };
}
