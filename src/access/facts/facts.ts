import type { RcpRegistration, Regime, Window } from '#directory/index.ts';

/** Facts that decisions are made of, whatever keeps them: the store, or a decision table. All instants are epoch milliseconds. */

export interface PersonFacts {
  readonly id: string;
  readonly status: 'active' | 'suspended' | 'closed';
  readonly memberships: readonly MembershipFacts[];
  /** Who may act on behalf of this person. */
  readonly delegations: readonly DelegationFacts[];
  /** The applications that the person chose; absent: all. */
  readonly applications?: readonly string[];
  /** The organisation whose administrators look after this person. */
  readonly branch?: string | undefined;
}

/** The organisation is missing for a membership of the network as a whole. */
export interface MembershipFacts extends Window {
  readonly network: string;
  readonly profile: string;
  readonly organisation?: string | undefined;
}

export interface DelegationFacts extends Window {
  readonly delegate: string;
}

export interface NetworkFacts {
  readonly id: string;
  readonly regime: Regime;
  /** By action or purpose. */
  readonly minimumAcr: Readonly<Record<string, string>>;
  /** Who may enter a patient in an RCP besides the profiles that the policy allows. */
  readonly rcpRegistration?: RcpRegistration;
}

/** An organisation and what it is a part of. */
export interface OrganisationFacts {
  readonly id: string;
  readonly parent?: string | undefined;
}

export interface ApplicationFacts {
  readonly id: string;
  readonly network?: string | undefined;
}

/** Whom an entry names: one account, or everybody who holds a fitting profile in one organisation. */
export interface Target {
  readonly account?: string;
  readonly organisation?: string;
}

export interface PartyFacts extends Target, Window {
  readonly withdrawnAtMs?: number;
}

export interface CareTeamFacts extends Target, Window {}

/** Neither account nor organisation: everybody. */
export interface OppositionFacts extends Target, Window {
  /** Also holds for `bris_de_glace` and `centre_15`. */
  readonly emergency: boolean;
}

/** What is known of one patient in one network. */
export interface RecordFacts {
  /** One, or several when records were opened under keys that turned out to be one patient's. */
  readonly creators: readonly string[];
  readonly informedAtMs?: number;
  readonly consentedAtMs?: number;
  readonly withdrawnAtMs?: number;
  readonly parties: readonly PartyFacts[];
  readonly careTeam: readonly CareTeamFacts[];
  readonly oppositions: readonly OppositionFacts[];
}

export interface RcpSessionFacts extends Window {
  readonly id: string;
  readonly participants: readonly { readonly account: string; readonly role: string }[];
  /** Accounts that a 3C lets enter patients in it. */
  readonly registrants?: readonly string[];
}

/** What is known of a patient in one network, whatever key names the patient. */
export interface PatientFacts {
  /** `null`: no record. */
  readonly record: RecordFacts | null;
  /** Sessions that list the patient, in their window or not. */
  readonly rcpSessions: readonly RcpSessionFacts[];
}

/** Where facts come from. Every method may throw `store.unavailable`. */
export interface FactsSource {
  /** Of an account only: a professional who has none yet is `null`. */
  person(id: string): Promise<PersonFacts | null>;
  network(id: string): Promise<NetworkFacts | null>;
  application(id: string): Promise<ApplicationFacts | null>;
  record(network: string, patientKey: string): Promise<RecordFacts | null>;
  /** The record and the sessions, by one reading. */
  patient(network: string, patientKey: string): Promise<PatientFacts>;
  /** That session, when it is one of that network and was not removed. */
  rcpSession(network: string, id: string): Promise<RcpSessionFacts | null>;
  /** A person, with or without a login account: whom administration is about. */
  professional(id: string): Promise<PersonFacts | null>;
  /** All of them: the tree of the region (500 at most by design). */
  organisations(): Promise<readonly OrganisationFacts[]>;
  /** True for who has a login account, and an address or a number at which a code or a new password arrives. */
  canSignIn(id: string): Promise<boolean>;
  /** Who holds that profile, in force or not. */
  holders(profile: string): Promise<readonly PersonFacts[]>;
}
