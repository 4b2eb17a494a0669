import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import type { Message } from '#notify/index.ts';
import { isAppError } from '#kernel/index.ts';
import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createSmtpChannel, type SmtpChannel } from '../../src/notify/channels/smtp.ts';
import { createCertificate } from './certificate.ts';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
  readonly isSecure: boolean;
  readonly user: unknown;
}

const message: Message = {
  id: 'code:abc/1',
  to: 'claire.dupont@chu.example',
  subject: 'Votre code – connexion',
  text: 'Bonjour Claire,\n\n123456',
  html: '<p>Bonjour Claire</p>',
};

function refusal(responseCode: number): Error {
  return Object.assign(new Error(`refused: ${message.to}`), { responseCode });
}

describe('the SMTP channel', () => {
  const { key, cert } = createCertificate();
  const servers: SMTPServer[] = [];
  const channels: SmtpChannel[] = [];
  let received: Received[];

  beforeEach(() => {
    received = [];
  });
  afterEach(async () => {
    for (const channel of channels.splice(0)) channel.close();
    await Promise.all(
      servers.splice(0).map(server => new Promise<void>(resolve => server.close(() => resolve()))),
    );
  });

  async function listen(options: SMTPServerOptions = {}): Promise<number> {
    const server = new SMTPServer({
      key,
      cert,
      authOptional: true,
      disableReverseLookup: true,
      closeTimeout: 100,
      onData(stream, session, callback) {
        const { mailFrom, rcptTo } = session.envelope;
        void text(stream).then(source => {
          received.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            source,
            isSecure: session.secure,
            user: session.user,
          });
          callback();
        });
      },
      ...options,
    });
    // A client that goes away in mid-session is part of these tests.
    server.on('error', () => {});
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return (server.server.address() as AddressInfo).port;
  }

  function channel(url: string, ca?: string): SmtpChannel {
    const opened = createSmtpChannel({ url, from: 'Trousseau <no-reply@region.example>', ca });
    channels.push(opened);
    return opened;
  }

  const failureOf = (sending: Promise<void>) =>
    sending.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('hands a message over with its sender, its texts and a stable Message-ID', async () => {
    const port = await listen({ hideSTARTTLS: true });
    await channel(`smtp://127.0.0.1:${port}`).send(message);
    expect(received).to.have.length(1);
    const [mail] = received;
    expect(mail).to.deep.include({ from: 'no-reply@region.example', to: [message.to] });
    expect(mail?.source).to.match(/^Message-ID: <code.abc.1@region\.example>$/mu);
    expect(mail?.source).to.match(/^Auto-Submitted: auto-generated$/mu);
    expect(mail?.source).to.match(/^Content-Type: multipart\/alternative/mu);
  });

  it('uses STARTTLS where the server offers it, and signs in', async () => {
    const port = await listen({
      authOptional: false,
      onAuth({ username, password }, _session, callback) {
        if (username === 'trousseau' && password === 'p@ss word') callback(null, { user: 'trousseau' });
        else callback(refusal(535));
      },
    });
    await channel(`smtp://trousseau:p%40ss%20word@127.0.0.1:${port}`, cert).send(message);
    expect(received[0]).to.deep.include({ isSecure: true, user: 'trousseau' });
  });

  it('speaks TLS from the start with smtps', async () => {
    const port = await listen({ secure: true });
    await channel(`smtps://localhost:${port}`, cert).send(message);
    expect(received[0]?.isSecure).to.equal(true);
  });

  it('sends nothing to a server whose certificate is not trusted, and may try again', async () => {
    const port = await listen({ secure: true });
    const error = await failureOf(channel(`smtps://localhost:${port}`).send(message));
    expect(isAppError(error, 'notify.delivery_failed')).to.equal(true);
    expect(received).to.deep.equal([]);
  });

  it('may try again after a refused password: an operator mends it', async () => {
    const port = await listen({ onAuth: (_auth, _session, callback) => callback(refusal(535)) });
    const error = await failureOf(channel(`smtp://u:p@127.0.0.1:${port}`, cert).send(message));
    expect(isAppError(error, 'notify.delivery_failed')).to.equal(true);
  });

  for (const [code, isFinal] of [
    [421, false],
    [450, false],
    [452, false],
    [530, false],
    [550, true],
    [552, true],
    [553, true],
  ] as const) {
    it(`takes ${code} for the recipient as ${isFinal ? 'final' : 'passing'}`, async () => {
      const port = await listen({ onRcptTo: (_address, _session, callback) => callback(refusal(code)) });
      const error = await failureOf(channel(`smtp://127.0.0.1:${port}`, cert).send(message));
      expect(isAppError(error, isFinal ? 'notify.undeliverable' : 'notify.delivery_failed')).to.equal(true);
      // The server's text repeats the address.
      expect(inspect(error, { depth: 9 })).to.not.include('claire.dupont');
    });
  }

  it('takes 554 for the content as final, 451 as passing', async () => {
    for (const code of [554, 451]) {
      const port = await listen({
        onData(stream, _session, callback) {
          void text(stream).then(() => callback(refusal(code)));
        },
      });
      const error = await failureOf(channel(`smtp://127.0.0.1:${port}`, cert).send(message));
      expect(isAppError(error, 'notify.undeliverable'), String(code)).to.equal(code === 554);
    }
  });

  it('may try again when nobody answers', async () => {
    const port = await listen();
    await new Promise<void>(resolve => servers.pop()?.close(() => resolve()));
    const error = await failureOf(channel(`smtp://127.0.0.1:${port}`).send(message));
    expect(isAppError(error, 'notify.delivery_failed')).to.equal(true);
  });
});
