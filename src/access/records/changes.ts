import type { Target } from '../facts/facts.ts';
import type { OppositionEntry, RecordDoc, RecordEvent } from './collections.ts';

/**
 * What each act makes of a record: pure, so that the store may run them again. History is appended to, never changed.
 * `atMs` is when the act takes effect: when it was collected, and never later than now.
 */
export interface Act {
  readonly atMs: number;
  readonly event: Omit<RecordEvent, 'kind'>;
}

export type Change = (record: RecordDoc, act: Act) => RecordDoc;

export function emptyRecord(id: string, network: string, patientKey: string): RecordDoc {
  return { id, network, patientKey, parties: [], careTeam: [], oppositions: [], history: [] };
}

const note = (
  record: RecordDoc,
  kind: RecordEvent['kind'],
  { event }: Act,
  more: Partial<RecordEvent> = {},
) => [...record.history, { kind, ...event, ...more }];

const earliest = (known: number | undefined, atMs: number): number => Math.min(known ?? atMs, atMs);

export const isSameTarget = (a: Target, b: Target): boolean =>
  a.account === b.account && a.organisation === b.organisation;

export const inform =
  (notice: string | undefined): Change =>
  (record, act) => ({
    ...record,
    informedAtMs: earliest(record.informedAtMs, act.atMs),
    history: note(record, 'information', act, notice === undefined ? {} : { notice }),
  });

/** A withdrawal that the patient made after this consent stands: the caller refuses before it comes here. */
export const isOlderThanWithdrawal = ({ withdrawnAtMs }: RecordDoc, atMs: number, nowMs: number): boolean =>
  withdrawnAtMs !== undefined && withdrawnAtMs <= nowMs && atMs < withdrawnAtMs;

/** A new consent clears an earlier withdrawal; what was is in the history. */
export const consent: Change = (record, act) => {
  const { withdrawnAtMs, ...rest } = record;
  const isCleared = withdrawnAtMs !== undefined && withdrawnAtMs <= act.atMs;
  return {
    ...rest,
    consentedAtMs: isCleared ? act.atMs : earliest(record.consentedAtMs, act.atMs),
    ...(withdrawnAtMs !== undefined && !isCleared && { withdrawnAtMs }),
    history: note(record, 'consent', act),
  };
};

export const withdrawConsent: Change = (record, act) => ({
  ...record,
  withdrawnAtMs: earliest(record.withdrawnAtMs, act.atMs),
  history: note(record, 'consent_withdrawal', act),
});

export const nameCreator =
  (account: string): Change =>
  (record, act) =>
    record.creator === undefined
      ? { ...record, creator: account, history: note(record, 'creator', act, { target: { account } }) }
      : record;

interface Span {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** In force from the act on unless it says otherwise. Replaces what was said of the same target before. */
export const authorise =
  (target: Target, span: Span): Change =>
  (record, act) => {
    const window = { fromMs: act.atMs, ...span };
    return {
      ...record,
      parties: [...record.parties.filter(entry => !isSameTarget(entry, target)), { ...target, ...window }],
      history: note(record, 'party', act, { target, ...window }),
    };
  };

export const withdrawParty =
  (target: Target): Change =>
  (record, act) => ({
    ...record,
    parties: record.parties.map(entry =>
      isSameTarget(entry, target)
        ? { ...entry, withdrawnAtMs: earliest(entry.withdrawnAtMs, act.atMs) }
        : entry,
    ),
    history: note(record, 'party_withdrawal', act, { target }),
  });

export const joinCareTeam =
  (target: Target, span: Span): Change =>
  (record, act) => {
    const window = { fromMs: act.atMs, ...span };
    return {
      ...record,
      careTeam: [...record.careTeam.filter(entry => !isSameTarget(entry, target)), { ...target, ...window }],
      history: note(record, 'care_team', act, { target, ...window }),
    };
  };

export const leaveCareTeam =
  (target: Target): Change =>
  (record, act) => ({
    ...record,
    careTeam: record.careTeam.map(entry =>
      isSameTarget(entry, target) ? { ...entry, toMs: earliest(entry.toMs, act.atMs) } : entry,
    ),
    history: note(record, 'care_team_end', act, { target }),
  });

export const oppose =
  (entry: string, target: Target, { emergency, ...span }: Span & { emergency: boolean }): Change =>
  (record, act) => {
    const window = { fromMs: act.atMs, ...span };
    // The same request may be tried again after a lost answer.
    if (record.oppositions.some(({ id }) => id === entry)) return record;
    return {
      ...record,
      oppositions: [...record.oppositions, { id: entry, ...target, emergency, ...window }],
      history: note(record, 'opposition', act, { entry, target, emergency, ...window }),
    };
  };

export const liftOpposition =
  (entry: string): Change =>
  (record, act) => {
    const lifted = record.oppositions.find(({ id }) => id === entry);
    return {
      ...record,
      oppositions: record.oppositions.map(opposition =>
        opposition.id === entry ? { ...opposition, toMs: earliest(opposition.toMs, act.atMs) } : opposition,
      ),
      history: note(record, 'opposition_end', act, { entry, ...(lifted && whomOf(lifted)) }),
    };
  };

/** Whom an opposition is against, and whether in an emergency too. */
const whomOf = ({ account, organisation, emergency }: OppositionEntry): Partial<RecordEvent> => ({
  target: { ...(account !== undefined && { account }), ...(organisation !== undefined && { organisation }) },
  emergency,
});
