import { expect } from 'chai';
import { ACR } from '#kernel/index.ts';
import type { Browserless, Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { createAuthenticator, type Authenticator } from '../support/authenticator.ts';
import {
  createVisitor,
  payloadOf,
  redeem,
  type Authorization,
  type Visitor,
} from '../support/relying-party.ts';

const STOP = { stopAt: REDIRECT_URI };
const ADD = '/account/factors/add/passkey';

describe('signing in by passkey', () => {
  let app: TestApp;
  let claires: Authenticator;
  let marcs: Authenticator;

  /** What the server asks the browser for, as the page holds it. */
  const asked = ({ body }: Page): unknown =>
    JSON.parse(
      (/data-options="([^"]*)"/u.exec(body)?.[1] ?? 'null')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&'),
    );
  const assert = (key: Authenticator, page: Page) => ({ passkey: key.assert(asked(page)) });

  /** Enrols on the page of one's means, as who has only a password and a mailbox. */
  async function enrol(login: string): Promise<Authenticator> {
    const { browser, signIn } = createVisitor(app);
    await signIn(login);
    const page = await browser.get(`${app.issuer}${ADD}`);
    const key = createAuthenticator(app.issuer);
    const done = await browser.submit(page, 'enrol', {
      passkey: key.attest(asked(page)),
      name: 'Mon téléphone',
    });
    expect(done.url.search, done.alertCode).to.equal('?done=added');
    return key;
  }

  before(async () => {
    app = await startTestApp({ region: exampleRegion() });
    claires = await enrol('claire.dupont');
    marcs = await enrol('marc.lefevre');
  });
  after(() => app.destroy());

  const first = async ({ browser, authorize }: Visitor, params = {}): Promise<Authorization> => {
    const started = await authorize(params);
    return { ...started, page: await browser.submit(started.page, 'identify', { method: 'passkey' }, STOP) };
  };
  async function claimsOf(started: Authorization, page: Page): Promise<Record<string, unknown>> {
    const { body } = await redeem(app, { ...started, page, callback: page.url.searchParams });
    return payloadOf(body.id_token);
  }
  const signIn = async (visitor: Visitor, key: Authenticator, params = {}) => {
    const started = await first(visitor, params);
    const page = await visitor.browser.submit(started.page, 'passkey', assert(key, started.page), STOP);
    return { started, page };
  };
  const alone = (
    { browser }: { readonly browser: Browserless },
    page: Page,
    form: string,
    fields: Record<string, string>,
  ) => browser.submit(page, form, fields, STOP);

  it('counts once its cool-down is over, for who had no other means to prove it with', async () => {
    const { page } = await signIn(createVisitor(app), claires);
    expect([page.status, page.alertCode]).to.deep.equal([422, 'passkey.unknown']);
    const [mail] = (await app.mails()).filter(({ text }) => text.includes('« Mon téléphone »'));
    expect(mail?.to).to.match(/@chu\.example$/u);
    app.clock.advance(86_400);
    expect(await app.factors.counting('acc-claire')).to.have.length(1);
  });

  it('from the first page, without a login, reaches mfa', async () => {
    const { started, page } = await signIn(createVisitor(app), claires, { acr_values: ACR.mfa });
    const claims = await claimsOf(started, page);
    expect(claims).to.include({ sub: 'acc-claire', acr: ACR.mfa });
    expect(claims['amr']).to.have.members(['swk', 'user', 'mfa']);
  });

  it('says what to do where the browser brings nothing, and goes back to the other means', async () => {
    const visitor = createVisitor(app);
    const started = await first(visitor);
    expect(started.page.body).to.include('<noscript>');
    let page = await alone(visitor, started.page, 'passkey', {});
    expect([page.status, page.alertCode]).to.deep.equal([422, 'signin.passkey_missing']);
    page = await alone(visitor, page, 'passkey', { passkey: '{}' });
    expect([page.status, page.alertCode]).to.deep.equal([422, 'signin.passkey_malformed']);
    page = await alone(visitor, page, 'passkey', { restart: '1' });
    expect(page.forms[0]?.id).to.equal('identify');
  });

  it('follows the password where more is asked: each one’s own passkey, and no colleague’s', async () => {
    const visitor = createVisitor(app);
    const started = await visitor.authorize({ acr_values: ACR.mfa });
    let page = await alone(visitor, started.page, 'identify', { login: 'claire.dupont', password: PASSWORD });
    expect(page.forms[0]?.id).to.equal('passkey');
    page = await alone(visitor, page, 'passkey', assert(marcs, page));
    expect(page.alertCode).to.equal('passkey.another');
    page = await alone(visitor, page, 'passkey', assert(claires, page));
    const claims = await claimsOf(started, page);
    expect(claims).to.include({ sub: 'acc-claire', acr: ACR.mfa });
    expect(claims['amr']).to.have.members(['pwd', 'swk', 'user', 'mfa']);
  });

  it('lifts a session that was opened by a password, and asks for nothing else', async () => {
    const visitor = createVisitor(app);
    await visitor.signIn('claire.dupont', { params: { client_id: 'docs' } });
    const started = await visitor.authorize({ acr_values: ACR.mfa });
    expect(started.page.forms[0]?.id).to.equal('passkey');
    const page = await alone(visitor, started.page, 'passkey', assert(claires, started.page));
    expect(await claimsOf(started, page)).to.include({ acr: ACR.mfa });
  });

  it('takes no answer to the challenge of another browser, and writes none into the log', async () => {
    const [one, two] = [createVisitor(app), createVisitor(app)];
    const [mine, theirs] = [await first(one), await first(two)];
    const { passkey } = assert(claires, mine.page);
    expect((await alone(two, theirs.page, 'passkey', { passkey })).alertCode).to.equal('passkey.challenge');
    const done = await alone(one, mine.page, 'passkey', { passkey });
    expect(await claimsOf(mine, done)).to.include({ sub: 'acc-claire' });
    const { signature } = (JSON.parse(passkey) as { response: { signature: string } }).response;
    expect(app.log()).not.to.include(signature);
  });

  it('lets no passkey into an account that was suspended', async () => {
    const { professionals } = app.services.directory;
    await professionals.update('acc-marc', before => ({ ...before, status: 'suspended' }));
    const { page } = await signIn(createVisitor(app), marcs);
    expect(page.alertCode).to.equal('signin.account_inactive');
  });
});
