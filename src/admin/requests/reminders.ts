import type { AccountRequest, RequestsOffice, StepKind } from '#enrolment/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Addressees } from './addressees.ts';
import { withStep } from './treating.ts';
import { workingDaysSince } from './working-days.ts';

/** Working days without an answer: then its administrators are reminded … */
export const LATE_DAYS = 3;
/** … and then it is the region’s. */
const ESCALATION_DAYS = 7;
const PAGE = 200;

/** What the service notes by itself, and the line of the history that it becomes. */
const NOTED = { remind: 'reminded', escalate: 'escalated' } as const satisfies Record<string, StepKind>;
type Noted = keyof typeof NOTED;
const NO_ANSWER = `${ESCALATION_DAYS} jours ouvrés sans réponse.`;
const NOBODY_THERE = 'Aucun administrateur de l’établissement n’est présent.';

/** Working days that a request has waited for an administrator. */
export function daysWaited({ life }: AccountRequest, nowMs: number): number {
  return life.waitingSinceAt === undefined ? 0 : workingDaysSince(life.waitingSinceAt * 1000, nowMs);
}

/** States in which an administrator must act; how long they have is counted in each. */
const WAITING = ['received', 'second_needed'] as const;

export const isWaiting = ({ life }: AccountRequest): boolean => WAITING.some(state => state === life.state);

export const isLate = (request: AccountRequest, nowMs: number): boolean =>
  isWaiting(request) && daysWaited(request, nowMs) >= LATE_DAYS;

/**
 * Requests that nobody answers: their administrators are reminded, then the region has them; at once where everybody is
 * on leave. Each is told how many wait, in one mail a day.
 */
export function createReminders(deps: {
  readonly clock: Clock;
  readonly addressees: Addressees;
  readonly notify: Notify;
  readonly enrolment: RequestsOffice;
  readonly issuer: string;
}): { run(): Promise<void> } {
  const { clock, addressees, notify, enrolment, issuer } = deps;
  const { requests } = enrolment;

  async function waiting(): Promise<readonly AccountRequest[]> {
    const found: AccountRequest[] = [];
    for (const state of WAITING) {
      let after: string | undefined;
      do {
        const page = await requests.list('state', {
          prefix: `${state}|`,
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        found.push(...page.items);
        after = page.next;
      } while (after !== undefined);
    }
    return found;
  }

  async function tell(
    template: 'request-reminder' | 'request-escalated',
    due: readonly AccountRequest[],
  ): Promise<void> {
    const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
    for (const { sub, givenName, email: to, requests: theirs } of await addressees.of(due)) {
      const data = { givenName, pending: String(theirs.length), address: `${issuer}/admin/requests` };
      await notify.send({ channel: 'email', to, template, data, id: `${template}:${sub}:${day}` });
    }
  }

  async function note({ id }: AccountRequest, event: Noted, words?: string): Promise<void> {
    const step = {
      kind: NOTED[event],
      at: clock.now(),
      by: 'service',
      ...(words !== undefined && { words }),
    };
    try {
      await requests.act(
        id,
        { kind: 'service' },
        () => ({ type: event }),
        before => withStep(before, step),
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
      const received = all.filter(({ life }) => life.state === 'received');
      const unattended = await addressees.unattended(received);
      const unanswered = received.filter(
        one => one.life.handler?.kind === 'local' && daysWaited(one, nowMs) >= ESCALATION_DAYS,
      );
      const toRegion = [...new Set([...unattended, ...unanswered])];
      const toRemind = all.filter(
        one =>
          !toRegion.includes(one) &&
          isLate(one, nowMs) &&
          (one.life.remindedAt ?? -1) < (one.life.waitingSinceAt ?? 0),
      );
      // ORDER: a mail leaves before it is noted: a stop in between sends it again under the same name, which is once.
      await tell('request-reminder', toRemind);
      for (const request of toRemind) await note(request, 'remind');
      const asRegional = toRegion.map((request): AccountRequest => ({
        ...request,
        life: { ...request.life, handler: { kind: 'regional' } },
      }));
      await tell('request-escalated', asRegional);
      for (const request of toRegion)
        await note(request, 'escalate', unattended.includes(request) ? NOBODY_THERE : NO_ANSWER);
    },
  };
}
