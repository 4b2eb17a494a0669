import type Router from '@koa/router';
import type { AdminContext } from '../context.ts';
import { watchRegisters } from './lists.ts';
import type { Reference } from './reference.ts';

/**
 * `/admin/reference`: how old the copies of the national registers are, what they hold, and how they are renewed. They
 * are public and of no branch: every administrator relies on them, and sees the same.
 */
export function createReferencePages(
  routes: Router,
  { http, desk, clock }: Pick<AdminContext, 'http' | 'desk' | 'clock'>,
  reference: Reference,
): void {
  routes.get('/admin/reference', ctx =>
    desk.openFor(ctx, ['account', 'read'], async () => {
      await http.render(ctx, 'admin/reference', { registers: await watchRegisters({ reference, clock }) });
    }),
  );
}
