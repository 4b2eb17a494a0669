import { Router } from '@koa/router';
import { colleaguesOf } from './colleagues.ts';
import type { Door } from './door.ts';
import { readOwnForm } from './forms.ts';

/** Choosing in whose name one acts. It is sent with each question, and the decision point alone says what it opens. */
export function createDelegationRoutes(door: Door): Router {
  const router = new Router();
  router.post('/on-behalf-of', async ctx => {
    const session = door.signedIn(ctx);
    if (session === undefined) return;
    const chosen = (await readOwnForm(ctx, session)).get('account') ?? '';
    const colleague = colleaguesOf(session.person.sub).find(({ sub }) => sub === chosen);
    if (colleague === undefined) delete session.onBehalfOf;
    else session.onBehalfOf = colleague;
    ctx.redirect('/patients');
    ctx.status = 303;
  });
  return router;
}
