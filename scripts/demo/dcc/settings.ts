/** What the parts of the example share: its settings, the ladder of levels it knows, and the paths it registers. */
export interface DccLogger {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
}

/** A fictional patient of the DCC. The name stays here; only `patientKey`, which is opaque, ever leaves. */
export interface DemoPatient {
  /** The DCC's own record number, which is what stands in URLs. */
  readonly number: string;
  /** The opaque key by which Trousseau knows the patient. Never an INS, never a name. */
  readonly patientKey: string;
  /** The network that shares this record, when it is another than the DCC's own. */
  readonly network?: string;
  readonly name: string;
  readonly born: string;
  readonly sex: 'F' | 'M';
  readonly diagnosis: string;
  readonly plan: readonly string[];
  readonly events: readonly { readonly date: string; readonly text: string }[];
}

export interface DccSettings {
  /** The issuer exactly as in its discovery document. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** This application's own public address, without a trailing slash. Never taken from the Host header. */
  readonly url: string;
  /** What a sign-in must reach before any page opens. */
  readonly minimumAcr: string;
  readonly scope: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: DccLogger;
}

/** Registered with the provider: the redirect URI, the URI after logout, and the back-channel logout URI. */
export const PATHS = {
  callback: '/callback',
  signedOut: '/signed-out',
  backchannelLogout: '/backchannel-logout',
} as const;

/** Lowest first. A level is compared by rank; one that is not listed ranks below all of them. */
const LADDER = ['pwd', 'code', 'mfa', 'card'].map(level => `urn:trousseau:acr:${level}`);

/** True when `acr` is a level this application knows, at least as high as `minimum`. */
export function reachesAcr(acr: unknown, minimum: string): boolean {
  const rank = (level: unknown) =>
    LADDER.indexOf(level === 'eidas1' ? 'urn:trousseau:acr:card' : String(level));
  return rank(acr) >= 0 && rank(minimum) >= 0 && rank(acr) >= rank(minimum);
}
