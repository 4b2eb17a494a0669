import { expect } from 'chai';
import type { Browserless, Page } from '../../scripts/interop/browserless.ts';
import { isAppError } from '#kernel/index.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor } from '../support/relying-party.ts';

describe('leaving', () => {
  let app: TestApp;
  before(async () => {
    const region = exampleRegion({ colleagues: ['lou.partante', 'max.administre'] });
    const chief = region.accounts.find(({ login }) => login === 'max.administre');
    Object.assign(chief ?? {}, {
      memberships: [{ network: 'cancerologie', profile: 'administrateur_regional' }],
    });
    app = await startTestApp({ region });
  });
  after(() => app.destroy());

  async function reach(browser: Browserless, login: string): Promise<Page> {
    let page = await browser.get(`${app.issuer}/account/leave`);
    for (let step = 0; step < 4; step++) {
      const form = page.forms[0]?.id;
      if (form === 'identify') page = await browser.submit(page, form, { login, password: PASSWORD });
      else if (form === 'code')
        page = await browser.submit(page, form, { code: await codeSentTo(app, `${login}@chu.example`) });
      else break;
    }
    return page;
  }

  it('asks for a fresh sign-in and a confirmation, ends every session, and keeps the login for ever', async () => {
    const elsewhere = createVisitor(app);
    await elsewhere.signIn('lou.partante');
    app.clock.advance(3600);
    const { browser } = createVisitor(app);
    const page = await reach(browser, 'lou.partante');
    const asked = await browser.submit(page, 'leave');
    expect([asked.status, asked.alertCode]).to.deep.equal([422, 'portal.leave_unconfirmed']);
    const left = await browser.submit(asked, 'leave', { confirm: 'yes' });
    expect(left.status).to.equal(200);
    const { accounts, directory, audit } = app.services;
    expect((await directory.professionals.get('acc-lou-partante'))?.status).to.equal('closed');
    expect((await elsewhere.authorize()).page.forms[0]?.id).to.equal('identify');
    expect(await app.mailTo('lou.partante@chu.example')).to.include('fermé');
    const traces = await audit.newest({
      account: 'acc-lou-partante',
      type: 'portal.account.left',
      limit: 5,
      months: 1,
    });
    expect(traces).to.have.length(1);
    const taken = await accounts
      .create({
        sub: 'acc-another',
        names: { givenName: 'Lou', familyName: 'Partante' },
        login: 'lou.partante',
        actor: 'test',
        origin: 'test',
      })
      .catch((error: unknown) => error);
    expect(isAppError(taken, 'accounts.login_taken')).to.equal(true);
  });

  it('is refused to who administers, until somebody else does', async () => {
    const { browser } = createVisitor(app);
    const page = await reach(browser, 'max.administre');
    expect(page.forms.map(({ id }) => id)).not.to.include('leave');
    const csrf = (await browser.get(`${app.issuer}/account/contact`)).forms[0]?.fields['csrf'] ?? '';
    const forged = await browser.post(
      `${app.issuer}/account/leave`,
      new URLSearchParams({ csrf, confirm: 'yes' }),
    );
    expect(forged.status).to.equal(422);
    const person = await app.services.directory.professionals.get('acc-max-administre');
    expect(person?.status).to.equal('active');
  });
});
