import { notFound } from '../acts/refusals.ts';
import type { Clerk } from '../desk.ts';

/** Mails and text messages are the region’s own. Throws `admin.not_found` (404). */
export function assertReadsMails({ authority }: Pick<Clerk, 'authority'>): void {
  if (!authority.may('mail_template', 'read', {})) throw notFound();
}
