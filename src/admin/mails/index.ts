import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import { createMailActs, type MailActs } from './acts.ts';
import { createMailPages } from './pages.ts';
import { createSmsActs, createSmsReader, type SmsActs, type SmsReader } from './sms-acts.ts';
import { createSmsPages } from './sms-pages.ts';

/** The words of the mails and of the text messages. How they are made and sent is `notify/`. */
export function createMailsAdmin(context: AdminContext): Feature & {
  readonly mails: MailActs;
  readonly sms: SmsActs;
  readonly smsReader: SmsReader;
} {
  const mails = createMailActs(context);
  const smsReader = createSmsReader(context);
  const sms = createSmsActs({ ...context, reader: smsReader });
  return {
    mails,
    sms,
    smsReader,
    acts: [...Object.values(mails), ...Object.values(sms)] as Act[],
    mount(routes) {
      createMailPages(routes, context, mails, smsReader);
      createSmsPages(routes, context, sms, smsReader);
    },
  };
}
