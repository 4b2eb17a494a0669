import { isInForce } from '#directory/index.ts';
import type { Decider } from '../decide.ts';
import type { FactsSource, Target } from '../facts/facts.ts';
import { ownInquiry } from '../inquiry.ts';
import { consentInForce, patientInformed } from '../rules/consent.ts';
import { isWithdrawn } from '../rules/grounds.ts';
import type { ReasonCode } from '../vocabulary.ts';
import type { RecordDoc, RecordEvent } from './collections.ts';
import { isoOf } from './instants.ts';
import { mergeRecords } from './merge.ts';

/** A record as the consent endpoints answer it; instants in ISO 8601. Members that are not known are left out. */
export interface RecordView {
  readonly patient_key: string;
  readonly network: string;
  readonly [member: string]: unknown;
}

const iso = (ms: number | undefined) => (ms === undefined ? undefined : isoOf(ms));

const targetOf = ({ account, organisation }: Target): object =>
  account !== undefined ? { account } : organisation !== undefined ? { organisation } : {};

const spanOf = ({ fromMs, toMs }: { fromMs?: number; toMs?: number }) => ({
  from: iso(fromMs),
  to: iso(toMs),
});

function eventView({
  kind,
  target,
  recordedAtMs,
  collectedAtMs,
  fromMs,
  toMs,
  ...told
}: RecordEvent): object {
  return {
    kind,
    recorded_at: isoOf(recordedAtMs),
    at: iso(collectedAtMs),
    ...told,
    ...(target && { target: targetOf(target) }),
    from: iso(fromMs),
    to: iso(toMs),
  };
}

/** The version of the notice that the patient was given last. */
export function lastNotice(records: readonly RecordDoc[]): string | undefined {
  return records
    .flatMap(({ history }) => history)
    .filter(({ notice }) => notice !== undefined)
    .toSorted((a, b) => (a.collectedAtMs ?? a.recordedAtMs) - (b.collectedAtMs ?? b.recordedAtMs))
    .at(-1)?.notice;
}

/** The acts on a record; one under another key of the patient says under which. */
export interface HistoryView {
  readonly patient_key: string;
  readonly network: string;
  readonly events: readonly object[];
}

export function historyOf(network: string, patientKey: string, records: readonly RecordDoc[]): HistoryView {
  return { patient_key: patientKey, network, events: eventsOf(patientKey, records) };
}

function eventsOf(patientKey: string, records: readonly RecordDoc[]): object[] {
  return records
    .flatMap(record => record.history.map(event => ({ event, key: record.patientKey })))
    .sort((a, b) => a.event.recordedAtMs - b.event.recordedAtMs)
    .map(({ event, key }) => ({ ...(key !== patientKey && { patient_key: key }), ...eventView(event) }));
}

export function viewOf(network: string, patientKey: string, records: readonly RecordDoc[]): RecordView {
  const facts = mergeRecords(records);
  const keys = records.map(record => record.patientKey).filter(key => key !== patientKey);
  return {
    patient_key: patientKey,
    network,
    ...(keys.length > 0 && { linked_keys: keys }),
    creator: facts?.creators[0],
    informed_at: iso(facts?.informedAtMs),
    notice: lastNotice(records),
    consented_at: iso(facts?.consentedAtMs),
    withdrawn_at: iso(facts?.withdrawnAtMs),
    parties: (facts?.parties ?? []).map(entry => ({
      ...targetOf(entry),
      ...spanOf(entry),
      withdrawn_at: iso(entry.withdrawnAtMs),
    })),
    care_team: (facts?.careTeam ?? []).map(entry => ({ ...targetOf(entry), ...spanOf(entry) })),
    oppositions: records.flatMap(({ oppositions }) =>
      oppositions.map(entry => ({
        id: entry.id,
        ...targetOf(entry),
        emergency: entry.emergency,
        ...spanOf(entry),
      })),
    ),
    history: eventsOf(patientKey, records),
  };
}

/** Somebody to whom the record is still open for reading, and why. An organisation stands for those whose profile there allows it. */
export interface StillOpen {
  readonly kind: 'account' | 'organisation';
  readonly id: string;
  readonly reason_code: ReasonCode;
}

/**
 * Who may still read the record in the ordinary way, for the person who has just closed something. Break-glass and
 * centre 15 are not told: no act but an emergency opposition closes them.
 */
export async function stillOpenTo(
  { network, patientKey }: { network: string; patientKey: string },
  { facts, decider, nowMs }: { facts: FactsSource; decider: Decider; nowMs: number },
): Promise<readonly StillOpen[]> {
  const [{ record, rcpSessions }, known] = await Promise.all([
    facts.patient(network, patientKey),
    facts.network(network),
  ]);
  if (!record || !known) return [];
  const question = { record, network: known, atMs: nowMs };
  // Rules 12 and 13 close the record to everybody.
  if (patientInformed.judge(question) ?? consentInForce.judge(question)) return [];
  const parties = record.parties.filter(entry => isInForce(entry, nowMs) && !isWithdrawn(entry, nowMs));
  const team =
    known.regime === 'information_opposition' ? record.careTeam.filter(entry => isInForce(entry, nowMs)) : [];
  const meetings = rcpSessions.filter(session => isInForce(session, nowMs));
  const accounts = new Set([
    ...record.creators,
    ...[...parties, ...team].flatMap(({ account }) => account ?? []),
    ...meetings.flatMap(({ participants }) => participants.map(({ account }) => account)),
  ]);
  const people = await Promise.all(
    [...accounts].map(async (id): Promise<readonly StillOpen[]> => {
      const { decision, context } = await decider.previewInquiry(
        ownInquiry({
          nowMs,
          account: id,
          action: 'read',
          network,
          resource: { type: 'patient_record', id: patientKey },
        }),
      );
      return decision ? [{ kind: 'account', id, reason_code: context.reason_code }] : [];
    }),
  );
  const isOpposed = (organisation: string) =>
    record.oppositions.some(
      entry =>
        isInForce(entry, nowMs) &&
        (entry.organisation === organisation ||
          (entry.organisation === undefined && entry.account === undefined)),
    );
  const organisations = (entries: readonly Target[], reason: ReasonCode) =>
    [...new Set(entries.flatMap(({ organisation }) => organisation ?? []))]
      .filter(id => !isOpposed(id))
      .map((id): StillOpen => ({ kind: 'organisation', id, reason_code: reason }));
  return [
    ...people.flat(),
    ...organisations(parties, 'permitted_party_organisation'),
    ...organisations(team, 'permitted_care_team'),
  ];
}
