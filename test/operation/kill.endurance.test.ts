import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createVisitor, postAsClient, redeem } from '../support/relying-party.ts';
import { missingOf, noteInformation, prepareService, type Place, type TestService } from './service.ts';
import type { CommandProcess } from '../cli/process.ts';

/** `KILL_ROUNDS=200 npx mocha --no-config --timeout 0 test/operation/kill.endurance.test.ts` is the long one. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 4);
const WRITERS = 8;

describe('the service, killed under load', function () {
  this.timeout(300_000 + ROUNDS * 60_000);
  let service: TestService;
  let place: Place;
  let server: CommandProcess;
  before(async () => {
    service = await prepareService();
    place = service.place('data');
    server = await place.serve();
  });
  after(() => service.destroy());

  const introspect = async (token: string) =>
    (await postAsClient(service, '/oidc/introspect', { token }, 'batch')).body['active'];

  /** One act of each kind after another, until the process is gone; only what was acknowledged is noted. */
  function startLoad(round: number, ledger: Ledger): { stop(): Promise<unknown> } {
    let isOver = false;
    const write = async (writer: number): Promise<void> => {
      for (let at = 0; !isOver; at += 1) {
        const key = `pk-${round}-${writer}-${at}`;
        if (await noteInformation(service, key)) ledger.informed.push(key);
      }
    };
    const revoke = async (): Promise<void> => {
      while (!isOver) {
        const form = { grant_type: 'client_credentials', scope: 'access:evaluate' };
        const { body } = await postAsClient(service, '/oidc/token', form, 'batch');
        const token = body.access_token ?? '';
        const { status } = await postAsClient(service, '/oidc/revoke', { token }, 'batch');
        if (status === 200) ledger.revoked.push(token);
      }
    };
    // A request that is cut is an act that was not acknowledged.
    const acts = [...Array.from({ length: WRITERS }, (_, writer) => write(writer)), revoke(), revoke()].map(
      act => act.catch(() => undefined),
    );
    return {
      stop: () => {
        isOver = true;
        return Promise.all(acts);
      },
    };
  }

  it(`loses nothing acknowledged, revives nothing revoked and takes a code once, in ${ROUNDS} rounds`, async () => {
    const ledger: Ledger = { informed: [], revoked: [] };
    const visitor = createVisitor(service);
    await visitor.signIn('claire.dupont');
    for (let round = 0; round < ROUNDS; round += 1) {
      const load = startLoad(round, ledger);
      const soFar = ledger.informed.length + ledger.revoked.length;
      while (ledger.informed.length + ledger.revoked.length < soFar + 40) await delay(10);
      // The session lives on from round to round: its code comes without a page.
      const authorization = await visitor.authorize();
      expect(authorization.callback.has('code'), `the session was lost before round ${round}`).to.equal(true);
      const tries = Array.from({ length: 3 }, () => redeem(service, authorization).catch(() => undefined));
      server.child.kill('SIGKILL');
      const during = await Promise.all(tries);
      await Promise.all([load.stop(), server.ended]);
      server = await place.serve();
      const taken = during.filter(one => one?.status === 200).length;
      const again = (await redeem(service, authorization)).status === 200;
      expect(taken + Number(again), 'a code was taken twice').to.be.at.most(1);
    }
    expect(ledger.informed.length).to.be.greaterThan(0);
    expect(ledger.revoked.length).to.be.greaterThan(0);
    expect(await missingOf(service, ledger.informed), `of ${ledger.informed.length}`).to.deep.equal([]);
    const revived = await filter(ledger.revoked, async token => (await introspect(token)) !== false);
    expect(revived, `of ${ledger.revoked.length}`).to.deep.equal([]);
    expect(await place.run('audit-verify')).to.include('whole');
  });

  it('ends in order on SIGTERM, whatever idle and half-sent requests its clients hold', async () => {
    const port = Number(new URL(service.issuer).port);
    const idle = connect(port, '127.0.0.1');
    const half = connect(port, '127.0.0.1');
    await Promise.all([once(idle, 'connect'), once(half, 'connect')]);
    for (const socket of [idle, half]) socket.on('error', () => undefined);
    half.write(
      `PUT /access/v1/records/pk-x/information HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 100\r\n\r\n{`,
    );
    const load = startLoad(ROUNDS, { informed: [], revoked: [] });
    await delay(300);
    server.child.kill('SIGTERM');
    expect(await server.ended, server.err()).to.equal(0);
    await load.stop();
  });
});

interface Ledger {
  readonly informed: string[];
  readonly revoked: string[];
}

async function filter(
  items: readonly string[],
  isMeant: (item: string) => Promise<boolean>,
): Promise<string[]> {
  const found: string[] = [];
  for (const item of items) if (await isMeant(item)) found.push(item);
  return found;
}
