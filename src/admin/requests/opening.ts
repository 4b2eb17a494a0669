import type { Accounts } from '#accounts/index.ts';
import type { Administration } from '#access/index.ts';
import type { AccountRequest, Decision, RequestsOffice } from '#enrolment/index.ts';
import type { Directory } from '#directory/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { Act } from '../acts/act.ts';
import { stillHolds } from '../acts/author.ts';
import { asConfirmed } from '../acts/fresh.ts';
import type { Acts } from '../acts/perform.ts';
import { conflict } from '../acts/refusals.ts';
import type { AdminLogger } from '../context.ts';
import type { PeopleActs } from '../people/index.ts';
import { createTurns } from '../turns.ts';
import { giveTo } from './grants.ts';
import { identityOf } from './identity.ts';
import type { RequestMails } from './mails.ts';
import { withStep } from './treating.ts';

interface Deps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: AdminLogger;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly administration: Administration;
  readonly acts: Acts;
  readonly people: PeopleActs;
  readonly enrolment: RequestsOffice;
  readonly mails: RequestMails;
  /** Between the mail with the login and the one that leads to the password. */
  readonly pauseSeconds: number;
  /** What the second mail brings: a link by which the password is chosen, or a random one that must be changed. */
  readonly firstPassword: 'link' | 'password';
}

/** What the service does for requests after a decision, in steps that a stop may cut short anywhere. */
export interface Openings {
  /** One turn, under a lease of `jobs/`: everything that is due. */
  run(): Promise<void>;
}

const PAGE = 50;

/**
 * Opens the accounts of accepted requests, and sends the mails of the others. Each step looks at what is there already,
 * so that beginning again after a stop does nothing twice: one person, one account, each profile once, each mail once.
 * Done by the acts of administration, in the name of who decided: what they may no longer do by then gives the request
 * back.
 */
export function createOpenings(deps: Deps): Openings {
  const { clock, logger, directory, accounts, administration, acts, people, enrolment, mails } = deps;
  const { requests } = enrolment;
  // SECURITY: a lease that was lost is no harm: one instance at a time opens an account.
  const turns = createTurns(deps);
  const SERVICE = { kind: 'service' } as const;

  const withoutErrand = ({ errand: _done, ...request }: AccountRequest): AccountRequest => request;

  async function registerAndGive(request: AccountRequest, decision: Decision, sub: string): Promise<void> {
    // SECURITY: an application that was withdrawn or moved since opens nothing more.
    if (!(await stillHolds(decision.decider, directory))) throw deciderGone();
    const administrator = asConfirmed(decision.decider, clock);
    const circumstances = { via: 'job', reason: `Demande de compte ${request.id}` } as const;
    const perform = async <I, R>(act: Act<I, R>, input: object) =>
      void (await acts.perform(administrator, act, input, circumstances));
    if (decision.known === undefined && !(await directory.professionals.get(sub)))
      await perform(people.identity.createAs, { sub, ...identityOf(request, decision.branch) });
    const authority = await administration.authorityOf(administrator);
    for (const grant of decision.grants) await giveTo(deps, request, { sub, grant, authority }, perform);
    if (decision.known === undefined && (await accounts.loginOf(sub)) === null)
      await perform(people.account.openWithoutMails, {
        sub,
        // Taken meanwhile: the next one made from the names.
        ...(decision.login !== undefined &&
          (await accounts.loginHolder(decision.login)) === null && { login: decision.login }),
      });
  }

  async function sendSecondMail(request: AccountRequest, decision: Decision, sub: string): Promise<void> {
    const [account, person] = await Promise.all([accounts.get(sub), directory.professionals.get(sub)]);
    // Who has chosen a password since needs none; who was closed gets none.
    if (!account || person?.status !== 'active') return;
    if (account.passwordHash !== undefined && !account.mustChangePassword) return;
    if (deps.firstPassword === 'link') return mails.sendFirstLink(request, account, person);
    await acts.perform(
      asConfirmed(decision.decider, clock),
      people.account.firstPassword,
      { sub },
      { via: 'job', reason: `Demande de compte ${request.id}` },
    );
  }

  /** The login first; the way to the password after the pause. Only then the request is over. */
  async function open(request: AccountRequest): Promise<void> {
    const { life, treatment } = request;
    const decision = treatment?.decision;
    const sub = life.account;
    if (life.state !== 'accepted' || !decision || sub === undefined) return drop(request);
    const isKnown = decision.known !== undefined;
    let announcedAt = treatment.announcedAt;
    if (announcedAt === undefined) {
      await registerAndGive(request, decision, sub);
      await mails.sendAccepted(request, isKnown ? null : ((await accounts.loginOf(sub)) ?? null), sub);
      announcedAt = clock.now();
      const at = announcedAt;
      await requests.annotate(request.id, before => ({
        ...before,
        treatment: { steps: [], ...before.treatment, announcedAt: at },
      }));
    }
    if (!isKnown) {
      if (clock.now() < announcedAt + deps.pauseSeconds) return;
      await sendSecondMail(request, decision, sub);
    }
    await requests.act(
      request.id,
      SERVICE,
      () => ({ type: 'open' }),
      before => withStep(withoutErrand(before), { kind: 'opened', at: clock.now(), by: 'service' }),
    );
  }

  /** Refused for good: somebody looks at it again, with what was said. */
  async function giveBack(request: AccountRequest, words: string): Promise<void> {
    await requests.act(
      request.id,
      SERVICE,
      () => ({ type: 'give_back' }),
      before =>
        withStep(withoutErrand(before), { kind: 'given_back', at: clock.now(), by: 'service', words }),
    );
  }

  /** Done, unless something else has happened meanwhile that has an errand of its own. */
  const drop = async ({ id, life: { turn } }: AccountRequest) =>
    void (await requests.annotate(id, before =>
      before.life.turn === turn ? withoutErrand(before) : before,
    ));

  async function perform(request: AccountRequest): Promise<void> {
    switch (request.errand) {
      case 'question':
        await mails.sendQuestion(request);
        return drop(request);
      case 'refusal':
        await mails.sendRefusal(request);
        return drop(request);
      case 'transfer':
        await mails.sendTransferred(request);
        return drop(request);
      case 'opening':
        return open(request);
      case undefined:
    }
  }

  async function tryOne({ id }: AccountRequest): Promise<void> {
    const errand = async () => {
      // Read again: another instance may just have done it.
      const request = await requests.get(id);
      if (!request?.errand) return;
      try {
        await perform(request);
      } catch (error) {
        if (request.errand !== 'opening' || !isAppError(error) || error.status >= 500) throw error;
        await giveBack(request, [error.publicMessage, error.hint].filter(Boolean).join(' '));
      }
    };
    try {
      await turns.take(`request ${id}`, errand);
    } catch (error) {
      if (isAppError(error, 'admin.change_under_way')) return;
      // One that fails holds no other one up; the next turn tries again.
      logger.error({ request: id, err: error }, 'an errand of a request failed');
    }
  }

  return {
    async run() {
      for (const errand of ['refusal', 'question', 'transfer', 'opening'] as const) {
        let after: string | undefined;
        do {
          const page = await requests.list('errand', {
            key: errand,
            limit: PAGE,
            ...(after !== undefined && { after }),
          });
          for (const request of page.items) await tryOne(request);
          after = page.next;
        } while (after !== undefined);
      }
    },
  };
}

const deciderGone = () =>
  conflict('admin.request_decider_gone', {
    publicMessage: 'L’application qui a accepté la demande n’en a plus le droit.',
  });
