import type { JsonObject } from '#notify/index.ts';
import { TEST_KIND, type Told, type WebhookKind } from './kinds.ts';

/** SPEC: CAEP 1.0 §3.1, §3.3. */
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
const CREDENTIAL_CHANGE = 'https://schemas.openid.net/secevent/caep/event-type/credential-change';
/** SPEC: SSF 1.0 §8.1.4.1. */
const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';

/** What of our events a receiver of shared signals understands, and what it is told besides when and by whom. */
const SIGNALS: Partial<Record<WebhookKind, readonly [type: string, details: JsonObject]>> = {
  'session.ended': [SESSION_REVOKED, {}],
  // Whoever may no longer sign in has no session any more, here or there.
  'account.suspended': [SESSION_REVOKED, {}],
  'account.closed': [SESSION_REVOKED, {}],
  // One that an administrator had replaced is one that changed: said once.
  'password.changed': [CREDENTIAL_CHANGE, { credential_type: 'password', change_type: 'update' }],
  'means.added': [CREDENTIAL_CHANGE, { change_type: 'create' }],
  'means.removed': [CREDENTIAL_CHANGE, { change_type: 'delete' }],
  // Set aside at once, all of them.
  'means.reset': [CREDENTIAL_CHANGE, { credential_type: 'all', change_type: 'revoke' }],
};

/** SPEC: CAEP 1.0 §3.3.1: a name of its list where it has one, else one that sender and receiver agree on (docs/admin-api.md). */
const CREDENTIAL_TYPES: Readonly<Record<string, string>> = { totp: 'app' };

const credentialOf = (method: string | undefined) =>
  method === undefined ? {} : { credential_type: CREDENTIAL_TYPES[method] ?? method };

export const EVENTS_SUPPORTED = [SESSION_REVOKED, CREDENTIAL_CHANGE] as const;

/** True for a kind that has a form as a shared signal. */
export const isSignal = (kind: WebhookKind): boolean => SIGNALS[kind] !== undefined;

/** To whom, and under which name, an event is told. */
interface Addressed {
  readonly issuer: string;
  readonly audience: string;
  /** Of the subscription. */
  readonly stream: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
}

/**
 * The claims of the Security Event Token (RFC 8417, profiled by SSF 1.0 §4: one event, `sub_id`, neither `sub` nor `exp`);
 * `null` for an event that is no shared signal, or is about nobody. The same event for the same receiver has one `jti`.
 */
export function securityEventOf(
  { id, kind, at, data }: Told,
  { issuer, audience, stream, issuedAt }: Addressed,
): JsonObject | null {
  const base = { iss: issuer, aud: audience, iat: issuedAt, jti: `${stream}.${id}` };
  if (kind === TEST_KIND)
    return { ...base, sub_id: { format: 'opaque', id: stream }, events: { [VERIFICATION]: {} } };
  const signal = SIGNALS[kind];
  const { account, actor } = data;
  if (!signal || account === undefined) return null;
  const [type, details] = signal;
  return {
    ...base,
    sub_id: { format: 'iss_sub', iss: issuer, sub: account },
    events: {
      [type]: {
        ...details,
        ...credentialOf(data['method']),
        event_timestamp: Math.floor(Date.parse(at) / 1_000),
        ...(actor !== undefined && { initiating_entity: initiatorOf(actor, account) }),
      },
    },
  };
}

/** SPEC: CAEP 1.0 §2. */
function initiatorOf(actor: string, account: string): 'user' | 'system' | 'admin' {
  if (actor === account) return 'user';
  return actor === 'system' ? 'system' : 'admin';
}

/** SPEC: SSF 1.0 §7.1: what the transmitter can do. Streams are set up by the regional administrator, not by receivers. */
export function transmitterConfiguration(issuer: string, jwksUri: string): object {
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: jwksUri,
    delivery_methods_supported: ['urn:ietf:rfc:8935'],
    default_subjects: 'ALL',
    events_supported: EVENTS_SUPPORTED,
  };
}
