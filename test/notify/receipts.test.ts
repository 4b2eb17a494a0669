import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';

const TOKEN = 'twilio-token-0123456789';

/** What Twilio's Messages API answers to one message, by the status that the test chose. */
const ANSWERS: Readonly<Record<number, object>> = {
  201: { sid: 'SM1', status: 'queued' },
  400: { code: 21211, message: 'Invalid To' },
  429: { code: 20429, message: 'Too Many Requests' },
  503: {},
};

/** No answer at all. */
const CUT = 0;

describe('what Twilio says of a message', () => {
  let app: TestApp;
  let twilio: Server;
  let answers: number[] = [];
  const sent: URLSearchParams[] = [];
  before(async () => {
    twilio = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        sent.push(new URLSearchParams(body));
        const status = answers.shift() ?? 201;
        if (status === CUT) return void response.destroy();
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify(ANSWERS[status]));
      });
    });
    await new Promise<void>(resolve => twilio.listen(0, '127.0.0.1', resolve));
    const region = administeredRegion();
    const anne = region.accounts.find(({ sub }) => sub === 'acc-anne');
    const claire = region.accounts.find(({ sub }) => sub === 'acc-claire');
    Object.assign(claire ?? {}, { phone: '+33600000001' });
    expect(anne).to.not.equal(undefined);
    const { port } = twilio.address() as AddressInfo;
    const url = `twilio+http://AC1:${TOKEN}@127.0.0.1:${port}/?from=+33700000000`;
    app = await startTestApp({ region, env: { TROUSSEAU_SMS_URL: url, TROUSSEAU_CODE_RESEND: '0' } });
  });
  after(async () => {
    await app.destroy();
    await new Promise(resolve => twilio.close(resolve));
  });

  /** Claire asks for a code by SMS; resolves to the address at which Twilio is to answer. */
  async function askForCode(answer?: number): Promise<string> {
    if (answer !== undefined) answers = [answer];
    const before = sent.length;
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    await visitor.browser.submit(page, 'identify', { login: 'claire.test', method: 'sms' });
    await app.outbox.drain();
    expect(sent.length).to.equal(before + 1);
    return sent.at(-1)?.get('StatusCallback') ?? '';
  }

  function signatureOf(url: string, fields: Readonly<Record<string, string>>, token = TOKEN): string {
    const text = Object.keys(fields)
      .sort()
      .reduce((whole, name) => `${whole}${name}${fields[name]}`, url);
    return createHmac('sha1', token).update(text).digest('base64');
  }

  async function tell(url: string, fields: Record<string, string>, signature = signatureOf(url, fields)) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': signature },
      body: new URLSearchParams(fields),
    });
    return answer.status;
  }
  const stateOf = async (url: string) => {
    const id = new URL(url).searchParams.get('delivery');
    const items = [
      ...(await app.outbox.list('done', { limit: 500 })).items,
      ...(await app.outbox.list('dead', { limit: 500 })).items,
    ];
    const found = items.find(item => item.id === id);
    return [found?.state, found?.receipt?.state, found?.reason];
  };

  it('is asked for with each message, at the public address', async () => {
    const url = await askForCode();
    expect(url.startsWith(`${app.issuer}/notify/twilio/status?delivery=`)).to.equal(true);
  });

  it('is noted once: delivered stays delivered, whatever comes again or later', async () => {
    const url = await askForCode();
    const delivered = { MessageSid: 'SM1', MessageStatus: 'delivered', To: '+33600000001' };
    expect(await tell(url, { ...delivered, MessageStatus: 'sent' })).to.equal(204);
    expect(await stateOf(url)).to.deep.equal(['done', undefined, undefined]);
    expect(await tell(url, delivered)).to.equal(204);
    expect(await tell(url, delivered)).to.equal(204);
    expect(await tell(url, { ...delivered, MessageStatus: 'failed', ErrorCode: '30008' })).to.equal(204);
    expect(await stateOf(url)).to.deep.equal(['done', 'delivered', undefined]);

    const id = new URL(url).searchParams.get('delivery') ?? '';
    const { deliveries } = app.outbox;
    expect((await deliveries.health()).kinds.find(({ kind }) => kind === 'notify.sms')?.delivered).to.equal(
      1,
    );
    expect(await deliveries.get(id)).to.include({ state: 'delivered', canRetry: false, reason: undefined });
    expect([await deliveries.retry(id), await deliveries.drop(id)]).to.deep.equal([false, false]);
    const seat = await seatOf(app, 'anne', '/admin/deliveries');
    const list = await seat.get('/admin/deliveries?state=delivered');
    expect(list.body).to.include(`/admin/deliveries/${encodeURIComponent(id)}`);
    expect(
      (await seat.get(`/admin/deliveries/${encodeURIComponent(id)}`)).forms.map(form => form.id),
    ).to.not.include('delivery');
  });

  it('puts what reached nobody among those given up, with its code, for administrators to see', async () => {
    const url = await askForCode();
    const undelivered = { MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode: '30003' };
    expect(await tell(url, undelivered)).to.equal(204);
    expect(await tell(url, undelivered)).to.equal(204);
    expect(await stateOf(url)).to.deep.equal(['dead', 'undelivered', 'notify.undelivered.30003']);
    const anne = await seatOf(app, 'anne', '/admin/deliveries?state=dead');
    const page = await anne.get('/admin/deliveries?state=dead');
    expect(page.body).to.include('(code 30003)');
    expect(page.body).to.not.include('+33600000001');
  });

  it('is refused unsigned, signed by another, for other fields or for another delivery', async () => {
    const url = await askForCode();
    const fields = { MessageSid: 'SM1', MessageStatus: 'failed', ErrorCode: '30008' };
    const good = signatureOf(url, fields);
    for (const [to, told, signature] of [
      [url, fields, ''],
      [url, fields, signatureOf(url, fields, 'autre-token')],
      [url, { ...fields, ErrorCode: '30009' }, good],
      [`${url}0`, fields, good],
    ] as const)
      expect(await tell(to, told, signature)).to.equal(403);
    expect(await stateOf(url)).to.deep.equal(['done', undefined, undefined]);
  });

  it('is nothing for a delivery that nobody knows', async () => {
    const url = `${app.issuer}/notify/twilio/status?delivery=inconnu`;
    expect(await tell(url, { MessageStatus: 'failed' })).to.equal(204);
  });

  it('21211 gives a code up, 20429 and 5xx are tried again, and never past the end of the code', async () => {
    const refused = await askForCode(400);
    expect(await stateOf(refused)).to.deep.equal(['dead', undefined, 'undeliverable']);
    for (const status of [429, 503]) {
      const url = await askForCode(status);
      expect(await stateOf(url)).to.deep.equal([undefined, undefined, undefined]);
      app.clock.advance(120);
      await app.outbox.drain();
      expect(sent.at(-1)?.get('StatusCallback')).to.equal(url);
      expect((await stateOf(url))[0]).to.equal('done');
    }
    const late = await askForCode(503);
    const before = sent.length;
    app.clock.advance(11 * 60);
    await app.outbox.drain();
    expect(sent.length).to.equal(before);
    expect(await stateOf(late)).to.deep.equal(['dead', undefined, 'too_late']);
  });

  describe('in an outage', () => {
    afterEach(() => {
      answers = [];
    });
    /** Twilio answers so from now on, and a first message has shown it. */
    async function beginOutage(answer: number): Promise<void> {
      answers = Array.from({ length: 20 }, () => answer);
      await ask('claire.test');
      await app.outbox.drain();
    }
    async function ask(login: string) {
      const visitor = createVisitor(app);
      const { page } = await visitor.authorize();
      return { visitor, page: await visitor.browser.submit(page, 'identify', { login, method: 'sms' }) };
    }

    for (const [outage, answer] of [
      ['503', 503],
      ['no answer', CUT],
    ] as const)
      it(`(${outage}) it is said on the page of the code, to nobody as to somebody, until it is over`, async () => {
        await beginOutage(answer);
        const { visitor, page } = await ask('claire.test');
        for (const asked of [page, (await ask('inconnue.test')).page]) {
          expect(asked.alertCode).to.equal('signin.sending_fails');
          expect([asked.status, asked.forms[0]?.id]).to.deep.equal([200, 'code']);
          expect(asked.body).to.include('name="restart"');
        }
        answers = [];
        await askForCode();
        for (const later of [await visitor.browser.get(page.url), (await ask('inconnue.test')).page])
          expect(later.alertCode).to.equal(undefined);
      });

    it('it is said to whoever has shown the password, with what they may choose instead', async () => {
      await beginOutage(503);
      const visitor = createVisitor(app);
      const { page } = await visitor.authorize();
      const byMail = await visitor.browser.submit(page, 'identify', {
        login: 'claire.test',
        password: PASSWORD,
      });
      expect(byMail.alertCode).to.equal(undefined);
      const bySms = await visitor.browser.submit(byMail, 'code', { method: 'sms' });
      expect(bySms.alertCode).to.equal('signin.sending_fails');
      expect(bySms.body).to.include('name="method" value="code"');
    });
  });

  it('leaves the password and a code by e-mail to who cannot be reached', async () => {
    answers = [503];
    const visitor = createVisitor(app);
    const { page } = await visitor.authorize();
    const asked = await visitor.browser.submit(page, 'identify', { login: 'claire.test', method: 'sms' });
    expect(asked.forms[0]?.id).to.equal('code');
    const again = await visitor.browser.submit(asked, 'code', { restart: '1' });
    const next = await visitor.browser.submit(again, 'identify', {
      login: 'claire.test',
      password: PASSWORD,
    });
    expect(next.forms[0]?.id).to.equal('code');
  });
});
