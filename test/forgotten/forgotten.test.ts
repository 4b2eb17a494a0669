import { expect } from 'chai';
import { createBrowserless, type Page } from '../../scripts/interop/browserless.ts';
import { exampleRegion, PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, redeem } from '../support/relying-party.ts';
import { ask, askAndOpen, choice, forgottenMail, NEW_PASSWORD } from './reader.ts';

const COLLEAGUES = [
  'anne.lien',
  'bruno.code',
  'cecile.course',
  'denis.regles',
  'elise.ailleurs',
  'farid.change',
  'gilles.suspendu',
  'helene.essais',
  'ines.bornes',
  'jules.connu',
  'karim.hote',
  'lea.retour',
  'paul.nouveau',
];

function regionOf() {
  const region = exampleRegion({ colleagues: COLLEAGUES });
  const [claire] = region.accounts;
  const shared = (sub: string, login: string) => ({
    ...claire,
    sub,
    login,
    national_ids: [],
    email: 'secretariat@chu.example',
  });
  return {
    ...region,
    accounts: [...region.accounts, shared('acc-un', 'un.partage'), shared('acc-deux-p', 'deux.partage')],
  };
}

const formOf = (page: Page) => page.forms[0]?.id;
const mailOf = (login: string) => `${login}@chu.example`;

describe('an identifier or a password that was forgotten', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: regionOf(), env: { TROUSSEAU_FORGOTTEN_PER_SOURCE: '10000' } });
  });
  after(() => app.destroy());

  const mailsTo = async (address: string) => (await app.mails()).filter(({ to }) => to === address).length;
  const stateOf = (sub: string) => app.services.accounts.get(sub);

  it('is asked about on the page that asks for the password, and leads back to that very sign-in', async () => {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize({ client_id: 'docs', scope: 'openid' });
    const address = /href="(?<address>\/forgotten[^"]*)"/u.exec(page.body)?.groups?.['address'] ?? '';
    const first = await visitor.browser.get(new URL(address, app.issuer));
    await visitor.browser.submit(first, 'forgotten', { who: 'lea.retour' });
    const { link } = await forgottenMail(app, mailOf('lea.retour'));
    const done = await visitor.browser.submit(await visitor.browser.get(link), 'change-password', choice());
    const back = /href="(?<address>\/interaction\/[^"]+)"/u.exec(done.body)?.groups?.['address'] ?? '';
    const again = await visitor.browser.get(new URL(back, app.issuer));
    const signedIn = await visitor.browser.submit(
      again,
      'identify',
      { login: 'lea.retour', password: NEW_PASSWORD },
      { stopAt: 'http://localhost:9/' },
    );
    expect(signedIn.url.searchParams.get('code')).to.be.a('string');
  });

  it('tells the login and leads to another password by the link; all sessions end, and the second step stays', async () => {
    const visitor = createVisitor(app);
    const before = await redeem(app, await visitor.signIn('anne.lien'));
    const { mail, page, browser } = await askAndOpen(app, 'anne.lien');
    expect(mail.text).to.include('anne.lien');
    // The token has left the address bar.
    expect(page.url.pathname).to.equal('/forgotten/password');
    const done = await browser.submit(page, 'change-password', choice());
    expect(done.url.pathname).to.equal('/forgotten/done');
    const { body } = await redeem(app, { ...(await visitor.authorize()) });
    expect(body.id_token).to.equal(undefined);
    expect(await app.mailTo(mailOf('anne.lien'))).to.include('modifié');
    // Nobody was signed in by it, and the application still asks for the code.
    const kiosk = await browser.get(`${app.issuer}/account`);
    expect(formOf(kiosk)).to.equal('identify');
    const newcomer = createVisitor(app);
    const { page: first } = await newcomer.authorize();
    const second = await newcomer.browser.submit(first, 'identify', {
      login: 'anne.lien',
      password: PASSWORD,
    });
    expect(second.alertCode).to.equal('signin.credentials_refused');
    const third = await newcomer.browser.submit(second, 'identify', {
      login: 'anne.lien',
      password: NEW_PASSWORD,
    });
    expect(formOf(third)).to.equal('code');
    expect(payloadOf(before.body.id_token)['sub']).to.equal('acc-anne-lien');
  });

  it('leads there by the code too, for a mail that is read on another device, also for an address instead of a login', async () => {
    const { browser, page } = await ask(app, mailOf('bruno.code').toUpperCase());
    const { code, link } = await forgottenMail(app, mailOf('bruno.code'));
    const elsewhere = await createBrowserless().get(link);
    expect(elsewhere.url.pathname).to.match(/^\/forgotten\/link\//u);
    expect(elsewhere.forms.map(({ id }) => id)).not.to.include('change-password');
    const choosing = await browser.submit(page, 'code', { code });
    expect(formOf(choosing)).to.equal('change-password');
    const done = await browser.submit(choosing, 'change-password', choice());
    expect(done.url.pathname).to.equal('/forgotten/done');
  });

  it('answers the same to somebody, nobody, who is suspended, shares an address or has no password', async () => {
    await app.services.directory.professionals.update('acc-gilles-suspendu', person => ({
      ...person,
      status: 'suspended',
    }));
    const words = (page: Page) => page.body.replaceAll(/value="[^"]*"|\d\d:\d\d|datetime="[^"]*"/gu, '');
    const people = ['jules.connu', 'personne.ici', 'gilles.suspendu', 'un.partage', 'sans.mdp', 'clos.ferme'];
    const pages = await Promise.all(people.map(async who => (await ask(app, who)).page));
    expect(new Set(pages.map(page => `${page.status} ${page.url.pathname} ${words(page)}`)).size).to.equal(1);
    expect(await mailsTo(mailOf('gilles.suspendu'))).to.equal(0);
    expect((await forgottenMail(app, 'secretariat@chu.example')).link).to.equal('');
    const without = await forgottenMail(app, mailOf('sans.mdp'));
    expect([without.link, without.code]).to.deep.equal(['', '']);
    expect(without.text).to.include('sans.mdp');
  });

  it('lets exactly one of sixty forms of one link win', async () => {
    const { browser, page } = await askAndOpen(app, 'cecile.course');
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        browser.submit(page, 'change-password', choice(`Tavo-kiru-${n}-demo`)),
      ),
    );
    const winners = outcomes.filter(({ url }) => url.pathname === '/forgotten/done');
    expect(winners).to.have.length(1);
    const account = await stateOf('acc-cecile-course');
    expect(account?.passwordHistory).to.have.length(1);
    const again = await browser.get(`${app.issuer}/forgotten/password`);
    expect(again.url.pathname).to.equal('/forgotten');
  });

  it('holds the rules and the history, and a password that does not suit leaves the link as it was', async () => {
    const { browser, page } = await askAndOpen(app, 'denis.regles');
    const refusals = [
      choice('court'),
      choice(PASSWORD),
      { new_password: NEW_PASSWORD, new_password_repeat: 'Autre-chose-47' },
    ];
    const codes = [];
    let shown = page;
    for (const refused of refusals) {
      shown = await browser.submit(shown, 'change-password', refused);
      codes.push([shown.status, shown.alertCode]);
    }
    expect(codes).to.deep.equal([
      [422, 'forgotten.password_refused'],
      [422, 'forgotten.password_refused'],
      [422, 'forgotten.passwords_differ'],
    ]);
    const done = await browser.submit(shown, 'change-password', choice());
    expect(done.url.pathname).to.equal('/forgotten/done');
  });

  it('gives nobody a password by skipping a step, by another’s browser or by a guessed link', async () => {
    const { page } = await ask(app, 'elise.ailleurs');
    const { link } = await forgottenMail(app, mailOf('elise.ailleurs'));
    const thief = createBrowserless();
    await ask(app, 'personne.la', thief);
    const opened = await thief.get(link);
    expect(opened.url.pathname).to.match(/^\/forgotten\/link\//u);
    const skipped = await thief.get(`${app.issuer}/forgotten/password`);
    expect(skipped.url.pathname).to.equal('/forgotten/code');
    const csrf = skipped.forms[0]?.fields['csrf'] ?? '';
    const posted = await thief.post(
      `${app.issuer}/forgotten/password`,
      new URLSearchParams({ csrf, ...choice(), account: 'acc-elise-ailleurs', isProven: 'true' }),
    );
    expect(posted.url.pathname).to.equal('/forgotten/code');
    const claimed = await thief.post(link, new URLSearchParams({ csrf }));
    expect(claimed.status).to.equal(409);
    const guessed = await thief.get(`${app.issuer}/forgotten/link/${'a'.repeat(43)}`);
    expect(guessed.status).to.equal(409);
    expect(page.status).to.equal(200);
    expect((await stateOf('acc-elise-ailleurs'))?.passwordHistory).to.deep.equal([]);
  });

  it('ends with any other change of the password, and half an hour after it was asked for', async () => {
    const first = await askAndOpen(app, 'farid.change');
    const second = await askAndOpen(app, 'farid.change');
    const changed = await first.browser.submit(first.page, 'change-password', choice());
    expect(changed.status).to.equal(200);
    const late = await second.browser.submit(second.page, 'change-password', choice('Autre-mot-bien-47'));
    expect(late.status).to.equal(409);
    const { browser, page } = await ask(app, 'farid.change');
    const { code } = await forgottenMail(app, mailOf('farid.change'));
    app.clock.advance(31 * 60);
    const expired = await browser.submit(page, 'code', { code });
    expect(expired.url.pathname).to.equal('/forgotten');
  });

  it('counts wrong codes before it judges them, fifty at once too', async () => {
    const { browser, page } = await ask(app, 'helene.essais');
    const { code } = await forgottenMail(app, mailOf('helene.essais'));
    const tries = await Promise.all(
      Array.from({ length: 50 }, () => browser.submit(page, 'code', { code: '0000 0000' })),
    );
    const codes = tries.map(({ alertCode }) => alertCode);
    expect(codes.filter(one => one === 'forgotten.code_wrong')).to.have.length(4);
    const right = await browser.submit(page, 'code', { code });
    expect(right.alertCode).to.equal('forgotten.code_exhausted');
  });

  it('sends a person three mails an hour at most, whoever asks, and those of a known device besides', async () => {
    const visitor = createVisitor(app);
    await visitor.signIn('ines.bornes');
    const before = await mailsTo(mailOf('ines.bornes'));
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => ask(app, n % 2 === 0 ? 'ines.bornes' : mailOf('ines.bornes'))),
    );
    expect((await mailsTo(mailOf('ines.bornes'))) - before).to.equal(3);
    await ask(app, 'ines.bornes', visitor.browser);
    expect((await mailsTo(mailOf('ines.bornes'))) - before).to.equal(4);
  });

  it('makes its links of the public address, whatever the request says of its host', async () => {
    const browser = createBrowserless();
    const first = await browser.get(`${app.issuer}/forgotten`);
    const host = new URL(app.issuer).host;
    const cookie = `trousseau_form=${browser.cookie('localhost', 'trousseau_form') ?? ''}`;
    const body = new URLSearchParams({ csrf: first.forms[0]?.fields['csrf'] ?? '', who: 'karim.hote' });
    const headers = { cookie, 'X-Forwarded-Host': 'voleur.example', Forwarded: 'host=voleur.example' };
    const answer = await fetch(`http://${host}/forgotten`, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
    });
    expect(answer.status).to.equal(303);
    expect((await forgottenMail(app, mailOf('karim.hote'))).link).to.match(
      new RegExp(`^${app.issuer.replaceAll('.', '\\.')}/forgotten/link/`, 'u'),
    );
  });

  it('gives a new account its first password by a link on any browser, once; the first sign-in may then add a second means', async () => {
    const { accounts, directory } = app.services;
    const sub = 'acc-neuf';
    const [account, person] = await Promise.all([accounts.get(sub), directory.professionals.get(sub)]);
    if (!account || !person) throw new Error('no such person');
    await app.forgotten.firstLinks.send(account, person, 'first-link-of-a-test');
    await app.forgotten.firstLinks.send(account, person, 'first-link-of-a-test');
    expect(await mailsTo(person.email ?? '')).to.equal(1);
    const { link } = await forgottenMail(app, person.email ?? '');
    const browser = createBrowserless();
    // Opening it changes nothing: a filter of mails does so too.
    await createBrowserless().get(link);
    const page = await browser.submit(await browser.get(link), 'first');
    const done = await browser.submit(page, 'change-password', choice());
    expect(done.url.pathname).to.equal('/forgotten/done');
    const after = await accounts.get(sub);
    expect(after && accounts.passwordState(after).mustChange).to.equal(false);
    expect(after && (await accounts.isAtFirstSignIn(after))).to.equal(true);
    expect((await createBrowserless().get(link)).status).to.equal(409);
    await createVisitor(app).signIn('neuf.nouveau', { password: NEW_PASSWORD });
    expect(await accounts.isAtFirstSignIn((await accounts.get(sub)) ?? account)).to.equal(false);
  });
});
