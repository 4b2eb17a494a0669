import { expect } from 'chai';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, type Visitor } from '../support/relying-party.ts';

const CLAIRE = 'claire.dupont';
const CLAIRE_MAIL = 'claire.dupont@chu.example';
const STOP = { stopAt: 'http://localhost:9/' };
const DAY = 86_400;

describe('mail bombing by codes', () => {
  let app: TestApp;
  async function start(env: Readonly<Record<string, string>>, region: object = exampleRegion()) {
    app = await startTestApp({ region, env });
  }
  afterEach(() => app.destroy());

  /** A stranger asks for a code to sign in with, on a page of their own. */
  async function ask(login: string, visitor: Visitor = createVisitor(app)) {
    const { page } = await visitor.authorize({ prompt: 'login' });
    return visitor.browser.submit(page, 'identify', { login, method: 'code' });
  }
  const mailsTo = async (address: string) => (await app.mails()).filter(({ to }) => to === address).length;

  async function withheld() {
    const { items } = await app.services.audit.list({ limit: 1000 });
    return items
      .filter(({ type }) => type === 'signin.challenge.withheld')
      .map(({ data }) => data?.['bound']);
  }

  it('is bounded per account and hour, in parallel too, and shows the same page', async () => {
    await start({ TROUSSEAU_CODE_PER_HOUR: '3' });
    const pages = await Promise.all(Array.from({ length: 50 }, () => ask(CLAIRE)));
    expect(pages.map(({ status, forms }) => `${status} ${forms[0]?.id}`)).to.deep.equal(
      Array.from({ length: 50 }, () => '200 code'),
    );
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(3);
    expect(await withheld()).to.deep.equal(Array.from({ length: 47 }, () => 'hour'));
    app.clock.advance(3601);
    await ask(CLAIRE);
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(4);
  });

  it('is bounded per account and day, whatever the spelling of the login', async () => {
    await start({ TROUSSEAU_CODE_PER_DAY: '2' });
    for (const login of [CLAIRE, 'CLAIRE.DUPONT', 'Clairé.Dupont']) {
      await ask(login);
      app.clock.advance(3601);
    }
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(2);
    expect(await withheld()).to.deep.equal(['day']);
    app.clock.advance(DAY);
    await ask(CLAIRE);
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(3);
  });

  it('reaches no address that several accounts share', async () => {
    const region = exampleRegion();
    const shared = { email: 'secretariat@chu.example' };
    const accounts = region.accounts.map(account => ({ ...account, ...shared }));
    await start({}, { ...region, accounts });
    for (const login of [CLAIRE, 'marc.lefevre', 'sans.mdp', 'deux.lieux']) await ask(login);
    expect(await mailsTo(shared.email)).to.equal(0);
  });

  it('is bounded per address', async () => {
    await start({ TROUSSEAU_CODE_PER_ADDRESS_DAY: '2' });
    for (let demand = 0; demand < 4; demand++) await ask(CLAIRE);
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(2);
    expect(await withheld()).to.deep.equal(['destination', 'destination']);
  });

  it('is bounded per source, unknown logins included', async () => {
    await start({ TROUSSEAU_CODE_PER_SOURCE_DAY: '3' });
    for (const login of ['personne.une', 'personne.deux', CLAIRE]) await ask(login);
    for (const login of [CLAIRE, 'marc.lefevre', 'personne.trois']) {
      const page = await ask(login);
      expect([page.status, page.forms[0]?.id, page.alertCode]).to.deep.equal([200, 'code', undefined]);
    }
    expect((await app.mails()).length).to.equal(1);
    expect(await withheld()).to.deep.equal(['source', 'source', 'source']);
  });

  it('never spends the codes of whoever has shown the password', async () => {
    await start({ TROUSSEAU_CODE_PER_HOUR: '1', TROUSSEAU_CODE_PER_SOURCE_DAY: '1' });
    for (let n = 0; n < 4; n++) await ask(CLAIRE);
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(1);
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const asked = await visitor.browser.submit(page, 'identify', { login: CLAIRE, password: PASSWORD });
    expect(asked.forms[0]?.id).to.equal('code');
    const code = await codeSentTo(app, CLAIRE_MAIL);
    const done = await visitor.browser.submit(asked, 'code', { code }, STOP);
    expect(done.url.searchParams.get('code')).to.be.a('string');
  });

  it('never spends the codes of a device that the person has used before', async () => {
    await start({
      TROUSSEAU_CODE_PER_HOUR: '1',
      TROUSSEAU_SESSION_MAX: '5min',
      TROUSSEAU_SESSION_IDLE: '5min',
    });
    const own = createVisitor(app);
    await own.signIn(CLAIRE);
    for (let n = 0; n < 3; n++) await ask(CLAIRE);
    const before = await mailsTo(CLAIRE_MAIL);
    app.clock.advance(301);
    const asked = await ask(CLAIRE, own);
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(before + 1);
    const code = await codeSentTo(app, CLAIRE_MAIL);
    const done = await own.browser.submit(asked, 'code', { code }, STOP);
    expect(done.url.searchParams.get('code')).to.be.a('string');
  });

  it('is bounded by a pause between two codes of one page, after which another is sent', async () => {
    await start({});
    const visitor = createVisitor(app);
    const asked = await ask(CLAIRE, visitor);
    const soon = await visitor.browser.submit(asked, 'code', { resend: '1' });
    expect(soon.alertCode).to.equal('signin.resend_too_soon');
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(1);
    app.clock.advance(61);
    const later = await visitor.browser.submit(soon, 'code', { resend: '1' });
    expect(later.alertCode).to.equal(undefined);
    expect(await mailsTo(CLAIRE_MAIL)).to.equal(2);
  });
});
