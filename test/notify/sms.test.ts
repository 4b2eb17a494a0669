import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAudit } from '#audit/index.ts';
import { createShiftedClock, isAppError, type ShiftedClock } from '#kernel/index.ts';
import {
  createNotify,
  createOutbox,
  createSmsWordings,
  createSmsChannel,
  loadTemplates,
  openDemoChannel,
  readSmsUrl,
  type Notify,
  type Outbox,
  type OutgoingSms,
  type SmsAddress,
  type SmsChannel,
} from '#notify/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A gateway on loopback that answers what the test says, or not at all. */
class Gateway {
  readonly received: Received[] = [];
  answers: { status: number; body?: string; headers?: Record<string, string> }[] = [];
  isSilent = false;
  readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      this.received.push({ path: request.url ?? '', headers: request.headers, body });
      if (this.isSilent) return;
      const answer = this.answers.shift() ?? { status: 201, body: '{"sid":"SM1"}' };
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }
}

const message = { id: 'delivery-1', to: '+33600000001', text: 'Code 042042' };

function channelOf(url: string, more: { sender?: string; timeoutMs?: number } = {}): SmsChannel {
  const address = readSmsUrl(url);
  if (address === undefined) throw new TypeError(`no SMS address: ${url}`);
  return createSmsChannel({ address, ...more });
}

/** The code and the detail with which a message is refused. */
async function refusal(
  channel: SmsChannel,
): Promise<{ code: string; detail: string | undefined } | undefined> {
  try {
    await channel.send(message);
    return undefined;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, detail: error.detail };
  }
}

describe('text messages', () => {
  let gateway: Gateway;
  let host: string;
  beforeEach(async () => {
    gateway = new Gateway();
    host = await gateway.listen();
  });
  afterEach(() => gateway.close());

  it('reach a gateway as JSON, with Basic credentials, the sender and the delivery’s own key', async () => {
    await channelOf(`http://us%40r:p%3Ass@${host}/v1/send?route=fr`, { sender: 'Trousseau' }).send(message);
    const [request] = gateway.received;
    expect(request?.path).to.equal('/v1/send?route=fr');
    expect(request?.headers.authorization).to.equal(`Basic ${btoa('us@r:p:ss')}`);
    expect(request?.headers['idempotency-key']).to.equal('delivery-1');
    expect(JSON.parse(request?.body ?? '')).to.deep.equal({
      to: '+33600000001',
      text: 'Code 042042',
      sender: 'Trousseau',
    });
  });

  it('reach a gateway with a bearer token, or without credentials', async () => {
    await channelOf(`http://:t0ken@${host}/`).send(message);
    await channelOf(`http://${host}/`).send(message);
    expect(gateway.received.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer t0ken',
      undefined,
    ]);
  });

  it('reach Twilio as a form, from a number or a messaging service', async () => {
    const service = `MG${'0'.repeat(32)}`;
    await channelOf(`twilio+http://AC1:tok@${host}/?from=+33700000000`).send(message);
    await channelOf(`twilio+http://AC1:tok@${host}/?from=${service}`).send(message);
    const [byNumber, byService] = gateway.received.map(({ body }) =>
      Object.fromEntries(new URLSearchParams(body)),
    );
    expect(gateway.received[0]?.path).to.equal('/2010-04-01/Accounts/AC1/Messages.json');
    expect(gateway.received[0]?.headers.authorization).to.equal(`Basic ${btoa('AC1:tok')}`);
    expect(byNumber).to.deep.equal({ To: '+33600000001', From: '+33700000000', Body: 'Code 042042' });
    expect(byService).to.have.property('MessagingServiceSid', service);
    expect(byService).not.to.have.property('From');
  });

  it('are given up on a refusal, with its code and nothing of the answer’s text', async () => {
    gateway.answers = [
      { status: 400, body: '{"code":21211,"message":"+33600000001 is no number"}' },
      { status: 404 },
    ];
    const channel = channelOf(`twilio+http://AC1:tok@${host}/?from=+33700000000`);
    expect(await refusal(channel)).to.deep.equal({
      code: 'notify.undeliverable',
      detail: 'SMS gateway: 400 21211',
    });
    expect(await refusal(channel)).to.deep.equal({
      code: 'notify.undeliverable',
      detail: 'SMS gateway: 404',
    });
  });

  it('are tried again after 429, 5xx, a redirection, silence and a gateway that is not there', async () => {
    const elsewhere = { location: `http://${host}/elsewhere` };
    gateway.answers = [{ status: 429 }, { status: 503 }, { status: 307, headers: elsewhere }];
    const channel = channelOf(`http://u:p@${host}/`, { timeoutMs: 100 });
    for (const status of [429, 503, 307]) {
      expect(await refusal(channel)).to.deep.equal({
        code: 'notify.delivery_failed',
        detail: `SMS gateway: ${status}`,
      });
    }
    expect(gateway.received.map(({ path }) => path)).not.to.include('/elsewhere');
    gateway.isSilent = true;
    expect((await refusal(channel))?.code).to.equal('notify.delivery_failed');
    await gateway.close();
    expect((await refusal(channel))?.code).to.equal('notify.delivery_failed');
    gateway = new Gateway();
    await gateway.listen();
  });

  describe('from the outbox', () => {
    let store: TestStore;
    let clock: ShiftedClock;
    let outbox: Outbox;
    let notify: Notify;

    async function openWith(sms: SmsChannel | undefined): Promise<void> {
      clock = createShiftedClock();
      store = await openTestStore({ clock });
      outbox = createOutbox({ store, clock, audit: createAudit({ store, clock }) });
      notify = createNotify({
        outbox,
        channels: { email: openDemoChannel({ store, clock }), ...(sms && { sms }) },
        smsPrefixes: ['+33', '+262'],
        templates: loadTemplates(fileURLToPath(new URL('../../views/mail/', import.meta.url))),
        region: async () => ({ name: 'Région Centre', support: '02 00 00 00 00' }),
        smsWordings: createSmsWordings({ store }),
        label: 'formation',
      });
    }
    afterEach(async () => {
      await outbox.close();
      await store.destroy();
    });

    const code: OutgoingSms = {
      channel: 'sms',
      to: '+33600000001',
      template: 'signin-code',
      data: { code: '042042', minutes: '10' },
    };
    const codeOf = (work: Promise<void>): Promise<string> =>
      work.then(
        () => 'sent',
        (error: unknown) => (isAppError(error) ? error.code : String(error)),
      );

    it('hold the code, the region and the mark, in one message of the GSM alphabet', async () => {
      await openWith(channelOf(`http://${host}/`));
      await notify.send(code);
      await outbox.drain();
      const { text } = JSON.parse(gateway.received[0]?.body ?? '{}') as { text: string };
      expect(text)
        .to.include('042042')
        .and.include('Région Centre')
        .and.match(/^\[Formation\] /u);
      expect(text).to.match(/^[ -Z_a-zàéèùòìÇØøÅåÆæßÉÄÖÑÜäöñü[\]]{1,160}$/u);
    });

    it('are in the words of the region, which keep the mark', async () => {
      await openWith(channelOf(`http://${host}/`));
      const words = { text: 'Code {code} de {regionName} ({minutes} min)' };
      expect(await createSmsWordings({ store }).put('signin-code', words, 0)).to.equal(true);
      await notify.send(code);
      await outbox.drain();
      expect(JSON.parse(gateway.received[0]?.body ?? '{}')).to.have.property(
        'text',
        '[Formation] Code 042042 de Région Centre (10 min)',
      );
    });

    it('are known to fail after silence and 5xx, until one leaves, or for ten minutes', async () => {
      await openWith(channelOf(`http://${host}/`, { timeoutMs: 100 }));
      gateway.isSilent = true;
      await notify.send(code);
      await outbox.drain();
      expect([notify.isFailing('sms'), notify.isFailing('email')]).to.deep.equal([true, false]);
      gateway.isSilent = false;
      await notify.send(code);
      await outbox.drain();
      expect(notify.isFailing('sms')).to.equal(false);
      gateway.answers = [{ status: 503 }, { status: 400 }];
      await notify.send(code);
      await outbox.drain();
      expect(notify.isFailing('sms')).to.equal(true);
      clock.advance(600);
      expect(notify.isFailing('sms')).to.equal(false);
      await outbox.drain();
      expect(notify.isFailing('sms'), 'a number that does not exist is no outage').to.equal(false);
    });

    it('are sent again after a passing failure, once', async () => {
      gateway.answers = [{ status: 503 }];
      await openWith(channelOf(`http://${host}/`));
      await notify.send(code);
      await outbox.drain();
      clock.advance(3600);
      await outbox.drain();
      await outbox.drain();
      expect(gateway.received).to.have.length(2);
      expect((await outbox.list('done')).items).to.have.length(1);
    });

    it('go to no number of another country, and to none without a gateway', async () => {
      await openWith(channelOf(`http://${host}/`));
      for (const to of ['+447700900000', '0600000001', '+33', '+33 600000001', '+33600000001,+33600000002']) {
        expect(await codeOf(notify.send({ ...code, to })), to).to.equal('notify.bad_number');
      }
      expect(await codeOf(notify.send({ ...code, to: '+262692000001' }))).to.equal('sent');
      expect(notify.hasSms).to.equal(true);
      await outbox.close();
      await store.destroy();
      await openWith(undefined);
      expect(await codeOf(notify.send(code))).to.equal('notify.sms_off');
      expect(notify.hasSms).to.equal(false);
    });

    it('are pretended for nobody with the same writes, and not sent', async () => {
      await openWith(channelOf(`http://${host}/`));
      const { to: _to, ...nobody } = code;
      await notify.pretend(nobody);
      await outbox.drain();
      expect(gateway.received).to.deep.equal([]);
      expect((await outbox.list('done')).items).to.have.length(1);
    });
  });
});

describe('the address of an SMS gateway', () => {
  it('is read as a gateway or as Twilio', () => {
    const known: readonly (readonly [string, Partial<SmsAddress>])[] = [
      ['https://u:p@sms.example/send', { kind: 'gateway', url: 'https://sms.example/send' }],
      [
        'twilio://AC1:tok@/?from=+33700000000',
        { kind: 'twilio', origin: 'https://api.twilio.com', from: '+33700000000' },
      ],
    ];
    for (const [text, expected] of known) expect(readSmsUrl(text), text).to.deep.include(expected);
  });

  it('is refused in clear to another machine, without a sender, elsewhere, or malformed', () => {
    for (const text of [
      'http://sms.example/',
      'ftp://sms.example/',
      'https://u:%zz@sms.example/',
      'https://sms.example/#x',
      'twilio://AC1:tok@/',
      'twilio://AC1@/?from=+33700000000',
      'twilio://AC1:tok@elsewhere.example/?from=+33700000000',
      'twilio+http://AC1:tok@sms.example/?from=+33700000000',
      'twilio://AC1:tok@/path?from=+33700000000',
      'sms',
      '',
    ]) {
      expect(readSmsUrl(text), text).to.equal(undefined);
    }
  });
});
