import { AppError } from '#kernel/index.ts';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import type { Sentence } from '../method.ts';
import { UpstreamUnreachable } from './outgoing.ts';
import type { Upstream } from './upstream.ts';

/** Why a sign-in by another provider did not succeed. The code is the provider's kind and this name: `psc.cancelled`. */
export type RefusalName =
  /** The person went back, or the provider says that they were refused. */
  | 'cancelled'
  | 'refused'
  /** Came back too late, twice, or in another browser. */
  | 'expired'
  /** An ID token that is not what the provider would have signed for us now. */
  | 'token_invalid'
  | 'token_expired'
  | 'acr_too_low'
  | 'identity_missing'
  | 'several_accounts'
  | 'unknown_person';

const ANOTHER_MEANS = 'Recommencez, ou choisissez un autre moyen de connexion.';
const TELL_SUPPORT = 'Choisissez un autre moyen de connexion et prévenez l’assistance.';

/** What the person reads; `{label}` is what the provider is called. */
const SENTENCES: Readonly<Record<RefusalName | 'unavailable', Required<Sentence>>> = {
  cancelled: { message: 'La connexion par {label} a été abandonnée.', hint: ANOTHER_MEANS },
  refused: { message: 'La connexion par {label} n’a pas abouti.', hint: ANOTHER_MEANS },
  expired: {
    message: 'Cette connexion par {label} n’est plus valable.',
    hint: 'Recommencez-la depuis cette page.',
  },
  token_invalid: { message: 'La réponse de {label} n’a pas pu être vérifiée.', hint: TELL_SUPPORT },
  token_expired: {
    message: 'La réponse de {label} est arrivée trop tard pour être acceptée.',
    hint: 'Recommencez ; si cela se répète, prévenez l’assistance.',
  },
  acr_too_low: {
    message: 'Le niveau d’identification donné par {label} ne suffit pas.',
    hint: 'Recommencez avec votre carte ou l’application de {label}, ou choisissez un autre moyen de connexion.',
  },
  identity_missing: { message: '{label} n’a pas transmis votre identifiant.', hint: TELL_SUPPORT },
  several_accounts: {
    message: 'Plusieurs comptes répondent aux identifiants transmis par {label}.',
    hint: 'Choisissez un autre moyen de connexion ; l’assistance peut réunir ces comptes.',
  },
  unknown_person: {
    message: '{label} vous a reconnu, mais aucun compte ne porte votre identifiant.',
    hint: 'Si vous avez un compte, connectez-vous par un autre moyen et faites ajouter votre identifiant par l’assistance.',
  },
  unavailable: {
    message: '{label} ne répond pas pour le moment.',
    hint: 'Choisissez un autre moyen de connexion, ou réessayez dans quelques minutes.',
  },
};

/** The code of a refusal, which is stable. */
export function codeOf({ codes }: Pick<Upstream, 'codes'>, name: RefusalName): string {
  return `${codes}.${name}`;
}

/** What pages say of each code: what happened, and what to do about it. */
export function sentencesOf({ codes, label }: Upstream): Readonly<Record<string, Sentence>> {
  return Object.fromEntries(
    Object.entries(SENTENCES).map(([name, { message, hint }]) => [
      `${codes}.${name}`,
      { message: message.replaceAll('{label}', label), hint: hint.replaceAll('{label}', label) },
    ]),
  );
}

/** The provider cannot be used now; every other means can. */
export function unavailable(upstream: Upstream, detail: string, cause?: unknown): AppError {
  const code = `${upstream.codes}.unavailable`;
  const { message = '', hint = '' } = sentencesOf(upstream)[code] ?? {};
  return new AppError({ code, status: 503, publicMessage: message, hint, detail, cause });
}

/** OAuth errors that say that the provider, or our registration with it, does not work: nobody can sign in by it now. */
const OUTAGES = new Set([
  'server_error',
  'temporarily_unavailable',
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_request',
]);
/** Answers of the library that hold no protocol at all: a proxy's page, a redirection, a failure. */
const NO_PROTOCOL = new Set([
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
]);

export type Failure =
  { readonly unavailable: AppError } | { readonly refusal: RefusalName; readonly detail: string };

/**
 * What a failed exchange means: an outage, or a refusal. SECURITY: the detail, which is logged, is made of the
 * library's own words and of codes of the specification; no value that was received is in it.
 */
export function failureOf(upstream: Upstream, error: unknown): Failure {
  const cause = error instanceof Error ? error.cause : undefined;
  const unreachable = [error, cause].find(each => each instanceof UpstreamUnreachable);
  if (unreachable) return { unavailable: unavailable(upstream, unreachable.message, error) };
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const detail = `error ${/^[\w-]{1,64}$/u.exec(error.error)?.[0] ?? 'unknown'}`;
    const isOutage = OUTAGES.has(error.error) || (error instanceof ResponseBodyError && error.status >= 500);
    if (isOutage) return { unavailable: unavailable(upstream, detail) };
    return { refusal: error.error === 'access_denied' ? 'cancelled' : 'refused', detail };
  }
  const code = error instanceof ClientError ? (error.code ?? '') : '';
  const detail = `${code} ${error instanceof Error ? error.message : ''}`.trim();
  if (NO_PROTOCOL.has(code)) return { unavailable: unavailable(upstream, detail) };
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return { refusal: 'token_expired', detail };
  return { refusal: 'token_invalid', detail };
}
