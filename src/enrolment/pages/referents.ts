import type Router from '@koa/router';
import type { EnrolmentContext } from '../context.ts';

const MOST_SHOWN = 100;
const MAX_SEARCH = 100;

/**
 * `/referents`: whom to turn to in each establishment. SECURITY: public, so it shows the names that administrators have
 * published by naming somebody there, and nothing else of anybody.
 */
export function createReferentPages(routes: Router, { http, places }: EnrolmentContext): void {
  routes.get('/referents', async ctx => {
    const { q } = ctx.query;
    const text = typeof q === 'string' ? q.slice(0, MAX_SEARCH) : '';
    const { found, isCut } = await places.search(text, MOST_SHOWN);
    await http.render(ctx, 'enrolment/referents', { text, found, isCut });
  });
}
