import type Router from '@koa/router';
import type { Clock } from '#kernel/index.ts';

/** Signs claims as a JWT by a published key of the service. */
export type SignClaims = (claims: Readonly<Record<string, unknown>>) => Promise<string>;

const CACHE_SECONDS = 300;

/**
 * SPEC: AuthZEN 1.0 §9: where the decision point answers; an endpoint is named only when it exists. With `sign`, the
 * same is given as `signed_metadata`, for who trusts the keys of the service rather than the network in between.
 */
export function metadataRoutes(
  router: Router,
  { issuer, clock, sign }: { issuer: string; clock: Clock; sign?: SignClaims | undefined },
): void {
  const root = `${issuer.replace(/\/$/u, '')}/access/v1`;
  const metadata = {
    policy_decision_point: issuer,
    access_evaluation_endpoint: `${root}/evaluation`,
    access_evaluations_endpoint: `${root}/evaluations`,
    search_subject_endpoint: `${root}/search/subject`,
    search_resource_endpoint: `${root}/search/resource`,
    search_action_endpoint: `${root}/search/action`,
  };
  let signed: { readonly jwt: Promise<string>; readonly until: number } | undefined;

  /** Signed anew every few minutes, whoever asks: nobody keeps the service busy with signing. */
  async function signedMetadata(signer: SignClaims): Promise<string> {
    const now = clock.now();
    if (signed === undefined || now >= signed.until) {
      const jwt = signer({ iss: issuer, iat: now, ...metadata });
      signed = { jwt, until: now + CACHE_SECONDS };
      // A failure is not kept.
      jwt.catch(() => (signed = undefined));
    }
    return signed.jwt;
  }

  router.get('/.well-known/authzen-configuration', async ctx => {
    const body = sign === undefined ? metadata : { ...metadata, signed_metadata: await signedMetadata(sign) };
    ctx.set('Cache-Control', `public, max-age=${CACHE_SECONDS}`);
    ctx.body = body;
  });
}
