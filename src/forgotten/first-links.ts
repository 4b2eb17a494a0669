import type { Account } from '#accounts/index.ts';
import type { Professional } from '#directory/index.ts';
import { frenchDateTime, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import { markOf, type PasswordLinks } from './links.ts';
import type { ForgottenSettings } from './section.ts';

const DAY_SECONDS = 86_400;

export interface FirstLinks {
  /**
   * Sends the mail with the link by which a new account chooses its first password, good on any browser, once, until
   * that password is another. `id` names the mail: sent once, whoever begins again. Nothing for who has no address.
   */
  send(account: Account, professional: Professional, id: string): Promise<void>;
}

export function createFirstLinks(deps: {
  readonly clock: Clock;
  readonly notify: Notify;
  readonly links: PasswordLinks;
  readonly settings: ForgottenSettings;
  readonly issuer: string;
}): FirstLinks {
  const { clock, notify, links, settings, issuer } = deps;
  return {
    async send(account, { email: to, givenName }, id) {
      if (to === undefined) return;
      const validSeconds = settings.firstDays * DAY_SECONDS;
      // ORDER: the link before its mail: a crash between the two leaves one that nobody knows, and the next try sends.
      const token = await links.issueAnywhere({
        purpose: 'first',
        account: account.id,
        password: markOf(account),
        validSeconds,
      });
      const until = clock.now() + validSeconds;
      await notify.send({
        channel: 'email',
        to,
        template: 'account-first-link',
        data: {
          givenName,
          until: frenchDateTime(until * 1000),
          address: `${issuer}/forgotten/link/${token}`,
        },
        notAfterAt: until,
        id,
      });
    },
  };
}
