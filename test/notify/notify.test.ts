import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAudit } from '#audit/index.ts';
import { createShiftedClock, isAppError } from '#kernel/index.ts';
import {
  createNotify,
  createOutbox,
  loadTemplates,
  MAIL_TEMPLATES,
  openDemoChannel,
  type DemoChannel,
  type Notify,
  type Outbox,
  type OutgoingMail,
} from '#notify/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

const VIEWS = fileURLToPath(new URL('../../views/mail/', import.meta.url));

describe('mail', () => {
  let store: TestStore;
  let outbox: Outbox;
  let demo: DemoChannel;
  let notify: Notify;

  beforeEach(async () => {
    const clock = createShiftedClock();
    store = await openTestStore({ clock });
    outbox = createOutbox({ store, clock, audit: createAudit({ store, clock }) });
    demo = openDemoChannel({ store, clock });
    notify = createNotify({
      outbox,
      channels: { email: demo },
      smsPrefixes: ['+33'],
      templates: loadTemplates(VIEWS),
      region: async () => ({ name: 'Région Démonstration', support: '02 00 00 00 00' }),
      label: 'formation',
    });
  });
  afterEach(async () => {
    await outbox.close();
    await store.destroy();
  });

  const code: OutgoingMail = {
    channel: 'email',
    to: 'claire.dupont@chu.example',
    template: 'signin-code',
    data: { givenName: 'Claire', code: '042042', minutes: '10' },
  };
  const refused = (mail: OutgoingMail) =>
    notify.send(mail).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('arrives with its texts, the region, its support and the mark of a training base', async () => {
    await notify.send(code);
    await outbox.drain();
    const [mail] = await demo.listDemoMessages();
    expect(mail?.to).to.equal(code.to);
    expect(mail?.subject).to.match(/^\[Formation\] \S/u);
    for (const part of [mail?.text, mail?.html]) {
      for (const expected of ['Claire', '042042', '10', 'Région Démonstration', '02 00 00 00 00']) {
        expect(part).to.include(expected);
      }
    }
    expect(mail?.html).to.match(/^<!doctype html>\n<html lang="fr">/u);
    expect(`${mail?.text}${mail?.html}`).to.not.include('undefined');
  });

  it('that is only pretended is written as one that is sent, and reaches nobody', async () => {
    const { to: _nobody, ...mail } = code;
    await notify.pretend(mail);
    await outbox.drain();
    expect((await outbox.list('done')).items).to.have.length(1);
    expect(await demo.listDemoMessages()).to.deep.equal([]);
  });

  it('escapes what it is given in HTML, and only there', async () => {
    await notify.send({ ...code, data: { ...code.data, givenName: '<b>O’Neil & d"Arc</b>' } });
    await outbox.drain();
    const [mail] = await demo.listDemoMessages();
    expect(mail?.text).to.include('<b>O’Neil & d"Arc</b>');
    expect(mail?.html).to.not.include('<b>');
    expect(mail?.html).to.include('&lt;b&gt;');
  });

  for (const to of [
    'a@b.example\r\nBcc: x@y.example',
    'a@b.example, x@y.example',
    'Claire <a@b.example>',
    'a b@c.example',
    'a@b@c.example',
    'a..b@c.example',
    '"a"@b.example',
    '@b.example',
    'a@',
    'a@-b.example',
    '',
  ]) {
    it(`refuses to write to ${JSON.stringify(to)}`, async () => {
      const error = await refused({ ...code, to });
      expect(isAppError(error, 'notify.bad_address')).to.equal(true);
      if (to.length > 3) expect(String(error)).to.not.include(to);
    });
  }

  for (const [name, text] of [
    ['a line break', 'Claire\r\nBcc: x@y.example'],
    ['a NUL', 'Cla\u0000ire'],
    ['a line separator', 'Claire\u2028Bcc'],
    ['too long a text', 'x'.repeat(501)],
  ] as const) {
    it(`refuses ${name} in a text`, async () => {
      const error = await refused({ ...code, data: { ...code.data, givenName: text } });
      expect(isAppError(error, 'notify.bad_text')).to.equal(true);
    });
  }

  it('refuses texts that are missing or unknown, before anything is stored', async () => {
    const { givenName: _givenName, ...missing } = code.data as Record<string, string>;
    expect(await refused({ ...code, data: missing } as unknown as OutgoingMail)).to.be.instanceOf(TypeError);
    const unknown = { ...code.data, password: 'x' };
    expect(await refused({ ...code, data: unknown } as OutgoingMail)).to.be.instanceOf(TypeError);
    expect((await outbox.list('due')).items).to.deep.equal([]);
  });

  it('renders every template without a hole', () => {
    const templates = loadTemplates(VIEWS);
    for (const [name, fields] of Object.entries(MAIL_TEMPLATES)) {
      const data = Object.fromEntries(fields.map(field => [field, `[${field}]`]));
      const mail = templates.render(name as keyof typeof MAIL_TEMPLATES, data, {
        regionName: 'R',
        support: 'S',
        mark: '',
      });
      expect(mail.subject, name).to.match(/^\S[^<>]{5,60}$/u);
      for (const field of fields) {
        expect(mail.text, name).to.include(`[${field}]`);
        expect(mail.html, name).to.include(`[${field}]`);
      }
    }
  });

  describe('templates are refused at start', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'mail-'));
      await cp(VIEWS, folder, { recursive: true });
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('when one is missing', async () => {
      await rm(path.join(folder, 'signin-code.html.eta'));
      expect(() => loadTemplates(folder)).to.throw();
    });

    it('when one does not use a text that it is given, or uses another', async () => {
      const file = path.join(folder, 'signin-code.html.eta');
      await writeFile(file, '<%= it.givenName %> <%= it.minutes %>');
      expect(() => loadTemplates(folder)).to.throw(TypeError, 'missing code');
      await writeFile(file, '<%= it.givenName %> <%= it.minutes %> <%= it.code %> <%= it.login %>');
      expect(() => loadTemplates(folder)).to.throw(TypeError, 'unknown login');
    });

    it('when one has no subject', async () => {
      await writeFile(
        path.join(folder, 'signin-code.txt.eta'),
        '<%= it.givenName %> <%= it.minutes %> <%= it.code %>',
      );
      expect(() => loadTemplates(folder)).to.throw(TypeError);
    });
  });

  it('keeps the newest two hundred messages of a demonstration, the newest first', async () => {
    const send = (n: number) =>
      demo.send({ id: `m${n}`, to: code.to, subject: `n ${n}`, text: '', html: '' });
    await Promise.all(Array.from({ length: 230 }, (_, n) => send(n)));
    await send(230);
    const messages = await demo.listDemoMessages();
    expect(messages).to.have.length(200);
    expect(messages[0]?.subject).to.equal('n 230');
  });
});
