import type { Administration, Administrator, Decision } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import { AppError, isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { createTurns } from '../turns.ts';
import { actorOf, type Act, type Changes, type Performer } from './act.ts';
import { actFailed, actProposed, actRefused } from './events.ts';
import { notFound, readInput, refusedBy } from './refusals.ts';
import type { Proposal, Proposals } from './proposals.ts';
import { wordsOf } from './words.ts';

/** How an act came, besides who does it. */
export interface Circumstances {
  readonly source?: string | undefined;
  /** Why, in the words of who does it. */
  readonly reason?: string | undefined;
  /** Through what; `job`: the service by itself, at a time that was announced. */
  readonly via: 'page' | 'api' | 'file' | 'scim' | 'job';
}

export type Outcome<R> =
  | { readonly state: 'done'; readonly result: R; readonly changes: Changes }
  /** Somebody else must confirm: nothing is done yet. */
  | { readonly state: 'proposed'; readonly proposal: string };

/** What an act would do, for a preview. */
export interface Preview {
  readonly changes: Changes;
  readonly needsSecondPerson: boolean;
}

/** The one door of administration: reads, judges, plans, records, applies. */
export interface Acts {
  /**
   * Throws `admin.invalid` (422), `admin.not_found` (404: unknown, or of another branch), `admin.<reason code>` (403), what
   * the act itself refuses, and 503 when the trail or the store cannot be written.
   */
  perform<I, R>(
    administrator: Administrator,
    act: Act<I, R>,
    input: unknown,
    circumstances: Circumstances,
  ): Promise<Outcome<R>>;
  /** The same, without writing anything. */
  preview<I, R>(administrator: Administrator, act: Act<I, R>, input: unknown): Promise<Preview>;
  /** The decision alone: for a page that asks for a stronger sign-in before it shows its form. */
  judge<I, R>(administrator: Administrator, act: Act<I, R>, input: unknown): Promise<Decision>;
  /** What an act is called on a page. */
  titleOf(name: string): string;
  /** Proposals that wait for somebody who may confirm them. */
  proposals(administrator: Administrator): Promise<readonly Proposal[]>;
  /** Confirms what somebody else proposed, and does it. Throws as `perform`, and `admin.proposal_ended` (409). */
  confirm(administrator: Administrator, id: string, circumstances: Circumstances): Promise<Outcome<unknown>>;
  /** Takes a proposal away: its author, or whoever may confirm it. */
  decline(administrator: Administrator, id: string, circumstances: Circumstances): Promise<void>;
}

export function createActs(deps: {
  readonly administration: Administration;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly proposals: Proposals;
  readonly store: Store;
  readonly directory: Pick<Directory, 'applications' | 'professionals'>;
  /** All acts by name: a proposal is confirmed by the act that it names. */
  readonly acts: () => ReadonlyMap<string, Act>;
}): Acts {
  const { administration, audit, proposals, directory } = deps;
  const turns = createTurns(deps);

  /** The first refusal, or the permit of the act itself. */
  async function judgeInput<I, R>(administrator: Administrator, act: Act<I, R>, input: I): Promise<Decision> {
    const own = { type: act.type, action: act.action, ...act.about(input), ...(await act.resolve?.(input)) };
    const decision = await administration.judge(administrator, own);
    if (!decision.decision) return decision;
    for (const further of act.alsoAbout?.(input) ?? []) {
      const also = await administration.judge(administrator, further);
      if (!also.decision) return also;
    }
    return decision;
  }

  async function judged<I, R>(
    administrator: Administrator,
    act: Act<I, R>,
    input: I,
    circumstances: Circumstances,
  ): Promise<Decision> {
    const decision = await judgeInput(administrator, act, input);
    if (decision.decision) return decision;
    await audit.record(actRefused, {
      actor: actorOf(administrator),
      source: circumstances.source,
      outcome: 'refused',
      data: {
        act: act.name,
        target: act.about(input).id,
        code: decision.context.reason_code,
        via: circumstances.via,
      },
    });
    throw refusedBy(decision);
  }

  async function apply<I, R>(
    performer: Performer,
    act: Act<I, R>,
    input: I,
    { reason, via, approvedBy }: Circumstances & { readonly approvedBy?: string | undefined },
  ): Promise<Outcome<R>> {
    const plan = await act.plan(input, performer);
    const { changes } = plan;
    if (Object.keys(changes).length === 0) return { state: 'done', result: await plan.apply(), changes };
    const entry = {
      actor: performer.actor,
      account: plan.account,
      source: performer.source,
      ...(performer.administrator.kind === 'person' && { acr: performer.administrator.session.acr }),
      data: { act: act.name, target: plan.target, changes: wordsOf(changes), reason, approvedBy, via },
    };
    // ORDER: the trail first: an act that was done is never missing there; one that failed after all says so.
    await audit.record(act.event, { ...entry, outcome: 'success' });
    try {
      return { state: 'done', result: await plan.apply(), changes };
    } catch (failure) {
      await audit.record(actFailed, {
        ...entry,
        outcome: 'failure',
        data: {
          act: act.name,
          target: plan.target,
          via,
          code: isAppError(failure) ? failure.code : 'unexpected',
        },
      });
      throw failure;
    }
  }

  /** The author signed in then; what is asked now is whether the right still stands: of an application, its branch of now. */
  async function freshly(author: Administrator): Promise<Administrator> {
    if (author.kind === 'person')
      return { ...author, session: { ...author.session, authTime: deps.clock.now() } };
    const { kind, clientId } = author;
    const application = await directory.applications.get(clientId);
    if (!application) throw notFound();
    return { kind, clientId, branch: application.branch, network: application.network };
  }

  /** True also when only a fresher sign-in is missing; false for what is no longer there. */
  async function mightConfirm(administrator: Administrator, act: Act, input: unknown): Promise<boolean> {
    try {
      const { decision, context } = await judgeInput(administrator, act, readInput(act.schema, input));
      return decision || context.acr_values !== undefined;
    } catch (error) {
      if (isAppError(error) && error.status < 500) return false;
      throw error;
    }
  }

  /**
   * SECURITY: acts on regional administrators are judged and done one at a time, over all instances: two of them who
   * remove each other at the same instant would leave nobody. Throws `admin.change_under_way` (409).
   */
  async function inTurn<I, R, T>(
    [administrator, act, input, circumstances]: readonly [Administrator, Act<I, R>, I, Circumstances],
    perform: () => Promise<T>,
  ): Promise<T> {
    if (act.type !== 'account' && act.type !== 'membership') return perform();
    const person = await directory.professionals.get(act.about(input).id);
    if (!person?.memberships.some(({ profile }) => profile === 'administrateur_regional')) return perform();
    // Before the turn is taken: whoever may not do it holds nobody up, and learns nothing.
    await judged(administrator, act, input, circumstances);
    return turns.take('regional administrators', perform);
  }

  async function performNow<I, R>(
    administrator: Administrator,
    act: Act<I, R>,
    { input, read }: { readonly input: unknown; readonly read: I },
    circumstances: Circumstances,
  ): Promise<Outcome<R>> {
    const decision = await judged(administrator, act, read, circumstances);
    const performer = performerOf(administrator, circumstances.source);
    if (!needsSecond(decision)) return apply(performer, act, read, circumstances);
    // What cannot be done is said now, not to the second person.
    const plan = await act.plan(read, performer);
    const { id, author } = await proposals.add({
      act: act.name,
      input,
      administrator,
      reason: circumstances.reason,
    });
    await audit.record(actProposed, {
      actor: author,
      account: plan.account,
      source: circumstances.source,
      outcome: 'success',
      data: {
        act: act.name,
        target: plan.target,
        changes: wordsOf(plan.changes),
        proposal: id,
        reason: circumstances.reason,
        via: circumstances.via,
      },
    });
    return { state: 'proposed', proposal: id };
  }

  async function proposed(id: string): Promise<{ proposal: Proposal; act: Act }> {
    const proposal = await proposals.get(id);
    const act = proposal && deps.acts().get(proposal.act);
    if (!proposal || !act) throw notFound();
    return { proposal, act };
  }

  return {
    titleOf: name => deps.acts().get(name)?.title ?? name,
    async judge(administrator, act, input) {
      return judgeInput(administrator, act, readInput(act.schema, input));
    },
    async preview(administrator, act, input) {
      const read = readInput(act.schema, input);
      const decision = await judgeInput(administrator, act, read);
      if (!decision.decision) throw refusedBy(decision);
      const { changes } = await act.plan(read, performerOf(administrator, undefined));
      return { changes, needsSecondPerson: needsSecond(decision) };
    },
    async perform(administrator, act, input, circumstances) {
      const read = readInput(act.schema, input);
      return inTurn([administrator, act, read, circumstances], () =>
        performNow(administrator, act, { input, read }, circumstances),
      );
    },
    async proposals(administrator) {
      const waiting = await proposals.list();
      const mine: Proposal[] = [];
      for (const proposal of waiting) {
        const act = deps.acts().get(proposal.act);
        if (!act) continue;
        if (
          proposal.author === actorOf(administrator) ||
          (await mightConfirm(administrator, act, proposal.input))
        )
          mine.push(proposal);
      }
      return mine;
    },
    async confirm(administrator, id, circumstances) {
      const { proposal, act } = await proposed(id);
      const confirmer = actorOf(administrator);
      const input = readInput(act.schema, proposal.input);
      await judged(administrator, act, input, circumstances);
      // SECURITY: two persons, each with the right at this moment; the author's own may have ended meanwhile.
      if (confirmer === proposal.author) throw samePerson();
      return inTurn([administrator, act, input, circumstances], async () => {
        const author = await freshly(proposal.administrator);
        await judged(author, act, input, circumstances);
        if (!(await proposals.take(id))) throw ended();
        return apply(performerOf(proposal.administrator, circumstances.source), act, input, {
          ...circumstances,
          reason: proposal.reason,
          approvedBy: confirmer,
        });
      });
    },
    async decline(administrator, id, circumstances) {
      const { proposal, act } = await proposed(id);
      const actor = actorOf(administrator);
      if (actor !== proposal.author)
        await judged(administrator, act, readInput(act.schema, proposal.input), circumstances);
      await audit.record(actRefused, {
        actor,
        source: circumstances.source,
        outcome: 'refused',
        data: { act: act.name, proposal: id, code: 'declined', via: circumstances.via },
      });
      if (!(await proposals.take(id))) throw ended();
    },
  };
}

function performerOf(administrator: Administrator, source: string | undefined): Performer {
  return { administrator, actor: actorOf(administrator), source };
}

const needsSecond = ({ context }: Decision) => context.obligations?.includes('second_person') === true;

function ended(): AppError {
  return new AppError({
    code: 'admin.proposal_ended',
    status: 409,
    publicMessage: 'Cette proposition vient d’être traitée par ailleurs.',
  });
}

function samePerson(): AppError {
  return new AppError({
    code: 'admin.second_person_needed',
    status: 403,
    publicMessage: 'Cet acte demande une seconde personne : un autre administrateur doit le confirmer.',
  });
}
