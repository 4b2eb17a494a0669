import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import { expect } from 'chai';
import type { IssuedCard } from '../../../scripts/demo/igc/index.ts';
import { ask, confirm, type CardRequest } from './card-client.ts';
import { PLACE, startCardHost, type TestCardHost } from './card-host.ts';
import { isInstalled, startRelay, type Program, type Relay, type Upstream } from './relay.ts';

const SECRET = 'a-secret-of-the-proxy-and-of-the-service';
const HEADER = 'x-ssl-client-cert';
const PROGRAMS: readonly Program[] = ['nginx', 'haproxy'];

/** The snippets of docs/means/card.md, in the programs that they are for. */
for (const kind of ['socket', 'address'] as const) {
  describe(`the card host behind a real proxy, by ${kind}`, () => {
    const present = PROGRAMS.filter(isInstalled);
    const relays = new Map<Program, Relay>();
    let folder: string;
    let host: TestCardHost;
    let card: IssuedCard;
    before(async function () {
      // Keys of 2048 bits on a busy machine.
      this.timeout(60_000);
      if (present.length === 0) return;
      folder = await mkdtemp(path.join(tmpdir(), 'trousseau-relay-'));
      const file = path.join(folder, 'card.sock');
      host = await startCardHost(() =>
        kind === 'socket'
          ? { kind: 'proxy', peer: { kind, file }, header: HEADER, secret: undefined }
          : {
              kind: 'proxy',
              peer: { kind: 'addresses', addresses: ['127.0.0.1'] },
              header: HEADER,
              secret: SECRET,
            },
      );
      const own = await host.igc.host(['localhost']);
      card = await host.igc.issue('cps');
      await writeFile(path.join(folder, 'igc-sante.pem'), await host.igc.anchors());
      await writeFile(path.join(folder, 'carte.key'), own.privateKey);
      await writeFile(path.join(folder, 'carte.pem'), own.certificate);
      await writeFile(path.join(folder, 'carte-et-cle.pem'), own.certificate + own.privateKey);
      const upstream: Upstream =
        kind === 'socket' ? { kind, file } : { kind, port: host.port, secret: SECRET };
      for (const program of present) relays.set(program, await startRelay(program, upstream, folder));
    });
    after(async () => {
      if (present.length === 0) return;
      await Promise.all([...relays.values()].map(relay => relay.stop()));
      await host.destroy();
      await rm(folder, { recursive: true });
    });

    for (const program of PROGRAMS) {
      describe(program, () => {
        let port: number;
        before(function () {
          const relay = relays.get(program);
          if (!relay) {
            process.stderr.write(
              `    the card host behind ${program} is not tried: ${program} is not installed\n`,
            );
            return this.skip();
          }
          ({ port } = relay);
        });
        /** As a browser does, which names the public address whatever stands in between. */
        const show = (address: string, asked: CardRequest = {}) =>
          ask(port, address, {
            ...asked,
            headers: { host: `localhost:${host.port}`, ...asked.headers },
          });

        for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
          it(`reads a card over ${version}, and closes after the answer`, async () => {
            const { text, code, protocol, headers } = await show('/poste', {
              card,
              tls: { minVersion: version, maxVersion: version },
              headers: { connection: 'keep-alive' },
            });
            expect([code, protocol]).to.deep.equal([undefined, version]);
            expect(text).to.contain('Claire DUPONT').and.contain(version.replace('TLSv', 'TLS '));
            expect(headers.connection).to.equal('close');
          });

          it(`resumes no session of ${version}`, async () => {
            const session = await sessionOf(port, host.port, card, version);
            const tls = { minVersion: version, maxVersion: version, ...(session ? { session } : {}) };
            const again = await show('/poste', { tls });
            expect(again.code).to.equal('card.not_presented');
            expect(again.text).to.not.contain('DUPONT');
            expect(await isResumed(port, tls)).to.equal(false);
          });
        }

        it('carries a sign-in from the card to the ticket', async () => {
          const address = await host.signInPath();
          const done = await confirm(port, address, card, card, `localhost:${host.port}`);
          expect(done.status, done.text).to.equal(303);
          const ticket = new URL(done.headers.location ?? '').searchParams.get('ticket') ?? '';
          const proven = await host.handOff.redeem(ticket, PLACE);
          expect(proven?.identity.nationalIds).to.deep.equal([card.nationalId]);
        });

        it('trap 15: strips the certificate and the secret that a client writes itself', async () => {
          const forged = {
            'X-SSL-Client-Cert': encodeURIComponent(card.certificate.pem),
            'X-Trousseau-Proxy-Secret': SECRET,
            'X-Forwarded-For': '192.0.2.66',
          };
          const none = await show(await host.signInPath(), { headers: forged });
          expect([none.status, none.code]).to.deep.equal([403, 'card.not_presented']);
          const other = await host.igc.issue('cpe');
          const { text } = await show('/poste', { card: other, headers: forged });
          expect(text).to.not.contain('Claire DUPONT');
          expect(host.log()).to.not.contain('192.0.2.66');
        });

        it('forwards what was confirmed with a card that the proxy itself thinks little of', async () => {
          const expired = await host.igc.issue('expired');
          const address = await host.signInPath();
          const { status, code } = await confirm(port, address, card, expired, `localhost:${host.port}`);
          expect([status, code]).to.deep.equal([403, 'card.expired']);
        });

        for (const [kindOfCard, expected] of [
          ['expired', 'card.expired'],
          ['impostor', 'card.forged'],
          ['old', 'card.old_issuer'],
          ['signature', 'card.signature_certificate'],
        ] as const) {
          it(`leaves ${expected} to the service, whose page says what to do`, async () => {
            const refused = await show(await host.signInPath(), { card: await host.igc.issue(kindOfCard) });
            expect([refused.status, refused.code], refused.text.slice(0, 300)).to.deep.equal([403, expected]);
          });
        }
      });
    }
  });
}

/** What a client would come back with after it has shown the card once. */
async function sessionOf(
  port: number,
  publicPort: number,
  card: IssuedCard,
  version: SecureVersion,
): Promise<Buffer | undefined> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    cert: card.certificate.pem,
    key: await card.privateKey(),
    minVersion: version,
    maxVersion: version,
  });
  let session: Buffer | undefined;
  socket.on('session', given => (session = given));
  await once(socket, 'secureConnect');
  session ??= version === 'TLSv1.2' ? socket.getSession() : undefined;
  socket.resume().write(`GET /poste HTTP/1.1\r\nHost: localhost:${publicPort}\r\n\r\n`);
  await once(socket, 'close');
  return session;
}

async function isResumed(port: number, options: object): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  const isReused = socket.isSessionReused();
  socket.destroy();
  return isReused;
}
