import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createMailActs, type MailActs } from './acts.ts';
import { createMailPages } from './pages.ts';

/** The words of the mails. How mails are made and sent is `notify/`. */
export function createMailsAdmin(context: AdminContext): Feature & { readonly mails: MailActs } {
  const mails = createMailActs(context);
  return {
    mails,
    acts: Object.values(mails) as Act[],
    mount: routes => createMailPages(routes, context, mails),
  };
}
