import type { Http } from '#http/index.ts';
import type Router from '@koa/router';
import type { DemoMail } from './ports.ts';

/** `/demo/outbox`: the messages that a demonstration would have sent, for people and (`.json`) for scripts. */
export function createDemoOutbox(
  routes: Router,
  http: Http,
  messages: () => Promise<readonly DemoMail[]>,
): void {
  routes.get('/demo/outbox', async ctx => http.render(ctx, 'portal/outbox', { messages: await messages() }));
  routes.get('/demo/outbox.json', async ctx => {
    ctx.body = await messages();
  });
}
