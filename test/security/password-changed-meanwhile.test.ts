import { expect } from 'chai';
import { PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor } from '../support/relying-party.ts';

describe('a sign-in under way whose password is changed elsewhere', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('begins again: what was shown is no proof any more', async () => {
    const { browser, authorize } = createVisitor(app);
    const { page } = await authorize();
    const login = 'claire.dupont';
    const asked = await browser.submit(page, 'identify', { login, password: PASSWORD });
    expect(asked.forms[0]?.id).to.equal('code');
    app.clock.advance(2);
    await app.services.accounts.changePassword('acc-claire', 'Autre-Mot-2026!', {
      reason: 'chosen',
      actor: 'acc-claire',
    });
    const code = await codeSentTo(app, `${login}@chu.example`);
    const after = await browser.submit(asked, 'code', { code }, { stopAt: REDIRECT_URI });
    expect(after.url.href.startsWith(REDIRECT_URI)).to.equal(false);
    expect(after.forms[0]?.id).to.equal('identify');
  });
});
