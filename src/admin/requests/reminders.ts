import type { Administration, Authority } from '#access/index.ts';
import type { AccountRequest, RequestsOffice, StepKind } from '#enrolment/index.ts';
import { isInForce } from '#directory/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Catalogue } from '../people/catalogue.ts';
import { placeOf, withStep } from './treating.ts';
import { workingDaysSince } from './working-days.ts';

/** Working days without an answer: then its administrators are reminded … */
export const LATE_DAYS = 3;
/** … and then it is the region’s. */
const ESCALATION_DAYS = 7;
const PAGE = 200;

/** An administrator who can be written to, and how many of the requests are theirs. */
interface Addressee {
  readonly sub: string;
  readonly givenName: string;
  readonly email: string;
  readonly pending: number;
}

/** Working days that a request has waited for an administrator. */
export function daysWaited({ life }: AccountRequest, nowMs: number): number {
  return life.waitingSinceAt === undefined ? 0 : workingDaysSince(life.waitingSinceAt * 1000, nowMs);
}

export const isLate = (request: AccountRequest, nowMs: number): boolean =>
  request.life.state === 'received' && daysWaited(request, nowMs) >= LATE_DAYS;

/** What a local administrator treats is recalled to who is nearest, not to the region. */
function isTheirs(authority: Authority, request: AccountRequest): boolean {
  const offices = authority.officesFor('account_request', 'decide', placeOf(request));
  return request.life.handler?.kind === 'local'
    ? offices.some(({ profile }) => profile !== 'administrateur_regional')
    : offices.length > 0;
}

/**
 * Requests that nobody answers: their administrators are reminded, then the region has them. Each is told how many wait,
 * in one mail a day.
 */
export function createReminders(deps: {
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly administration: Administration;
  readonly notify: Notify;
  readonly enrolment: RequestsOffice;
  readonly issuer: string;
}): { run(): Promise<void> } {
  const { clock, catalogue, administration, notify, enrolment, issuer } = deps;
  const { requests } = enrolment;

  async function waiting(): Promise<readonly AccountRequest[]> {
    const found: AccountRequest[] = [];
    let after: string | undefined;
    do {
      const page = await requests.list('state', {
        prefix: 'received|',
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      found.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  /** Those who decide on some of them, as things stand now. */
  async function addresseesOf(due: readonly AccountRequest[]): Promise<readonly Addressee[]> {
    const policy = administration.policy();
    const nowMs = clock.nowMs();
    const found: Addressee[] = [];
    for (const { sub, status, memberships, givenName, email } of await catalogue.entries()) {
      const holdsOffice = memberships.some(
        held => policy.isPrivileged(held.profile) && isInForce(held, nowMs),
      );
      if (!holdsOffice || status !== 'active' || email === undefined) continue;
      const authority = await administration.authorityOf({
        kind: 'person',
        sub,
        session: { acr: undefined, authTime: 0 },
      });
      const pending = due.filter(request => isTheirs(authority, request)).length;
      if (pending > 0) found.push({ sub, givenName, email, pending });
    }
    return found;
  }

  async function tell(
    template: 'request-reminder' | 'request-escalated',
    due: readonly AccountRequest[],
  ): Promise<void> {
    if (due.length === 0) return;
    const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
    for (const { sub, givenName, email: to, pending } of await addresseesOf(due)) {
      const data = { givenName, pending: String(pending), address: `${issuer}/admin/requests` };
      await notify.send({ channel: 'email', to, template, data, id: `${template}:${sub}:${day}` });
    }
  }

  async function note({ id }: AccountRequest, type: 'remind' | 'escalate', kind: StepKind): Promise<void> {
    try {
      await requests.act(
        id,
        { kind: 'service' },
        () => ({ type }),
        before => withStep(before, { kind, at: clock.now(), by: 'service' }),
      );
    } catch (error) {
      // Somebody has answered meanwhile: what was due is not any more.
      if (!isAppError(error, 'enrolment.not_now')) throw error;
    }
  }

  return {
    async run() {
      const nowMs = clock.nowMs();
      const all = await waiting();
      const isLocal = ({ life }: AccountRequest) => life.handler?.kind === 'local';
      const toRegion = all.filter(one => isLocal(one) && daysWaited(one, nowMs) >= ESCALATION_DAYS);
      const toRemind = all.filter(
        one =>
          !toRegion.includes(one) &&
          isLate(one, nowMs) &&
          (one.life.remindedAt ?? -1) < (one.life.waitingSinceAt ?? 0),
      );
      // ORDER: a mail leaves before it is noted: a stop in between sends it again under the same name, which is once.
      await tell('request-reminder', toRemind);
      for (const request of toRemind) await note(request, 'remind', 'reminded');
      const asRegional = toRegion.map((request): AccountRequest => ({
        ...request,
        life: { ...request.life, handler: { kind: 'regional' } },
      }));
      await tell('request-escalated', asRegional);
      for (const request of toRegion) await note(request, 'escalate', 'escalated');
    },
  };
}
