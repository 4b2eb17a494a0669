import { z } from 'zod';
import { hashToken } from '#kernel/index.ts';
import {
  CLIENT_AUTH_METHODS,
  clientAuthMethodOf,
  GRANT_TYPES,
  hasSafeScheme,
  isAbsoluteAddress,
  isClientId,
  isInClear,
  isOwnClientId,
  isScope,
  isWebAddress,
  problemsOfApplication,
  type ApplicationProblem,
} from '../application-rules.ts';
import type { Directory } from '../directory.ts';
import type { Application } from '../types.ts';
import { acrField, idField, lineField } from './fields.ts';
import { everything, findUnknown, planDocument, warnOfUnknownWords } from './planning.ts';
import type { RegionContext, RegionSection } from './section.ts';

/** A secret is stored as a plain SHA-256, which is safe only for what nobody can guess. */
const SHORTEST_SECRET = 32;
const SHORTEST_DEMO_SECRET = 8;

const httpUrl = z.string().refine(isWebAddress, 'expected an absolute http(s) address');

const redirectUri = z
  .string()
  .refine(isAbsoluteAddress, 'expected an absolute address without a fragment')
  .refine(hasSafeScheme, 'expected another scheme');

const publicJwk = z
  .looseObject({ kty: z.string() })
  .refine(key => !('d' in key) && !('k' in key), 'expected public keys only');

const EXPECTED: Readonly<Record<ApplicationProblem, string>> = {
  redirect_uri_missing: 'expected at least one for the grant `authorization_code`',
  means_missing: 'expected a means of authentication for `client_credentials`',
  pkce_needed: 'expected `true` for a public client',
  one_key_source: 'expected `jwks` or `jwks_uri`, one of the two, for `private_key_jwt`',
  subject_dn_missing: 'expected with `tls_client_auth`',
};

const applicationRow = z
  .strictObject({
    client_id: z.string().refine(isClientId, 'expected 1 to 128 of A-Z, a-z, 0-9 and `._:-`'),
    name: lineField(200),
    client_secret: lineField(500).optional(),
    redirect_uris: z.array(redirectUri).max(50).default([]),
    post_logout_redirect_uris: z.array(redirectUri).max(50).default([]),
    backchannel_logout_uri: httpUrl.optional(),
    minimum_acr: acrField.optional(),
    network: idField.optional(),
    branch: idField.optional(),
    grant_types: z.array(z.enum(GRANT_TYPES)).min(1).default(['authorization_code', 'refresh_token']),
    scopes: z.array(z.string().refine(isScope, 'expected a scope of RFC 6749 §3.3')).default(['openid']),
    asserts_acr: z.boolean().default(false),
    can_simulate: z.boolean().default(false),
    token_endpoint_auth_method: z.enum(CLIENT_AUTH_METHODS).optional(),
    jwks_uri: httpUrl.optional(),
    jwks: z.strictObject({ keys: z.array(publicJwk).min(1).max(20) }).optional(),
    tls_client_auth_subject_dn: lineField(500).optional(),
    require_pkce: z.boolean().default(true),
    /** Which base the application is for: a training base refuses those of production, and the other way round. */
    environment: z.enum(['production', 'formation']).default('production'),
    kiosk: z
      .strictObject({
        url: httpUrl,
        description: lineField(300).optional(),
        logo: lineField(500).optional(),
      })
      .optional(),
  })
  .superRefine((row, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const method =
      row.token_endpoint_auth_method ?? (row.client_secret === undefined ? 'none' : 'client_secret_basic');
    const found = problemsOfApplication({
      grantTypes: row.grant_types,
      redirectUris: row.redirect_uris,
      requirePkce: row.require_pkce,
      tokenEndpointAuthMethod: method,
      ...(row.jwks !== undefined && { jwks: row.jwks }),
      ...(row.jwks_uri !== undefined && { jwksUri: row.jwks_uri }),
      ...(row.tls_client_auth_subject_dn !== undefined && {
        tlsClientAuthSubjectDn: row.tls_client_auth_subject_dn,
      }),
    });
    for (const { field, problem } of found) refuse(field, EXPECTED[problem]);
  });

export type ApplicationRow = z.output<typeof applicationRow>;

/** `knownScopes`: those that some module gives a meaning to. */
export function applicationsSection(
  { applications }: Directory,
  knownScopes: readonly string[],
): RegionSection<ApplicationRow> {
  return {
    key: 'applications',
    after: ['networks', 'organisations'],
    schema: applicationRow,
    idField: 'client_id',
    idOf: row => row.client_id,
    fingerprintOf: ({ client_secret: secret, ...row }) => ({
      ...row,
      ...(secret !== undefined && { hash: hashToken(secret) }),
    }),
    has: async id => (await applications.get(id)) !== null,
    async plan(row, context) {
      const reason =
        (await findUnknown(context, [
          ['networks', 'network', row.network],
          ['organisations', 'organisation', row.branch],
        ])) ??
        (isOwnClientId(row.client_id) ? 'the name of our own pages' : undefined) ??
        refuseOtherBase(row, context) ??
        refuseOutsideDemo(row, context.isDemo);
      if (reason !== undefined) return { outcome: 'refuse', reason };
      const before = await applications.get(row.client_id);
      const wanted = applicationOf(row, before);
      return planDocument(wanted, before && ofTheFile(before), keepingOwn(applications), [
        ...warningsOf(row, knownScopes),
        ...warnOfNoSecret(wanted),
      ]);
    },
    async *rows() {
      for await (const application of everything(query => applications.list('name', query))) {
        yield rowOf(application);
      }
    },
  };
}

/** The application as the file can say it: the overlap of two secrets is the service's own. */
function ofTheFile({
  previousSecretHash: _hash,
  previousSecretUntilMs: _until,
  secretChangedAtMs: _changed,
  ...application
}: Application): Application {
  return application;
}

/** Writes what the file says. SECURITY: a secret that the file replaces takes the one before it along at once. */
function keepingOwn({ insert, update }: Directory['applications']) {
  const withOwnFields = (wanted: Application, now: Application): Application => {
    const { previousSecretHash, previousSecretUntilMs, secretChangedAtMs } = now;
    if (wanted.clientSecretHash === undefined || wanted.clientSecretHash !== now.clientSecretHash)
      return wanted;
    return {
      ...wanted,
      ...(previousSecretHash !== undefined && { previousSecretHash }),
      ...(previousSecretUntilMs !== undefined && { previousSecretUntilMs }),
      ...(secretChangedAtMs !== undefined && { secretChangedAtMs }),
    };
  };
  return {
    insert,
    update: (id: string, change: (application: Application) => Application) =>
      update(id, now => withOwnFields(change(now), now)),
  };
}

/** SECURITY: a person in training must never act on real records, nor a real application trust a training sign-in. */
function refuseOtherBase(row: ApplicationRow, { isDemo, isTraining }: RegionContext): string | undefined {
  const isForTraining = row.environment === 'formation';
  if (isDemo || isForTraining === isTraining) return undefined;
  return isTraining
    ? 'an application of production in a training base; expected `environment`: `formation`'
    : 'an application of a training base in production';
}

/** SECURITY: what only a demonstration may do. */
function refuseOutsideDemo(row: ApplicationRow, isDemo: boolean): string | undefined {
  const shortest = isDemo ? SHORTEST_DEMO_SECRET : SHORTEST_SECRET;
  if (row.client_secret !== undefined && row.client_secret.length < shortest) {
    return `the client secret has fewer than ${shortest} characters`;
  }
  if (isDemo) return undefined;
  if (row.client_secret?.startsWith('demo-')) return 'the client secret is that of a demonstration';
  const clear = row.redirect_uris.find(isInClear);
  return clear === undefined ? undefined : `redirect address in clear \`${clear}\``;
}

function warningsOf(row: ApplicationRow, knownScopes: readonly string[]): readonly string[] {
  return [
    ...warnOfUnknownWords(
      row.scopes.map(scope => ['scopes', scope]),
      knownScopes,
    ),
    ...(row.require_pkce ? [] : ['require_pkce: off, for an old relying party only']),
    ...(row.asserts_acr ? ['asserts_acr: this client states the level of its own sessions'] : []),
  ];
}

/** What an export leaves out is no reason to let anybody in. */
function warnOfNoSecret(application: Application): readonly string[] {
  const isBySecret = clientAuthMethodOf(application).startsWith('client_secret_');
  return isBySecret && application.clientSecretHash === undefined
    ? ['client_secret: none; the application cannot prove itself until it is given one']
    : [];
}

function provesItselfBySecret({ token_endpoint_auth_method: method }: ApplicationRow): boolean {
  return method === undefined || method.startsWith('client_secret_');
}

/** Without a secret in the file, the one in force stays, unless the application proves itself by another means now. */
function applicationOf(row: ApplicationRow, before: Application | null): Application {
  const secretHash =
    row.client_secret === undefined ? before?.clientSecretHash : hashToken(row.client_secret);
  const clientSecretHash = provesItselfBySecret(row) ? secretHash : undefined;
  const { kiosk } = row;
  // An export says by name what goes without saying here.
  const goesWithoutSaying =
    before?.tokenEndpointAuthMethod === undefined &&
    row.token_endpoint_auth_method ===
      clientAuthMethodOf({ ...(clientSecretHash !== undefined && { clientSecretHash }) });
  return {
    id: row.client_id,
    name: row.name,
    ...(clientSecretHash !== undefined && { clientSecretHash }),
    redirectUris: row.redirect_uris,
    postLogoutRedirectUris: row.post_logout_redirect_uris,
    ...(row.backchannel_logout_uri !== undefined && { backchannelLogoutUri: row.backchannel_logout_uri }),
    ...(row.minimum_acr !== undefined && { minimumAcr: row.minimum_acr }),
    ...(row.network !== undefined && { network: row.network }),
    ...(row.branch !== undefined && { branch: row.branch }),
    grantTypes: row.grant_types,
    scopes: row.scopes,
    assertsAcr: row.asserts_acr,
    canSimulate: row.can_simulate,
    ...(row.token_endpoint_auth_method !== undefined &&
      !goesWithoutSaying && { tokenEndpointAuthMethod: row.token_endpoint_auth_method }),
    ...(row.jwks_uri !== undefined && { jwksUri: row.jwks_uri }),
    ...(row.jwks !== undefined && { jwks: row.jwks }),
    ...(row.tls_client_auth_subject_dn !== undefined && {
      tlsClientAuthSubjectDn: row.tls_client_auth_subject_dn,
    }),
    requirePkce: row.require_pkce,
    ...(row.environment === 'formation' && { environment: row.environment }),
    ...(kiosk && {
      kiosk: {
        url: kiosk.url,
        ...(kiosk.description !== undefined && { description: kiosk.description }),
        ...(kiosk.logo !== undefined && { logo: kiosk.logo }),
      },
    }),
  };
}

function rowOf(application: Application): object {
  return {
    client_id: application.id,
    name: application.name,
    redirect_uris: application.redirectUris,
    post_logout_redirect_uris: application.postLogoutRedirectUris,
    backchannel_logout_uri: application.backchannelLogoutUri,
    minimum_acr: application.minimumAcr,
    network: application.network,
    branch: application.branch,
    grant_types: application.grantTypes,
    scopes: application.scopes,
    asserts_acr: application.assertsAcr,
    can_simulate: application.canSimulate,
    token_endpoint_auth_method: clientAuthMethodOf(application),
    jwks_uri: application.jwksUri,
    jwks: application.jwks,
    tls_client_auth_subject_dn: application.tlsClientAuthSubjectDn,
    require_pkce: application.requirePkce,
    environment: application.environment,
    kiosk: application.kiosk,
  };
}
