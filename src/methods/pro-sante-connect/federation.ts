import { ACR, ACR_LADDER, acrRank } from '#kernel/index.ts';
import { z } from 'zod';
import type { Upstream, UpstreamAuthentication } from './upstream.ts';

const address = z.url({ protocol: /^https?$/u });
const words = z.array(z.string().min(1).max(300)).max(20);
const MAX_SECONDS = 5;

const provider = z
  .strictObject({
    /** The means is called `federation-<id>`, and so is the end of its redirect URI. */
    id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/u),
    label: z.string().min(1).max(60),
    issuer: address,
    discovery: address.optional(),
    client_id: z.string().min(1).max(300),
    client_auth: z
      .enum(['client_secret_basic', 'client_secret_post', 'tls_client_auth'])
      .default('client_secret_basic'),
    client_secret: z.string().min(1).max(1000).optional(),
    certificate: z.string().optional(),
    key: z.string().optional(),
    scope: z.string().default('openid profile'),
    required_acr: words.default([]),
    required_amr: words.default([]),
    national_id_claim: z.string().min(1).optional(),
    login_claim: z.string().min(1).optional(),
    organisation: z.string().min(1).optional(),
    acr: z.enum(ACR_LADDER),
    timeout_seconds: z.number().min(1).max(MAX_SECONDS).default(MAX_SECONDS),
  })
  .refine(each => authenticationOf(each) !== undefined, 'no secret, or no certificate with its key')
  .refine(
    ({ national_id_claim, login_claim, organisation }) =>
      login_claim === undefined
        ? national_id_claim !== undefined
        : national_id_claim === undefined && organisation !== undefined,
    'either national_id_claim, or login_claim with organisation',
  )
  // SECURITY: without a condition of its own, a password of the establishment would earn a level of two factors.
  .refine(
    ({ acr, required_acr, required_amr }) =>
      acrRank(acr) < acrRank(ACR.mfa) || required_acr.length + required_amr.length > 0,
    'a level of several factors needs required_acr or required_amr',
  );

type ProviderEntry = z.output<typeof provider>;

const federation = z
  .strictObject({ providers: z.array(provider).min(1).max(20) })
  .refine(
    ({ providers }) => new Set(providers.map(({ id }) => id)).size === providers.length,
    'two providers of one id',
  );

/** The OpenID providers of establishments, from the JSON text of the setting; `undefined` when it is not what is documented. */
export function readFederation(text: string): readonly Upstream[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = federation.safeParse(json);
  return parsed.success ? parsed.data.providers.map(toUpstream) : undefined;
}

function toUpstream(entry: ProviderEntry): Upstream {
  const { issuer, login_claim, national_id_claim = '', organisation = '' } = entry;
  const authentication = authenticationOf(entry);
  if (!authentication) throw new TypeError('a provider without authentication was accepted');
  return {
    id: `federation-${entry.id}`,
    codes: 'federation',
    label: entry.label,
    issuer,
    // SPEC: OpenID Connect Discovery §4: the usual place.
    discoveryUrl: entry.discovery ?? `${issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`,
    clientId: entry.client_id,
    authentication,
    scope: entry.scope,
    requiredAcrs: entry.required_acr,
    requiredAmrs: entry.required_amr,
    binding:
      login_claim === undefined
        ? { kind: 'national_id', claim: national_id_claim }
        : { kind: 'login', claim: login_claim, organisation },
    acr: entry.acr,
    timeoutSeconds: entry.timeout_seconds,
  };
}

function authenticationOf(entry: {
  readonly client_auth: UpstreamAuthentication['kind'];
  readonly client_secret?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}): UpstreamAuthentication | undefined {
  const { client_auth: kind, client_secret: secret, certificate, key } = entry;
  if (kind === 'tls_client_auth')
    return certificate === undefined || key === undefined ? undefined : { kind, certificate, key };
  return secret === undefined ? undefined : { kind, secret };
}
