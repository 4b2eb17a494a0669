import { importJWK, SignJWT, type JWK } from 'jose';

/** Statements of the provider to others than the relying parties of a sign-in, verified with the published keys. */
export interface Statements {
  /** A compact JWS of these claims as they are, by the key that signs tokens at this moment. `typ`: of its header. */
  sign(claims: object, typ: string): Promise<string>;
  /** Where the keys are published. */
  readonly jwksUri: string;
}

/** `signingKey`: the private JWK, with its `kid` and `alg`. */
export function createStatements(issuer: string, signingKey: () => object | undefined): Statements {
  return {
    jwksUri: `${issuer.replace(/\/$/u, '')}/oidc/jwks`,
    async sign(claims, typ) {
      const jwk = (signingKey() ?? {}) as JWK;
      const { alg = 'RS256', kid = '' } = jwk;
      const key = await importJWK(jwk, alg);
      return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, typ }).sign(key);
    },
  };
}
