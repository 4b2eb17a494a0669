import { expect } from 'chai';
import { CLIENT, startTestApp, type TestApp } from '../support/app.ts';

describe('HTTP Basic at the decision API', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  async function statusWith(secret: string): Promise<number> {
    const answer = await fetch(`${app.issuer}/access/v1/evaluation`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`batch:${secret}`).toString('base64')}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({
        subject: { type: 'account', id: 'acc-claire' },
        action: { name: 'open' },
        resource: { type: 'application', id: 'docs' },
      }),
    });
    return answer.status;
  }

  const means: readonly [string | undefined, number][] = [
    [undefined, 200],
    ['client_secret_basic', 200],
    ['client_secret_post', 200],
    ['private_key_jwt', 401],
    ['tls_client_auth', 401],
    ['none', 401],
  ];
  for (const [method, status] of means) {
    it(`answers ${status} to the secret of an application that declares ${method ?? 'no means'}`, async () => {
      // Its secret is still stored, as by a version that kept it.
      await app.services.directory.applications.update(
        'batch',
        ({ tokenEndpointAuthMethod: _before, ...rest }) =>
          method === undefined ? rest : { ...rest, tokenEndpointAuthMethod: method },
      );
      expect(await statusWith(CLIENT.secret)).to.equal(status);
      expect(await statusWith(`${CLIENT.secret}x`)).to.equal(401);
    });
  }
});
