import type { Account } from '#accounts/index.ts';
import { nameOf, professionOf, type AccountRequest, type RequestsOffice } from '#enrolment/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import type { Notify } from '#notify/index.ts';
import type { AdminPorts } from '../ports.ts';
import type { Addressees } from './addressees.ts';

/** What people are told of a request. Each mail bears the turn that it tells of: whoever sends it again sends it once. */
export interface RequestMails {
  sendQuestion(request: AccountRequest): Promise<void>;
  /** With the reason and the words of who refused, which stand on the page of the request too. */
  sendRefusal(request: AccountRequest): Promise<void>;
  /** To the administrators who have it now, but for who gave it to them. */
  sendTransferred(request: AccountRequest): Promise<void>;
  /** The login of somebody new; `null`: the profiles were added to an account that was there. */
  sendAccepted(request: AccountRequest, login: string | null, sub: string): Promise<void>;
  /** The link by which the first password is chosen. */
  sendFirstLink(request: AccountRequest, account: Account, person: Professional): Promise<void>;
}

/** As many as somebody rings one after another. */
const MOST_REFERENTS = 3;

export function createRequestMails(deps: {
  readonly notify: Notify;
  readonly addressees: Addressees;
  readonly directory: Pick<Directory, 'region'>;
  readonly enrolment: RequestsOffice;
  readonly issuer: string;
  readonly ports: Pick<AdminPorts, 'sendFirstLink' | 'guideFor'>;
}): RequestMails {
  const { notify, addressees, directory, enrolment, issuer, ports } = deps;

  const greeted = (request: AccountRequest) => ({ givenName: nameOf(request)?.givenName ?? '' });
  const addressee = ({ answers }: AccountRequest) => answers.email?.address;
  /** SECURITY: made of the public address of the service. */
  const followAddress = async ({ id }: AccountRequest) =>
    `${issuer}/request/link/${await enrolment.requests.link(id, 'mail')}`;

  /** The sentence of the reason, then what the administrator wrote besides. */
  const reasonOf = ({ messages }: AccountRequest) =>
    messages.findLast(({ from }) => from === 'administrator')?.text ?? '';

  /** One a line: the référents of the establishment that was named, then those who help everybody. */
  async function contactOf({ answers: { workplace } }: AccountRequest): Promise<string> {
    const [place, { support }] = await Promise.all([
      workplace?.kind === 'organisation' ? enrolment.places.find(workplace.organisation) : null,
      directory.region(),
    ]);
    const referents = place?.referents.slice(0, MOST_REFERENTS) ?? [];
    return [...referents.map(name => `${name} (${place?.name})`), support].join('\n');
  }

  return {
    async sendQuestion(request) {
      const to = addressee(request);
      if (to === undefined || request.life.state !== 'asked') return;
      const data = { ...greeted(request), address: await followAddress(request) };
      const id = `request-question:${request.id}:${request.life.turn}`;
      await notify.send({ channel: 'email', to, template: 'request-question', data, id });
    },
    async sendRefusal(request) {
      const to = addressee(request);
      if (to === undefined || request.life.state !== 'refused') return;
      const data = {
        ...greeted(request),
        reason: reasonOf(request),
        contact: await contactOf(request),
        again: `${issuer}/request`,
        address: await followAddress(request),
      };
      const id = `request-refused:${request.id}`;
      await notify.send({ channel: 'email', to, template: 'request-refused', data, id });
    },
    async sendTransferred(request) {
      const { id, life, treatment } = request;
      if (life.state !== 'received') return;
      const from = treatment?.steps.findLast(({ kind }) => kind === 'transferred')?.by;
      for (const { sub, givenName, email: to } of await addressees.of([request])) {
        if (sub === from) continue;
        const data = { givenName, address: `${issuer}/admin/requests/${id}` };
        const mail = { channel: 'email', to, template: 'request-transferred', data } as const;
        await notify.send({ ...mail, id: `request-transferred:${id}:${life.turn}:${sub}` });
      }
    },
    async sendAccepted(request, login, sub) {
      const to = addressee(request);
      if (to === undefined) return;
      const guide = await ports.guideFor(professionOf(request));
      const shared = { ...greeted(request), address: issuer, guide };
      if (login === null) {
        const id = `request-granted:${request.id}`;
        return notify.send({ channel: 'email', to, template: 'request-granted', data: shared, id });
      }
      // The same mail as the login of any new account: a first password that is sent with one adds no second.
      const id = `account-login-${sub}`;
      await notify.send({
        channel: 'email',
        to,
        template: 'request-accepted',
        data: { ...shared, login },
        id,
      });
    },
    sendFirstLink: (request, account, person) =>
      ports.sendFirstLink(account, person, `request-first-link:${request.id}`),
  };
}
