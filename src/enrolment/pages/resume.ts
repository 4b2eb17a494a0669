import { hashToken, fold } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { EnrolmentContext } from '../context.ts';
import { mailWithheld } from '../events.ts';
import { isCompleteAddress } from '#kernel/index.ts';

/** `/request/resume`: the link of a request, sent again to the address that it gave. */
export function createResumePages(routes: Router, context: EnrolmentContext): void {
  const { http, mails, lostLinks, audit } = context;

  routes.get('/request/resume', ctx =>
    http.render(ctx, 'enrolment/resume', {
      email: '',
      isAsked: ctx.query['done'] === 'asked',
      alert: null,
      errors: [],
    }),
  );

  routes.post('/request/resume', async ctx => {
    const form = await http.readForm(ctx);
    const email = form.get('email').trim();
    if (!isCompleteAddress(email)) {
      ctx.status = 422;
      return http.render(ctx, 'enrolment/resume', {
        email,
        isAsked: false,
        alert: { code: 'enrolment.address_malformed', message: 'Cette adresse n’est pas complète.' },
        errors: ['Donnez une adresse e-mail complète, comme prenom.nom@exemple.fr.'],
      });
    }
    const source = http.source(ctx);
    // SECURITY: counted by address, whether a request has it or not, before it is looked up.
    if (await mails.mayMail(`lost:${hashToken(fold(email))}`, email, source)) await lostLinks.send(email);
    else await audit.record(mailWithheld, { source, outcome: 'refused', data: { request: 'lost' } });
    return http.redirect(ctx, '/request/resume?done=asked');
  });
}
