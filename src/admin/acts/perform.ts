import type { Administration, Administrator, Decision } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import { AppError, isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { createTurns } from '../turns.ts';
import { actorOf, type Act, type Changes, type Performer } from './act.ts';
import { authorAsNow, credentialsOf } from './author.ts';
import { actFailed, actProposed, actRefused, actSeconded } from './events.ts';
import { asConfirmed } from './fresh.ts';
import { notFound, readInput, refusedBy } from './refusals.ts';
import { personsBehind, type Proposal, type Proposals } from './proposals.ts';
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
  /**
   * Confirms what somebody else proposed, and does it: once two persons stand behind it, so that what an application
   * proposed is `proposed` still after the first. Throws as `perform`, `admin.second_person_needed` (403: by its author,
   * twice by one, or by an application), `admin.proposal_void` and `admin.proposal_ended` (409).
   */
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
    const application =
      administrator.kind === 'application' ? await directory.applications.get(administrator.clientId) : null;
    const { id, author } = await proposals.add({
      act: act.name,
      input,
      administrator,
      via: circumstances.via,
      credentials: application ? credentialsOf(application) : undefined,
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

  /** Notes the first of two persons. Resolves to the proposal as it stands: somebody else may have been quicker. */
  async function second<I, R>(
    { proposal, act, input }: { readonly proposal: Proposal; readonly act: Act<I, R>; readonly input: I },
    person: Extract<Administrator, { kind: 'person' }>,
    { source, via }: Circumstances,
  ): Promise<Proposal> {
    const plan = await act.plan(input, performerOf(proposal.administrator, source));
    // ORDER: the trail first, as for every act.
    await audit.record(actSeconded, {
      actor: person.sub,
      account: plan.account,
      source,
      acr: person.session.acr,
      outcome: 'success',
      data: {
        act: act.name,
        target: plan.target,
        changes: wordsOf(plan.changes),
        proposal: proposal.id,
        reason: proposal.reason,
        via,
      },
    });
    const noted = await proposals.second(proposal.id, person);
    if (!noted) throw ended();
    return noted;
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
      const input = readInput(act.schema, proposal.input);
      await judged(administrator, act, input, circumstances);
      if (administrator.kind !== 'person' || isBehind(proposal, administrator)) throw samePerson();
      const standing =
        personsBehind(proposal).length > 0
          ? proposal
          : await second({ proposal, act, input }, administrator, circumstances);
      // The first of two: of what an application proposed, nothing is done yet.
      if (isBehind(standing, administrator)) return { state: 'proposed', proposal: id };
      return inTurn([administrator, act, input, circumstances], async () => {
        // SECURITY: two persons, each with the right at this moment, and the application's own that may have proposed it.
        const author = await authorAsNow(standing, deps);
        const others = personsBehind(standing).map(person => asConfirmed(person, deps.clock));
        for (const other of [author, ...others]) await judged(other, act, input, circumstances);
        if (!(await proposals.take(id))) throw ended();
        const seconded = standing.seconded && [standing.seconded.sub];
        return apply(performerOf(standing.administrator, circumstances.source), act, input, {
          ...circumstances,
          reason: standing.reason,
          approvedBy: [...(seconded ?? []), administrator.sub].join(' '),
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

const isBehind = (proposal: Proposal, { sub }: { readonly sub: string }) =>
  personsBehind(proposal).some(person => person.sub === sub);

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
