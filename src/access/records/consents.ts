import type { Audit, EventType } from '#audit/index.ts';
import { randomId, type Clock } from '#kernel/index.ts';
import type { Caller } from '../caller.ts';
import type { Decider } from '../decide.ts';
import * as events from '../events.ts';
import type { FactsSource, Target } from '../facts/facts.ts';
import type { Notices } from '../notices/index.ts';
import * as changes from './changes.ts';
import { recordId, type RecordDoc } from './collections.ts';
import type { Collected, Guards, Place } from './guards.ts';
import { isoOf } from './instants.ts';
import type { Patients } from './patient.ts';
import type { RecordWriter } from './record-writer.ts';
import * as refusals from './refusals.ts';
import { historyOf, stillOpenTo, viewOf, type HistoryView, type RecordView, type StillOpen } from './view.ts';

export interface Span {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** The answer to an act that closes something: what remains, and to whom the record is still open. */
export interface Closing {
  readonly record: RecordView;
  readonly stillOpenTo: readonly StillOpen[];
}

/**
 * The patient's information, consent, parties, care team and oppositions (contract §7). Each act is audited, and in
 * force for the next decision when it resolves. Every method may throw `access.network_refused` (403),
 * `access.target_unknown` (422), `access.act_not_permitted` (403) and what the store and the audit throw.
 */
export interface Consents {
  /** Throws `access.record_unknown` (404). */
  read(caller: Caller, place: Place): Promise<RecordView>;
  /** Every act, oldest first, under each of the patient's keys. Throws as `read`. */
  history(caller: Caller, place: Place): Promise<HistoryView>;
  /** Throws `access.notice_unknown` (422): see `Notices.isGiven`. */
  inform(caller: Caller, place: Place, act: Collected & { notice?: string | undefined }): Promise<RecordView>;
  /** Throws `access.consent_older_than_withdrawal` (409). */
  consent(caller: Caller, place: Place, act: Collected): Promise<RecordView>;
  withdraw(caller: Caller, place: Place, act: Collected): Promise<Closing>;
  /** Once. Throws `access.creator_exists` (409). */
  nameCreator(caller: Caller, place: Place, account: string, act: Collected): Promise<RecordView>;
  authorise(caller: Caller, place: Place, target: Target, span: Span, act: Collected): Promise<RecordView>;
  withdrawParty(caller: Caller, place: Place, target: Target, act: Collected): Promise<Closing>;
  joinCareTeam(caller: Caller, place: Place, target: Target, span: Span, act: Collected): Promise<RecordView>;
  leaveCareTeam(caller: Caller, place: Place, target: Target, act: Collected): Promise<Closing>;
  oppose(
    caller: Caller,
    place: Place,
    target: Target,
    span: Span & { emergency: boolean },
    act: Collected,
  ): Promise<Closing & { readonly id: string }>;
  /** The entry of that id, or every one of that target. */
  liftOpposition(
    caller: Caller,
    place: Place,
    which: { id: string } | Target,
    act: Collected,
  ): Promise<RecordView>;
}

export interface ConsentsDeps {
  readonly clock: Clock;
  readonly audit: Audit;
  readonly patients: Patients;
  readonly facts: FactsSource;
  readonly decider: Decider;
  readonly guards: Guards;
  readonly writer: RecordWriter;
  readonly notices: Pick<Notices, 'isGiven'>;
}

type ActEvent = (typeof events)['consentGiven'];
type ActData =
  ActEvent extends EventType<infer D> ? { readonly [K in D]?: string | boolean | undefined } : never;

export function createConsents(deps: ConsentsDeps): Consents {
  const { clock, audit, patients, facts, decider, guards, writer, notices } = deps;

  function actOf({ clientId }: Caller, { by, method, at, document, witness }: Collected): changes.Act {
    const nowMs = clock.nowMs();
    return {
      // A clock ahead of ours must not delay what the patient asked for.
      atMs: Math.min(at, nowMs),
      event: {
        recordedAtMs: nowMs,
        collectedAtMs: at,
        by,
        method,
        client: clientId,
        ...(document !== undefined && { document }),
        ...(witness !== undefined && { witness }),
      },
    };
  }

  async function trace(
    event: ActEvent,
    { clientId }: Caller,
    place: Place,
    act: Collected,
    data: ActData = {},
  ) {
    await audit.record(event, {
      actor: act.by,
      client: clientId,
      patientKey: place.patientKey,
      outcome: 'success',
      data: { network: place.network, method: act.method, collectedAt: isoOf(act.at), ...data },
    });
  }

  async function view({ network, patientKey }: Place): Promise<RecordView> {
    return viewOf(network, patientKey, await patients.records(network, patientKey));
  }

  async function closing(place: Place): Promise<Closing> {
    const open = await stillOpenTo(place, { facts, decider, nowMs: clock.nowMs() });
    return { record: await view(place), stillOpenTo: open };
  }

  /** The records of that patient, read and told so. */
  async function consulted(caller: Caller, place: Place): Promise<readonly RecordDoc[]> {
    await guards.enter(caller, place);
    const found = await patients.records(place.network, place.patientKey);
    await audit.record(events.recordRead, {
      actor: `client:${caller.clientId}`,
      client: caller.clientId,
      patientKey: place.patientKey,
      outcome: found.length > 0 ? 'success' : 'refused',
      data: { network: place.network },
    });
    if (found.length === 0) throw refusals.recordUnknown();
    return found;
  }

  // ORDER, throughout: what opens is traced first, what closes is done first. A failure in between leaves the
  // record shut, with a trace too many rather than an access too many.

  return {
    async read(caller, place) {
      return viewOf(place.network, place.patientKey, await consulted(caller, place));
    },

    async history(caller, place) {
      return historyOf(place.network, place.patientKey, await consulted(caller, place));
    },

    async inform(caller, place, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'opens');
      const told = actOf(caller, act);
      if (act.notice !== undefined && !(await notices.isGiven(place.network, act.notice, told.atMs)))
        throw refusals.noticeUnknown();
      await trace(events.informationRecorded, caller, place, act, { notice: act.notice });
      await writer.change(place, record => changes.inform(act.notice)(record, told));
      return view(place);
    },

    async consent(caller, place, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'opens');
      const told = actOf(caller, act);
      const isOlder = (record: RecordDoc) =>
        changes.isOlderThanWithdrawal(record, told.atMs, told.event.recordedAtMs);
      if ((await patients.records(place.network, place.patientKey)).some(isOlder))
        throw refusals.consentOlder();
      await trace(events.consentGiven, caller, place, act);
      await writer.change(place, record => {
        // A withdrawal may have come meanwhile.
        if (isOlder(record)) throw refusals.consentOlder();
        return changes.consent(record, told);
      });
      await writer.changeAll(
        place,
        ({ id, withdrawnAtMs }) =>
          id !== recordId(place.network, place.patientKey) && withdrawnAtMs !== undefined,
        record => (isOlder(record) ? record : changes.consent(record, told)),
      );
      return view(place);
    },

    async withdraw(caller, place, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'closes');
      const told = actOf(caller, act);
      if (
        !(await writer.changeAll(
          place,
          () => true,
          record => changes.withdrawConsent(record, told),
        ))
      )
        throw refusals.recordUnknown();
      await trace(events.consentWithdrawn, caller, place, act);
      return closing(place);
    },

    async nameCreator(caller, place, account, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'opens');
      const creators = (await patients.facts(place.network, place.patientKey))?.creators ?? [];
      if (creators.length > 0 && !creators.includes(account)) throw refusals.creatorExists();
      await guards.permitted(caller, place, { action: 'create', account, field: 'account', act });
      await trace(events.creatorNamed, caller, place, act, { target: `account:${account}` });
      const told = actOf(caller, act);
      await writer.change(place, record => {
        // INVARIANT: two applications that name different creators at once: one of them is refused.
        if (record.creator !== undefined && record.creator !== account) throw refusals.creatorExists();
        return changes.nameCreator(account)(record, told);
      });
      return view(place);
    },

    async authorise(caller, place, target, span, act) {
      await guards.enter(caller, place);
      await guards.target(target);
      await guards.permitted(caller, place, { action: 'share', account: act.by, field: 'by', act });
      await trace(events.partyAuthorised, caller, place, act, { target: wordOf(target), ...isoSpan(span) });
      const told = actOf(caller, act);
      await writer.change(place, record => changes.authorise(target, span)(record, told));
      return view(place);
    },

    async withdrawParty(caller, place, target, act) {
      await guards.enter(caller, place);
      await guards.permitted(caller, place, { action: 'share', account: act.by, field: 'by', act });
      const told = actOf(caller, act);
      const fits = ({ parties }: RecordDoc) => parties.some(entry => changes.isSameTarget(entry, target));
      if (!(await writer.changeAll(place, fits, record => changes.withdrawParty(target)(record, told))))
        throw refusals.entryUnknown();
      await trace(events.partyWithdrawn, caller, place, act, { target: wordOf(target) });
      return closing(place);
    },

    async joinCareTeam(caller, place, target, span, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'opens');
      await guards.target(target);
      await trace(events.careTeamJoined, caller, place, act, { target: wordOf(target), ...isoSpan(span) });
      const told = actOf(caller, act);
      await writer.change(place, record => changes.joinCareTeam(target, span)(record, told));
      return view(place);
    },

    async leaveCareTeam(caller, place, target, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'closes');
      const told = actOf(caller, act);
      const fits = ({ careTeam }: RecordDoc) => careTeam.some(entry => changes.isSameTarget(entry, target));
      if (!(await writer.changeAll(place, fits, record => changes.leaveCareTeam(target)(record, told))))
        throw refusals.entryUnknown();
      await trace(events.careTeamLeft, caller, place, act, { target: wordOf(target) });
      return closing(place);
    },

    async oppose(caller, place, target, { emergency, ...span }, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'closes');
      await guards.target(target);
      const told = actOf(caller, act);
      const id = randomId();
      await writer.change(place, record => changes.oppose(id, target, { ...span, emergency })(record, told));
      await trace(events.oppositionMade, caller, place, act, {
        entry: id,
        target: wordOf(target),
        emergency,
        ...isoSpan(span),
      });
      return { id, ...(await closing(place)) };
    },

    async liftOpposition(caller, place, which, act) {
      await guards.enter(caller, place);
      await guards.collector(act, place, 'opens');
      const told = actOf(caller, act);
      const isMeant = (entry: RecordDoc['oppositions'][number]) =>
        'id' in which ? entry.id === which.id : changes.isSameTarget(entry, which);
      const found = (await patients.records(place.network, place.patientKey)).flatMap(({ oppositions }) =>
        oppositions.filter(isMeant).map(({ id }) => id),
      );
      if (found.length === 0) throw refusals.entryUnknown();
      for (const entry of found) {
        await trace(events.oppositionLifted, caller, place, act, { entry });
        const holds = ({ oppositions }: RecordDoc) => oppositions.some(({ id }) => id === entry);
        await writer.changeAll(place, holds, record => changes.liftOpposition(entry)(record, told));
      }
      return view(place);
    },
  };
}

const wordOf = ({ account, organisation }: Target): string =>
  account !== undefined
    ? `account:${account}`
    : organisation !== undefined
      ? `organisation:${organisation}`
      : 'everybody';

const isoSpan = ({ fromMs, toMs }: Span) => ({
  from: fromMs === undefined ? undefined : isoOf(fromMs),
  to: toMs === undefined ? undefined : isoOf(toMs),
});
