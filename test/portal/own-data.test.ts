import { expect } from 'chai';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';

describe('the data that a person may take away', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  async function read(login: string, path: string) {
    const { browser } = createVisitor(app);
    const page = await browser.get(`${app.issuer}${path}`);
    return browser.submit(page, 'identify', { login, password: PASSWORD });
  }

  it('are those of whoever is signed in, as a file for a machine', async () => {
    const keys = app.factors.kind<{ readonly secret: string }>('totp', 5);
    const mine = { account: 'acc-claire', name: 'Mon téléphone', countsAt: app.clock.now() };
    await keys.add({ ...mine, data: { secret: 'GEZDGNBVGY3TQOJQ' } });
    const file = await read('claire.dupont', '/account/data.json');
    expect(file.body).to.include('Mon téléphone').and.not.include('GEZDGNBVGY3TQOJQ');
    expect(file.headers.get('content-type')).to.match(/^application\/json/u);
    expect(file.headers.get('content-disposition')).to.match(
      /^attachment; filename="trousseau-[\d-]{10}\.json"$/u,
    );
    const data = JSON.parse(file.body) as Record<string, Record<string, unknown>> & {
      memberships: unknown[];
    };
    expect(data['identity']).to.include({ subject: 'acc-claire', email: 'claire.dupont@chu.example' });
    expect(data['account']).to.include({ login: 'claire.dupont' });
    expect(data.memberships).to.not.be.empty;
    expect(data['sessions']).to.have.lengthOf(1);
    expect(data['signIns']).to.have.lengthOf(1);
    expect(data['termsAccepted']).to.not.be.empty;
  });

  it('hold no hash of a password and no id of a session', async () => {
    const file = await read('claire.dupont', '/account/data.json');
    const account = await app.services.accounts.get('acc-claire');
    const sessions = await app.oidc.sessions.list('acc-claire');
    expect(sessions).to.not.be.empty;
    for (const secret of ['argon2', account?.passwordHash ?? '', ...sessions.map(({ uid }) => uid)])
      expect(file.body).to.not.include(secret);
  });

  it('are shown in words on a page', async () => {
    const page = await read('claire.dupont', '/account/data');
    expect([page.status, page.url.pathname]).to.deep.equal([200, '/account/data']);
    expect(page.body).to.include('claire.dupont@chu.example').and.include('href="/account/data.json"');
  });

  it('are for nobody without a session', async () => {
    for (const path of ['/account/data', '/account/data.json']) {
      const page = await createVisitor(app).browser.get(`${app.issuer}${path}`);
      expect(page.forms[0]?.id, path).to.equal('identify');
    }
  });
});
