import { expect } from 'chai';
import { hashToken } from '#kernel/index.ts';
import { CLIENT, startTestApp, type TestApp } from '../support/app.ts';

const FORMER = CLIENT.secret;
const CURRENT = 'rotated-secret-0123456789abcdef0123456789abcdef';
const WEEK_MS = 7 * 86_400_000;

describe('the former secret of an application', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
    await app.services.directory.applications.update('batch', application => ({
      ...application,
      clientSecretHash: hashToken(CURRENT),
      previousSecretHash: hashToken(FORMER),
      previousSecretUntilMs: app.clock.nowMs() + WEEK_MS,
    }));
  });
  afterEach(() => app.destroy());

  const basic = (secret: string) => `Basic ${Buffer.from(`batch:${secret}`).toString('base64')}`;

  /** Status at the token endpoint and at our own API. */
  async function statuses(secret: string): Promise<readonly [token: number, api: number]> {
    const token = await fetch(`${app.issuer}/oidc/token`, {
      method: 'POST',
      headers: { Authorization: basic(secret), 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials&scope=access%3Aevaluate',
    });
    const api = await fetch(`${app.issuer}/access/v1/evaluation`, {
      method: 'POST',
      headers: { Authorization: basic(secret), 'Content-Type': 'application/json' },
      body: JSON.stringify({
        subject: { type: 'account', id: 'acc-claire' },
        action: { name: 'open' },
        resource: { type: 'application', id: 'docs' },
      }),
    });
    return [token.status, api.status];
  }

  it('counts beside the new one until its date, to the second, and not after', async () => {
    expect(await statuses(CURRENT)).to.deep.equal([200, 200]);
    expect(await statuses(FORMER)).to.deep.equal([200, 200]);
    app.clock.advance(WEEK_MS / 1000 - 60);
    expect(await statuses(FORMER)).to.deep.equal([200, 200]);
    app.clock.advance(61);
    expect(await statuses(FORMER)).to.deep.equal([401, 401]);
    expect(await statuses(CURRENT)).to.deep.equal([200, 200]);
  });

  it('ends with the means: it proves nothing for an application that signs', async () => {
    await app.services.directory.applications.update('batch', application => ({
      ...application,
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwksUri: 'https://app.example/jwks',
    }));
    expect(await statuses(FORMER)).to.deep.equal([401, 401]);
  });

  it('is not what is stored: a hash, or both together, open nothing', async () => {
    for (const sent of [hashToken(FORMER), hashToken(CURRENT), `${hashToken(CURRENT)} ${hashToken(FORMER)}`])
      expect(await statuses(sent)).to.deep.equal([401, 401]);
  });
});
