import { randomUUID } from 'node:crypto';
import { compactVerify, exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { subOf } from './people.ts';
import type { PscClient, PscRequest, PscSession } from './state.ts';

const ALGORITHM = 'RS256';
const KEY_ID = 'simulated';
const ID_TOKEN_SECONDS = 120;

export type PscTokens = Awaited<ReturnType<typeof createTokens>>;

/** The provider's signed words. The key lives as long as the process. */
export async function createTokens(issuer: string, now: () => number) {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  const seconds = () => Math.floor(now() / 1000);
  const sign = (claims: JWTPayload, typ: string) =>
    new SignJWT({
      iss: issuer,
      iat: seconds(),
      exp: seconds() + ID_TOKEN_SECONDS,
      jti: randomUUID(),
      ...claims,
    })
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ })
      .sign(privateKey);

  return {
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, use: 'sig', alg: ALGORITHM }] },

    idToken: ({ person, sid, authTime }: PscSession, { client, nonce }: PscRequest) =>
      sign(
        {
          aud: client.id,
          azp: client.id,
          sub: subOf(person),
          typ: 'ID',
          auth_time: authTime,
          nonce,
          sid,
          acr: 'eidas1',
          SubjectNameID: person.SubjectNameID,
          preferred_username: person.SubjectNameID,
          given_name: person.given_name,
          family_name: person.family_name,
        },
        'JWT',
      ),

    logoutToken: ({ person, sid }: PscSession, client: PscClient) =>
      sign(
        {
          aud: client.id,
          sub: subOf(person),
          sid,
          events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        },
        'logout+jwt',
      ),

    /** The session that an ID token of ours names, expired or not; `undefined` for any other text. */
    async sidOf(idToken: string): Promise<string | undefined> {
      try {
        const { payload } = await compactVerify(idToken, publicKey, { algorithms: [ALGORITHM] });
        const { sid } = JSON.parse(new TextDecoder().decode(payload)) as { sid?: unknown };
        return typeof sid === 'string' ? sid : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
