import { ACR, acrRank, normaliseAcr, type Acr } from '#kernel/index.ts';
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Application } from '#directory/index.ts';

const { Check, base } = interactionPolicy;

/** What the authorization endpoint asks other modules before it answers a relying party. */
export interface AuthorizationPorts {
  readonly application: (clientId: string) => Promise<Application | null>;
  /**
   * True when a person who is signed in has a step to do before any application opens: a règlement that has taken
   * force. A password that runs out is asked for where it is shown, at the next sign-in (ADR 0005).
   */
  readonly hasDuties: (accountId: string) => Promise<boolean>;
  /** The decision `application.open`: the reason code of a refusal, or `null`. */
  readonly refusesApplication: (accountId: string, clientId: string) => Promise<string | null>;
  readonly onApplicationRefused: (accountId: string, clientId: string, reason: string) => Promise<void>;
}

/**
 * The level that this request needs: the application's minimum and the lowest that `acr_values` (or the `acr`
 * claim) names, whichever is higher. `undefined` when only unknown levels are named: nothing satisfies them.
 */
export function requiredAcr(
  application: Application | null,
  params: { acr_values?: unknown; claims?: unknown },
): Acr | undefined {
  const minimum = normaliseAcr(application?.minimumAcr) ?? ACR.pwd;
  const asked = askedLevels(params);
  if (asked.length === 0) return minimum;
  const known = asked.map(normaliseAcr).filter(acr => acr !== undefined);
  const [lowest] = known.toSorted((a, b) => acrRank(a) - acrRank(b));
  if (lowest === undefined) return undefined;
  return acrRank(lowest) > acrRank(minimum) ? lowest : minimum;
}

function askedLevels(params: { acr_values?: unknown; claims?: unknown }): readonly string[] {
  const claim = acrClaim(params.claims);
  if (claim.length > 0) return claim;
  return typeof params.acr_values === 'string'
    ? params.acr_values.split(' ').filter(word => word !== '')
    : [];
}

/** SPEC: OpenID Connect Core §5.5.1.1: an essential `acr` with `value` or `values`. */
function acrClaim(claims: unknown): readonly string[] {
  if (typeof claims !== 'string') return [];
  try {
    const parsed = JSON.parse(claims) as {
      id_token?: { acr?: { essential?: boolean; value?: string; values?: string[] } | null };
    };
    const acr = parsed.id_token?.acr;
    if (!acr?.essential) return [];
    return acr.value === undefined ? (acr.values ?? []) : [acr.value];
  } catch {
    return [];
  }
}

/** When a person must be asked something, in order. The consent page has no place here: the règlement is the legal ground. */
export function createInteractionPolicy(ports: AuthorizationPorts): interactionPolicy.DefaultPolicy {
  const policy = base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new TypeError('oidc-provider has other prompts than expected');

  consent.checks.clear();
  login.checks.remove('essential_acrs');
  login.checks.remove('essential_acr');
  login.checks.add(new Check('account_inactive', 'the account is not active', accountInactive));
  login.checks.add(new Check('acr_too_low', 'a stronger sign-in is required', ctx => acrTooLow(ctx, ports)));
  login.checks.add(
    new Check('duties', 'the person has a step to complete', ctx => dutiesPending(ctx, ports)),
  );
  login.checks.add(
    new Check('application', 'the application is not open to this person', ctx =>
      applicationRefused(ctx, ports),
    ),
  );
  return policy;
}

function accountInactive(ctx: KoaContextWithOIDC): boolean {
  const { session, account, result } = ctx.oidc;
  if (session?.accountId === undefined || account) return Check.NO_NEED_TO_PROMPT;
  if (result?.login) throw new errors.AccessDenied('the account is not active');
  return Check.REQUEST_PROMPT;
}

async function acrTooLow(ctx: KoaContextWithOIDC, ports: AuthorizationPorts): Promise<boolean> {
  const { session, result, params, client } = ctx.oidc;
  if (session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT;
  const required = requiredAcr(await ports.application(client?.clientId ?? ''), params ?? {});
  if (required !== undefined && acrRank(session.acr) >= acrRank(required)) return Check.NO_NEED_TO_PROMPT;
  // SECURITY: whoever comes back from sign-in below the level gets an error, never another round (trap 3).
  if (result?.login) throw unmet();
  return Check.REQUEST_PROMPT;
}

async function dutiesPending(ctx: KoaContextWithOIDC, ports: AuthorizationPorts): Promise<boolean> {
  const accountId = ctx.oidc.session?.accountId;
  if (accountId === undefined || !ctx.oidc.account || !(await ports.hasDuties(accountId)))
    return Check.NO_NEED_TO_PROMPT;
  if (ctx.oidc.result?.login) throw new errors.AccessDenied('the person has a step to complete');
  return Check.REQUEST_PROMPT;
}

async function applicationRefused(ctx: KoaContextWithOIDC, ports: AuthorizationPorts): Promise<boolean> {
  const { session, account, client } = ctx.oidc;
  if (session?.accountId === undefined || !account || !client) return Check.NO_NEED_TO_PROMPT;
  const reason = await ports.refusesApplication(session.accountId, client.clientId);
  if (reason === null) return Check.NO_NEED_TO_PROMPT;
  await ports.onApplicationRefused(session.accountId, client.clientId, reason);
  throw new errors.AccessDenied('the application is not open to this person', reason);
}

function unmet(): Error {
  return new errors.UnmetAuthenticationRequirements('the requested level of authentication was not reached');
}
