import type { Doc } from '#store/index.ts';

/** When something holds: epoch milliseconds, `fromMs` inclusive, `toMs` exclusive, both open when absent. */
export interface Window {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** A profile held in a network for a time, within an organisation, or in the network as a whole when there is none. */
export interface Membership extends Window {
  readonly network: string;
  readonly organisation?: string;
  readonly profile: string;
  /** The `sub` of who gave it, or `client:<id>`; absent for what came with the region file. */
  readonly givenBy?: string;
  readonly givenAtMs?: number;
  /** Where the signed form of a habilitation particulière is kept. */
  readonly proof?: string;
}

/** Leave given to another account to act on behalf of this one. */
export interface Delegation extends Window {
  readonly delegate: string;
}

export type ProfessionalStatus = 'active' | 'suspended' | 'closed';

/** A person of the region: one aggregate, with everything that decides what that person may do. `id` is the `sub`. */
export interface Professional extends Doc {
  readonly status: ProfessionalStatus;
  readonly givenName: string;
  readonly familyName: string;
  readonly civility?: string;
  /** A code of TRE_G15; unknown codes are kept. */
  readonly profession?: string;
  /** Codes of TRE_R01. */
  readonly specialties: readonly string[];
  readonly email?: string;
  readonly phone?: string;
  /** A number that the person has given: codes go to it from that instant on (epoch seconds). Void for another number. */
  readonly newPhone?: { readonly number: string; readonly countsAt: number };
  /**
   * A number that its owner has not proven and nobody vouched for, and whether they put that off. Void for another number;
   * read by `hasUnprovenPhone`.
   */
  readonly unprovenPhone?: { readonly number: string; readonly isPostponed?: true };
  /** Canonical, prefix included (`checkPersonId`). INVARIANT: two professionals never share one. */
  readonly nationalIds: readonly string[];
  readonly memberships: readonly Membership[];
  readonly delegations: readonly Delegation[];
  /** When given, the only applications that this person chose to reach. */
  readonly applications?: readonly string[];
  /** The organisation whose administrators look after this person. */
  readonly branch?: string;
  /** Epoch milliseconds of the last write; set by the directory itself. */
  readonly changedAtMs?: number;
  /**
   * How often the status has changed, or all sessions were ended; counted by the directory itself. INVARIANT: a session counts only under the
   * number that it was opened under, so that an account which is open again brings none back.
   */
  readonly sessionsEpoch?: number;
  /** Sessions of before the last change of status may still have to be ended; kept by the directory itself. */
  readonly hasSessionsToEnd?: boolean;
}

export interface Organisation extends Doc {
  readonly name: string;
  readonly finess?: string;
  readonly parent?: string;
  readonly networks: readonly string[];
  /** The hash that names its logo; given in the service, never by the region file. */
  readonly logo?: string;
  /** `sub`s of the people to turn to there; given in the service. */
  readonly referents?: readonly string[];
}

export type Regime = 'consentement' | 'information_opposition';

/**
 * Who may enter a patient in an RCP besides the profiles that always may: every `utilisateur_cancerologie`, or those whom
 * the 3C has listed as registrants of the session.
 */
export const RCP_REGISTRATIONS = ['utilisateurs', 'ouvert_par_3c'] as const;
export type RcpRegistration = (typeof RCP_REGISTRATIONS)[number];

export interface Network extends Doc {
  readonly name: string;
  readonly regime: Regime;
  /** Lowest level per action or purpose, in the ladder's own names. */
  readonly minimumAcr: Readonly<Record<string, string>>;
  /** `sub`s of those who answer for it when somebody asks for an account; absent or empty: whoever treats the request. */
  readonly validators?: readonly string[];
  /** The address that is written to when a record is opened by break-glass. */
  readonly securityContact?: string;
  /** Absent: only the profiles that the policy allows. */
  readonly rcpRegistration?: RcpRegistration;
}

/** A relying party, or a back end that calls our APIs. `id` is the `client_id`. */
export interface Application extends Doc {
  readonly name: string;
  /** `hashToken()` of a secret of high entropy. */
  readonly clientSecretHash?: string;
  /** The secret before that one: accepted as well until then (epoch milliseconds, exclusive). Given in the service. */
  readonly previousSecretHash?: string;
  readonly previousSecretUntilMs?: number;
  /** When the secret in force was made; absent for one that came with the region file. */
  readonly secretChangedAtMs?: number;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly minimumAcr?: string;
  readonly network?: string;
  /** The organisation whose branch its calls to the administration API are bound to. */
  readonly branch?: string;
  readonly grantTypes: readonly string[];
  readonly scopes: readonly string[];
  /** May state the level of its own session in a decision request. */
  readonly assertsAcr: boolean;
  /** May ask what would be decided at another time. */
  readonly canSimulate: boolean;
  readonly tokenEndpointAuthMethod?: string;
  readonly jwksUri?: string;
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly tlsClientAuthSubjectDn?: string;
  readonly requirePkce: boolean;
  /** `formation`: made for a training base; absent: for production. */
  readonly environment?: 'formation';
  /** How it stands in the kiosk; without it, it has no tile. */
  readonly kiosk?: { readonly url: string; readonly description?: string; readonly logo?: string };
}

/** What every page says of the region. */
export interface RegionInfo {
  readonly name: string;
  /** Whom to ask for help, on every sign-in, refusal and error page. */
  readonly support: string;
  readonly securityContact?: string;
  readonly dpo?: string;
  readonly legalNotice?: string;
}
