import { expect } from 'chai';
import { MAIL_TEMPLATES, SMS_TEMPLATES } from '#notify/index.ts';
import { createVisitor } from '../support/relying-party.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('the words of mails and text messages', () => {
  let app: TestApp;
  let anne: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    anne = await seatOf(app, 'anne');
  });
  after(() => app.destroy());

  async function write(fields: Readonly<Record<string, string>>, step = 'save', name = 'signin-code') {
    const page = await anne.get(`/admin/mails/${name}`);
    const { subject, text } = app.mailTemplates.original('signin-code');
    return anne.browser.submit(page, 'mail', { subject, text, ...fields, step });
  }
  /** The sign-in code mail that somebody receives now. */
  async function mailNow() {
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    await visitor.browser.submit(page, 'identify', { login: 'claire.test', method: 'code' });
    const mail = (await app.mails()).find(({ to }) => to === 'claire.test@chu.example');
    if (!mail) throw new Error('no mail');
    return mail as typeof mail & { readonly html: string };
  }

  it('are all listed, and shown as they look, in a frame that can do nothing', async () => {
    const list = await anne.get('/admin/mails');
    const names = [...list.body.matchAll(/href="\/admin\/mails\/([\w-]+)"/gu)].map(([, name]) => name ?? '');
    expect(names).to.have.members(Object.keys(MAIL_TEMPLATES));
    const messages = [...list.body.matchAll(/href="\/admin\/mails\/sms\/([\w-]+)"/gu)].map(
      ([, name]) => name,
    );
    expect(messages).to.have.members(Object.keys(SMS_TEMPLATES));
    for (const name of names) {
      const page = await anne.get(`/admin/mails/${name}`);
      expect(page.status, name).to.equal(200);
      expect(page.body).to.include('sandbox=""');
      expect(page.headers.get('content-security-policy')).to.match(/style-src 'self';.*style-src-attr/u);
    }
  });

  it('of the region are sent in place of the original ones, until these are taken back', async () => {
    const text = 'Bonjour {givenName},\n\n    {code}\n\nCode valable {minutes} minutes & pas plus.';
    const saved = await write({ subject: 'Code pour {givenName}', text });
    expect(saved.url.search).to.equal('?done=updated');
    const mail = await mailNow();
    expect(mail.subject).to.match(/Code pour Claire$/u);
    expect(mail.text).to.match(/\d{6}/u).and.include('10 minutes & pas plus.').and.not.include('{');
    expect(mail.html)
      .to.match(/font-weight: 700; margin: 24px 0;">\d{6}</u)
      .and.include('&amp; pas plus');
    await anne.browser.submit(await anne.get('/admin/mails/signin-code'), 'mail', { step: 'reset' });
    expect((await mailNow()).subject).to.include('Votre code de connexion');
  });

  it('are shown before they are saved, and tried on oneself only', async () => {
    const text = 'Essayons {code}.';
    const shown = await write({ text }, 'preview');
    expect(shown.body).to.include('Essayons 042 042.');
    expect(await app.wordings.find('signin-code')).to.equal(null);
    const tried = await write({ text, to: 'claire.test@chu.example' }, 'trial');
    expect(tried.url.search).to.equal('?done=trial');
    const [mail] = await app.mails();
    expect(mail).to.include({ to: 'anne.test@chu.example' });
    expect(mail?.subject).to.include('[Essai]');
  });

  it('keep what a mail cannot do without, and name what they do not know', async () => {
    for (const [fields, named] of [
      [{ text: 'Bonjour {givenName}.' }, '{code}'],
      [{ text: '{code} {motdepasse}' }, '{motdepasse}'],
      [{ text: '{code} {constructor}' }, '{constructor}'],
      [{ subject: 'Code {code}' }, '{code}'],
      [{ subject: '' }, 'objet'],
      [{ text: `{code}${'x'.repeat(4001)}` }, ''],
    ] as const) {
      const page = await write(fields);
      expect(page.status, named).to.be.oneOf([422, 400]);
      expect(page.body).to.include(named);
      expect(await app.wordings.find('signin-code')).to.equal(null);
    }
  });

  it('bring no HTML of their own and no header of their own', async () => {
    const nasty = '<img src=x onerror=alert(1)> <%= it.code %> {code} <a href="javascript:1">x</a>';
    const shown = await write({ text: nasty }, 'preview');
    expect(shown.body).to.not.include('<img src=x').and.not.include('<a href="javascript');
    // What stands in the frame is escaped once for the mail and once for the page.
    expect(shown.body).to.include('&amp;lt;img');
    for (const subject of ['Code\r\nBcc: tous@ailleurs.example', 'Code\nX: y', 'Code\u2028X', 'a\u0007b']) {
      const page = await write({ subject });
      expect(page.alertCode).to.equal('admin.invalid');
    }
    expect(await app.wordings.find('signin-code')).to.equal(null);
  });

  it('fill what they are given once: a name in braces stays a name', async () => {
    await write({ text: '{givenName} : {code}', subject: 'Code' });
    await app.services.directory.professionals.update('acc-claire', before => ({
      ...before,
      givenName: '{code} <b>Claire</b>',
    }));
    const mail = await mailNow();
    expect(mail.text).to.match(/^\{code\} <b>Claire<\/b> : \d{6}/u);
    expect(mail.html).to.include('{code} &lt;b&gt;Claire');
  });

  it('are not undone by who saw an older version', async () => {
    const old = await anne.get('/admin/mails/new-device');
    const fields = { subject: 'Nouvel appareil', text: 'Sur {device}.' };
    const first = await anne.browser.submit(old, 'mail', { ...fields, step: 'save' });
    expect(first.url.search).to.equal('?done=updated');
    const late = await anne.browser.submit(old, 'mail', { ...fields, text: 'Autre.', step: 'save' });
    expect(late.alertCode).to.equal('admin.changed_meanwhile');
  });

  it('are nothing for anybody but the region', async () => {
    for (const who of ['paul', 'carole', 'nadia', 'noe']) {
      const seat = await seatOf(app, who);
      for (const path of [
        '/admin/mails',
        '/admin/mails/signin-code',
        '/admin/mails/unknown',
        '/admin/mails/sms/signin-code',
      ])
        expect((await seat.get(path)).status, `${who} ${path}`).to.equal(403);
    }
    for (const name of [
      'unknown',
      '__proto__',
      'constructor',
      'sms/unknown',
      'sms/constructor',
      'sms/sms.signin-code',
    ])
      expect((await anne.get(`/admin/mails/${name}`)).status, name).to.equal(404);
  });

  describe('of a text message', () => {
    const page = '/admin/mails/sms/signin-code';
    const write = async (text: string, step = 'save') =>
      anne.browser.submit(await anne.get(page), 'sms', { text, step });

    it('are shown as they leave, with how often they are counted and what makes them long', async () => {
      const short = await write('{regionName} : code {code}, {minutes} min', 'preview');
      expect(short.status).to.equal(200);
      expect(short.body).to.include(': code 042 042, 10 min').and.include('1 SMS').and.include('sur 160');
      const long = await write(`{regionName} : ${'l’accès '.repeat(8)}{code}`, 'preview');
      expect(long.body).to.include('2 SMS').and.include('<code class="keep">’</code>');
      expect(await app.smsWordings.find('signin-code')).to.equal(null);
    });

    it('of the region are kept until the original ones are taken back, and both leave a trace', async () => {
      const text = '{regionName} : {code}, {minutes} min';
      expect((await write(text)).url.search).to.equal('?done=updated');
      expect(await app.smsWordings.find('signin-code')).to.include({ text });
      expect(await app.wordings.get('signin-code'), 'the mail has words of its own').to.not.include({ text });
      expect((await anne.get('/admin/mails')).body).to.include(': 042 042, 10 min');
      const back = await anne.browser.submit(await anne.get(page), 'sms', { step: 'reset' });
      expect(back.url.search).to.equal('?done=reset');
      expect(await app.smsWordings.find('signin-code')).to.equal(null);
      const { items } = await app.services.audit.list({ limit: 1000 });
      const traced = items.filter(({ type }) => type.startsWith('admin.sms_template.'));
      expect(traced.map(({ type, actor }) => [type, actor])).to.have.deep.members([
        ['admin.sms_template.updated', 'acc-anne'],
        ['admin.sms_template.reset', 'acc-anne'],
      ]);
    });

    it('keep the code and the name of the service, and stay within three', async () => {
      for (const [text, named] of [
        ['{regionName} : bonjour', '{code}'],
        ['Votre code : {code}', '{regionName}'],
        ['{regionName} {code} {password}', '{password}'],
        ['{regionName} {code}\u0007', 'invisible'],
        [`{regionName} {code} ${'ê'.repeat(210)}`, 'raccourcissez'],
        ['   ', ''],
      ] as const)
        for (const step of ['save', 'preview']) {
          const refused = await write(text, step);
          expect(refused.status, `${step} ${named}`).to.be.oneOf([400, 422]);
          expect(refused.body).to.include(named);
        }
      expect(await app.smsWordings.find('signin-code')).to.equal(null);
    });

    it('are not undone by who saw an older version', async () => {
      const old = await anne.get('/admin/mails/sms/contact-code');
      const fields = { text: '{regionName} {code}', step: 'save' };
      expect((await anne.browser.submit(old, 'sms', fields)).url.search).to.equal('?done=updated');
      const late = await anne.browser.submit(old, 'sms', { ...fields, text: '{regionName} : {code}' });
      expect(late.alertCode).to.equal('admin.changed_meanwhile');
    });
  });
});
