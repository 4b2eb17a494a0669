import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { apiOf, bearerOf, startApiApp, type ApiClient } from './api-client.ts';

describe('the last regional administrator', () => {
  let app: TestApp;
  let region: ApiClient;
  before(async () => {
    app = await startApiApp();
    region = await apiOf(app, await bearerOf(app, 'si-region', 'admin:read admin:write'));
  });
  after(() => app.destroy());

  const office = async () => {
    const { body } = await region('GET', '/people/acc-anne/memberships');
    const [held] = body['items'] as { membership: string }[];
    return `/people/acc-anne/memberships/${held?.membership}`;
  };

  it('keeps the profile: it is neither removed nor ended by its dates', async () => {
    const path = await office();
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PATCH', { to: new Date(app.clock.nowMs() + 30 * 86_400_000).toISOString() }],
      ['PATCH', { to: new Date(app.clock.nowMs() - 1000).toISOString() }],
      ['PATCH', { from: new Date(app.clock.nowMs() + 86_400_000).toISOString() }],
    ] as const) {
      const { etag } = await region('GET', path);
      const reply = await region(method, path, {
        ...(body && { body }),
        headers: { 'if-match': etag },
      });
      expect([reply.status, reply.body.code], `${method} ${JSON.stringify(body)}`).to.deep.equal([
        403,
        'admin.last_administrator',
      ]);
    }
  });

  it('keeps the account: it is neither suspended nor closed', async () => {
    for (const act of ['suspend', 'close']) {
      const reply = await region('POST', `/people/acc-anne/${act}`, { body: {} });
      expect(reply.status, act).to.equal(403);
    }
    expect((await app.services.directory.professionals.get('acc-anne'))?.status).to.equal('active');
  });
});
