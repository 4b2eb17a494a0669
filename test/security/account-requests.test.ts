import { expect } from 'chai';
import fc from 'fast-check';
import { answerOf, createApplicant, linkSentTo, PDF, type Applicant } from '../enrolment/applicant.ts';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { send } from '../support/shell.ts';

const HOUR = 3600;

describe('requests for an account, attacked', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: exampleRegion(), env: { TROUSSEAU_REQUESTS_PER_SOURCE: '2000' } });
  });
  after(() => app.destroy());

  const applicant = () => createApplicant(app);
  const pathOf = ({ page }: Applicant) => page().url.pathname;

  it('skip no step: whatever is posted in whatever order, nothing is sent before all of it is right', async function () {
    this.timeout(20_000);
    const steps = [
      'profession',
      'number',
      'name',
      'address',
      'workplace',
      'phones',
      'email',
      'interests',
      'proofs',
    ];
    const aPost = fc.constantFrom(
      ...steps,
      'summary',
      'answer',
      'withdraw',
      'documents/remove',
      'email/code',
    );
    const everything = {
      profession: '10',
      rpps: '99700367909',
      civility: 'MME',
      family_name: 'Petit',
      given_name: 'Léa',
      street: '1 rue',
      postcode: '37000',
      workplace: 'liberal',
      mobile: '0612345678',
      email: 'skip@exemple.fr',
      email_again: 'skip@exemple.fr',
      networks: 'cancerologie',
      code: '000000',
      confirm: '',
      answer: 'oui',
      document: 'x',
    };
    await fc.assert(
      fc.asyncProperty(fc.array(aPost, { minLength: 5, maxLength: 14 }), async posts => {
        const skipper = applicant();
        await skipper.begin();
        for (const step of posts) {
          // The token is on every page of the form; an error page has none.
          await skipper.get('/request');
          await skipper.forge(`/request/${step}`, everything);
        }
        const shown = await skipper.get('/request/follow');
        // No verified address and no proof: there is no way to `received`.
        expect(shown.body).not.to.contain('data-state="received"');
      }),
      { numRuns: 4 },
    );
  });

  it('poison no link by a Host header: the address of the service is in mails, and nothing else', async () => {
    const victim = applicant();
    await victim.begin();
    const { port } = new URL(app.issuer);
    for (const headers of [
      { Host: 'evil.example' },
      { Host: `localhost:${port}`, 'X-Forwarded-Host': 'evil.example' },
    ]) {
      const { status, text } = await send(Number(port), { path: '/request', headers });
      if (headers.Host === 'evil.example') expect(status).to.equal(421);
      expect(text).not.to.contain('evil.example');
    }
    await victim.fillIdentity();
    await victim.proveAddress('poison@exemple.fr');
    expect(await app.mailTo('poison@exemple.fr')).to.contain(`${app.issuer}/request/link/`);
  });

  it('assign nothing that the form does not ask: status, profiles, sub, verification, proof of identity', async () => {
    const forger = applicant();
    await forger.begin();
    const extra = {
      status: 'accepted',
      profiles: 'administrateur_regional',
      sub: 'acc-claire',
      state: 'received',
      'life.state': 'received',
      isVerified: 'true',
      'email.isVerified': 'true',
      proven: '{"familyName":"Dupont"}',
      locked: '1',
    };
    await forger.fillIdentity();
    await forger.get('/request/name');
    await forger.forge('/request/name', { civility: 'M', family_name: 'Faux', given_name: 'Jean', ...extra });
    await forger.get('/request/email');
    await forger.forge('/request/email', { email: 'f@exemple.fr', email_again: 'f@exemple.fr', ...extra });
    await forger.get('/request');
    // Still asked for the code of the address, still a draft, still in need of proofs.
    expect(pathOf(forger)).to.equal('/request/email');
    await forger.get('/request/summary');
    expect(pathOf(forger)).to.equal('/request/email');
    expect((await app.services.directory.professionals.get('acc-claire'))?.familyName).to.equal('dupont');
  });

  it('read no request and no document of another by guessing ids, links or cookies', async () => {
    const lea = applicant();
    await lea.fillAll('lea.guess@exemple.fr');
    await lea.get('/request/proofs');
    const [, document = ''] = /\/request\/documents\/([\w-]{22})"/u.exec(lea.page().body) ?? [];
    expect((await lea.get(`/request/documents/${document}`)).status).to.equal(200);
    const thief = applicant();
    await thief.begin();
    expect((await thief.get(`/request/documents/${document}`)).status).to.equal(404);
    await thief.get('/request');
    expect((await thief.forge('/request/documents/remove', { document })).status).to.equal(404);
    expect((await thief.get(`/request/link/${'A'.repeat(43)}`)).status).to.equal(410);
    expect((await thief.get(`/request/link/${document}`)).status).to.equal(410);
    expect((await thief.get(`/request/identity/${'A'.repeat(43)}`)).status).to.equal(410);
    // Nothing without the cookie.
    const stranger = applicant();
    await stranger.get('/request/follow');
    expect(pathOf(stranger)).to.equal('/request');
    // The link of a mail opens for who says so on its page, and a program that follows links opens nothing.
    const link = await linkSentTo(app, 'lea.guess@exemple.fr');
    const shown = await stranger.get(link);
    expect(shown.body).not.to.contain('Petit').and.not.to.contain('lea.guess');
    await stranger.get('/request/follow');
    expect(pathOf(stranger)).to.equal('/request');
  });

  it('serve documents as downloads only, whatever they hold', async () => {
    const lea = applicant();
    await lea.begin();
    await lea.fillIdentity();
    await lea.proveAddress('html@exemple.fr');
    await lea.fill('interests', { networks: ['cancerologie'] });
    const html = Buffer.from('<html><script>alert(1)</script>');
    expect((await lea.upload('identity_card', html, 'carte.pdf')).alertCode).to.equal(
      'enrolment.file_format',
    );
    await lea.upload('identity_card', Buffer.concat([PDF, html]), '"><img src=x>.html');
    expect(lea.page().body).not.to.contain('img src=x');
    const [, document = ''] = /\/request\/documents\/([\w-]{22})"/u.exec(lea.page().body) ?? [];
    const { headers } = await lea.get(`/request/documents/${document}`);
    expect(headers.get('content-type')).to.equal('application/octet-stream');
    expect(headers.get('content-disposition')).to.equal('attachment; filename="identity_card.pdf"');
    expect(headers.get('content-security-policy')).to.contain('sandbox');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
  });

  it('refuse documents beyond 10 MiB, and beyond nine', async () => {
    const lea = applicant();
    await lea.begin();
    await lea.fillIdentity();
    await lea.proveAddress('heavy@exemple.fr');
    await lea.fill('interests', { networks: ['cancerologie'] });
    const heavy = await lea.upload('identity_card', Buffer.concat([PDF, Buffer.alloc(10 * 1024 * 1024)]));
    expect(heavy.status).to.equal(413);
    for (let count = 0; count < 9; count += 1)
      await lea.get('/request/proofs').then(() => lea.upload('identity_card', PDF));
    expect((await lea.upload('identity_card', PDF)).alertCode).to.equal('enrolment.proofs_full');
  });

  it('store no script, and echo none', async () => {
    const script = '<script>alert(1)</script>';
    const lea = applicant();
    await lea.begin();
    await lea.get(`/request/profession?q=${encodeURIComponent(`"><${script}`)}`);
    expect(lea.page().body).not.to.contain('<script>alert');
    await lea.fill('profession', { profession: '60' });
    await lea.fill('number', { rpps: '' });
    const name = await lea.fill('name', { civility: 'M', family_name: script, given_name: 'x\u202ey' });
    expect(name.alertCode).to.equal('enrolment.step_incomplete');
    expect(name.body).not.to.contain('<script>alert');
    // Kept as typed, and still harmless.
    expect((await lea.get('/request/name')).body)
      .to.contain('&lt;script')
      .and.not.to.contain('<script>alert');
  });

  it('inject no header: an address of two lines, or with another recipient, is no address', async () => {
    const lea = applicant();
    await lea.begin();
    await lea.get('/request/email');
    for (const email of [
      'a@exemple.fr\r\nBcc: b@exemple.fr',
      'a@exemple.fr,b@exemple.fr',
      'a b@exemple.fr',
      '"a"@exemple.fr <b@exemple.fr>',
      'a@exemple..fr',
    ]) {
      const page = await lea.forge('/request/email', { email, email_again: email });
      expect(page.alertCode, email).to.equal('enrolment.step_incomplete');
    }
    expect(
      (await app.mails()).filter(({ to }) => to.includes('exemple..fr') || to.includes(',')),
    ).to.deep.equal([]);
  });

  it('bomb no third person: from many requests at once, one address gets five mails an hour', async () => {
    const VICTIM = 'victime@exemple.fr';
    const bombers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const bomber = applicant();
        await bomber.begin();
        await bomber.get('/request/email');
        return bomber;
      }),
    );
    const pages = await Promise.all(
      bombers.map((bomber, at) => {
        const email = at % 2 === 0 ? VICTIM : VICTIM.toUpperCase();
        return bomber.fill('email', { email, email_again: email });
      }),
    );
    expect(pages.filter(({ status }) => status === 429).length).to.equal(45);
    const sent = (await app.mails()).filter(({ to }) => to.toLowerCase() === VICTIM);
    expect(sent.length).to.equal(5);
    app.clock.advance(HOUR + 1);
  });

  it('learn nothing of accounts: the number and the address of somebody are taken like any other, and the holder is told', async () => {
    const known = applicant();
    await known.fillAll('voleur@exemple.fr', { rpps: '99700366240' });
    await known.fill('summary');
    const unknown = applicant();
    await unknown.fillAll('inconnu@exemple.fr', {
      rpps: '99700218896',
      familyName: 'Dupont',
      givenName: 'Claire',
    });
    await unknown.fill('summary');
    const plain = ({ page }: Applicant) =>
      page().body.replace(/value="[^"]*"|\d{2}:\d{2}|99700\d+|\w+@exemple\.fr|Petit|Léa|Dupont|Claire/gu, '');
    expect(plain(known)).to.equal(plain(unknown));
    const told = (await app.mails()).filter(({ to }) => to === 'claire.dupont@chu.example');
    // For the number, once; a homonym is another person, and is told nothing.
    expect(told.length).to.equal(1);
    await known.get('/request/leave');
  });

  it('begin not more requests from one source than the bound, and none without the answer', async () => {
    const robot = applicant();
    await robot.get('/request');
    const wrong = await robot.fill('terms', { accept: 'yes', answer: 'robot' });
    expect(wrong.alertCode).to.equal('enrolment.question_wrong');
    const refused = await robot.fill('terms', { accept: [], answer: answerOf(wrong) });
    expect(refused.alertCode).to.equal('enrolment.terms_not_accepted');
    // One answer begins one request, however often it is sent.
    const shown = await robot.get('/request');
    const answer = { accept: 'yes', answer: answerOf(shown) };
    const twice = await Promise.all([1, 2, 3].map(() => robot.browser.submit(shown, 'terms', answer)));
    expect(twice.filter(({ url }) => url.pathname === '/request/profession').length).to.equal(1);
  });

  it('give nothing of a person with a card to who left a request open in the same browser', async () => {
    const shared = applicant();
    await shared.begin();
    await shared.fillIdentity();
    await shared.proveAddress('complice@exemple.fr');
    const link = await linkSentTo(app, 'complice@exemple.fr');
    const identity = { nationalIds: ['899700252580'], familyName: 'ROUX', givenName: 'ANNE' };
    const address = await app.enrolment.askForAccount(identity, 'card');
    const shown = await shared.get(address.slice(app.issuer.length));
    await shared.fill('terms', { accept: 'yes', answer: answerOf(shown) });
    expect((await shared.get('/request/email')).body).not.to.contain('complice@exemple.fr');
    expect((await shared.get('/request/address')).url.pathname).to.equal('/request/profession');
    const accomplice = applicant();
    await accomplice.get(link);
    await accomplice.fill('link');
    expect((await accomplice.get('/request/name')).body)
      .to.contain('Petit')
      .and.not.to.contain('ROUX');
  });

  it('stand in no log: neither names, nor addresses, nor numbers, nor links', async () => {
    const link = await linkSentTo(app, 'lea.guess@exemple.fr');
    expect(app.log()).to.contain('/request/:step');
    for (const secret of ['Petit', 'Tonnell', 'exemple.fr', '99700367909', '33612345678', link.slice(-43)])
      expect(app.log(), secret).not.to.contain(secret);
    const trail = JSON.stringify((await app.services.audit.list({ limit: 1000 })).items);
    for (const secret of ['Petit', 'exemple.fr', '99700367909', link.slice(-43)])
      expect(trail, secret).not.to.contain(secret);
  });
});
