import type { CareTeamFacts, OppositionFacts, PartyFacts, RcpSessionFacts, Target } from '../facts/facts.ts';
import type { CollectionSpec, Doc } from '#store/index.ts';

/** One act of the patient or about the patient, as it was told to us. */
export interface RecordEvent {
  readonly kind:
    | 'import'
    | 'information'
    | 'consent'
    | 'consent_withdrawal'
    | 'creator'
    | 'party'
    | 'party_withdrawal'
    | 'care_team'
    | 'care_team_end'
    | 'opposition'
    | 'opposition_end';
  /** When it was recorded here, epoch milliseconds. */
  readonly recordedAtMs: number;
  /** When it took place, as told. */
  readonly collectedAtMs?: number;
  /** The account that collected it. */
  readonly by?: string;
  readonly method?: string;
  /** Where the proof is kept. */
  readonly document?: string;
  /** Before whom it was said. */
  readonly witness?: string;
  readonly client?: string;
  readonly target?: Target;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly emergency?: boolean;
  readonly entry?: string;
  /** The version of the notice given. */
  readonly notice?: string;
  /** What the row of a file said. */
  readonly stated?: StatedRow;
}

/** A row of `records` as the file has it (contract §3), without patient, network and notice, which stand beside it. */
export interface StatedRow {
  readonly creator?: string;
  readonly informed_at?: string;
  readonly consented_at?: string;
  readonly withdrawn_at?: string;
  readonly parties?: readonly StatedEntry[];
  readonly care_team?: readonly StatedEntry[];
  readonly oppositions?: readonly StatedEntry[];
}

/** Neither account nor organisation: everybody. Instants in ISO 8601. */
export interface StatedEntry {
  readonly account?: string;
  readonly organisation?: string;
  readonly from?: string;
  readonly to?: string;
  readonly withdrawn_at?: string;
  readonly emergency?: boolean;
}

export interface OppositionEntry extends OppositionFacts {
  readonly id: string;
}

/** What is known of one patient in one network: one aggregate. */
export interface RecordDoc extends Doc {
  readonly network: string;
  readonly patientKey: string;
  readonly creator?: string;
  readonly informedAtMs?: number;
  readonly consentedAtMs?: number;
  readonly withdrawnAtMs?: number;
  readonly parties: readonly PartyFacts[];
  readonly careTeam: readonly CareTeamFacts[];
  readonly oppositions: readonly OppositionEntry[];
  /** INVARIANT: appended, never changed: the state above can always be told from it. */
  readonly history: readonly RecordEvent[];
}

export const recordId = (network: string, patientKey: string): string => `${network}/${patientKey}`;

/** One key per person or organisation that the record names, in force or not: what a search begins with. */
export const namedKey = (network: string, { account, organisation }: Target): string =>
  account !== undefined ? `${network}/account:${account}` : `${network}/organisation:${organisation ?? ''}`;

/** The keys under which a record is found by whom it names. Oppositions open nothing. */
export const namedKeysOf = ({
  network,
  creator,
  parties,
  careTeam,
}: Pick<RecordDoc, 'network' | 'creator' | 'parties' | 'careTeam'>): string[] => [
  ...new Set(
    [...(creator === undefined ? [] : [{ account: creator }]), ...parties, ...careTeam].map(target =>
      namedKey(network, target),
    ),
  ),
];

export const recordsSpec: CollectionSpec<RecordDoc> = {
  name: 'access_records',
  version: 2,
  indexes: {
    patient: { key: doc => doc.patientKey },
    network: { key: doc => doc.network },
    named: { key: namedKeysOf },
  },
  followed: true,
  // Free texts (where a paper is kept, who was the witness) name somebody.
  sealed: ['history'],
};

/** Two keys of one patient, within one network: an application answers for its own only. Never removed. */
export interface KeyLinkDoc extends Doc {
  readonly network: string;
  readonly ends: readonly [string, string];
  readonly client: string;
  readonly by?: string;
  readonly method?: string;
  /** When it took place, as told, epoch milliseconds. */
  readonly collectedAtMs?: number;
  /** Where the proof is kept. */
  readonly document?: string;
  readonly linkedAt: number;
}

export const keyLinksSpec: CollectionSpec<KeyLinkDoc> = {
  name: 'access_key_links',
  version: 1,
  indexes: { end: { key: doc => doc.ends.map(end => `${doc.network}/${end}`) } },
  followed: true,
  sealed: ['document'],
};

export interface RcpSessionDoc extends Doc, RcpSessionFacts {
  readonly id: string;
  readonly network: string;
  readonly patients: readonly string[];
  /** Set: nobody takes part any more, and no patient is on the list; only the history is left. */
  readonly removedAtMs?: number;
  /** INVARIANT: appended, never changed. */
  readonly history: readonly RcpSessionEvent[];
  /** Where the proofs of those acts are kept, apart because such a text may name somebody. */
  readonly proofs?: readonly { readonly recordedAtMs: number; readonly document: string }[];
}

export type RcpSessionEvent = Pick<
  RecordEvent,
  'recordedAtMs' | 'collectedAtMs' | 'by' | 'method' | 'client'
> & { readonly kind: 'import' | 'saved' | 'removed' };

export const rcpSessionsSpec: CollectionSpec<RcpSessionDoc> = {
  name: 'access_rcp_sessions',
  version: 3,
  indexes: {
    newest: { key: doc => `${doc.network}/${newestFirst(doc.fromMs ?? doc.removedAtMs ?? 0)}` },
    patient: { key: doc => doc.patients.map(patient => `${doc.network}/${patient}`) },
    network: { key: doc => doc.network },
    participant: { key: doc => doc.participants.map(({ account }) => namedKey(doc.network, { account })) },
  },
  sealed: ['proofs'],
};

/** A key in the order of time, the newest first (the store lists in ascending order only). */
function newestFirst(ms: number): string {
  return String(LAST_MS - ms).padStart(16, '0');
}

/** The last instant that a `Date` can hold. */
const LAST_MS = 8.64e15;
