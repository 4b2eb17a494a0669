import type { SectionValues } from '#config/index.ts';
import { hashToken, fold, frenchDate } from '#kernel/index.ts';
import { networkOfSource } from '#http/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Counters } from '#signin/index.ts';
import type { AccountRequest } from './request.ts';
import type { Requests } from './requests.ts';
import type { enrolmentSection } from './section.ts';
import { nameOf } from './steps.ts';

/** The mails of a request with its private link, and how many may leave. */
export interface Mails {
  /** False when the address, the source or the request has had enough of them. Counts before anything is sent. */
  mayMail(request: string, address: string, source: string): Promise<boolean>;
  /** The link by which a draft is taken up again; to an address that was verified. */
  sendResume(request: AccountRequest, address: string): Promise<void>;
  /** To whom somebody asks for an account for: the link by which they confirm it, and the name of who asks. */
  sendInvitation(request: AccountRequest, asker: string): Promise<void>;
  /** The link by which a request that was sent is followed. */
  sendReceived(request: AccountRequest): Promise<void>;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
const MOST_PER_HOUR = 5;
const MOST_PER_REQUEST = 15;

export function createMails(deps: {
  readonly notify: Notify;
  readonly requests: Requests;
  readonly counters: Counters;
  /** SECURITY: links are made of the public address of the service, never of what a request says of its host. */
  readonly issuer: string;
  readonly settings: SectionValues<typeof enrolmentSection>;
}): Mails {
  const { notify, requests, counters, issuer, settings } = deps;

  const addressOf = async (id: string) => `${issuer}/request/link/${await requests.link(id, 'mail')}`;

  return {
    async mayMail(request, address, source) {
      const where = hashToken(fold(address));
      const day = DAY_SECONDS;
      const reached = await counters.countAll([
        { name: 'request', id: `request:mail:request:${request}`, max: MOST_PER_REQUEST, windowSeconds: day },
        {
          name: 'source',
          id: `request:mail:source:${networkOfSource(source)}`,
          max: settings.mailsPerSource,
          windowSeconds: day,
        },
        { name: 'hour', id: `request:mail:hour:${where}`, max: MOST_PER_HOUR, windowSeconds: HOUR_SECONDS },
        {
          name: 'day',
          id: `request:mail:day:${where}`,
          max: settings.mailsPerAddress,
          windowSeconds: day,
        },
      ]);
      return reached === null;
    },
    async sendResume(request, address) {
      await notify.send({
        channel: 'email',
        to: address,
        template: 'request-resume',
        data: {
          until: frenchDate((request.expiresAt ?? 0) * 1000),
          address: await addressOf(request.id),
        },
      });
    },
    async sendInvitation(request, asker) {
      await notify.send({
        channel: 'email',
        to: request.askedBy?.address ?? '',
        template: 'request-invitation',
        data: {
          givenName: nameOf(request)?.givenName ?? '',
          asker,
          until: frenchDate((request.expiresAt ?? 0) * 1000),
          address: await addressOf(request.id),
        },
      });
    },
    async sendReceived(request) {
      const to = request.answers.email?.address;
      if (to === undefined) throw new TypeError('a request that was sent has an address');
      await notify.send({
        channel: 'email',
        to,
        template: 'request-received',
        data: { givenName: nameOf(request)?.givenName ?? '', address: await addressOf(request.id) },
        id: `request-received:${request.id}`,
      });
    },
  };
}
