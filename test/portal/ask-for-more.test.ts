import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';

describe('asking for another network or profile', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('goes on in the form of an account, with who one is already known, and asks for no proof', async () => {
    const { browser, signIn } = createVisitor(app);
    await signIn('claire.dupont');
    const account = await browser.get(`${app.issuer}/account`);
    const start = await browser.submit(account, 'more');
    expect(start.url.pathname).to.match(/^\/request\/identity\//u);
    expect(start.body).to.include('claire dupont');
  });

  it('asks for a second step of who came by the password alone', async () => {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize({ client_id: 'docs', scope: 'openid' });
    const credentials = { login: 'claire.dupont', password: 'Girafe-2026!' };
    await browser.submit(page, 'identify', credentials, { stopAt: 'http://localhost:9/' });
    const account = await browser.get(`${app.issuer}/account`);
    const asked = await browser.submit(account, 'more');
    expect(asked.url.pathname).to.match(/^\/interaction\//u);
  });
});
