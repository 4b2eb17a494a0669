import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { freePort } from '../support/ports.ts';
import {
  createVisitor,
  type Visitor,
  payloadOf,
  postAsClient,
  reasonOfDecision,
  redeem,
} from '../support/relying-party.ts';
import { newStoreUrl, removeStored } from '../support/store.ts';
import { BALANCERS, isInstalled, startBalancer, type Balancer } from './balancer.ts';
import type { CommandProcess } from '../cli/process.ts';
import { missingOf, noteInformation, prepareService, type Place, type TestService } from './service.ts';

const CLIENTS = 8;
/** docs/operations.md: after a restart, until the proxy sends requests to that instance again. */
const PROXY_TRUSTS_AGAIN_MS = 5_000;

/** Larger than any form of the service: it refuses, not the proxy before it. */
const LARGE_BYTES = 15 * 1024 * 1024;

/** Any request on any instance: a proxy sends them in turn. Runs where there is a MongoDB server (`npm run test:mongo`). */
describe('two instances on MongoDB', function () {
  this.timeout(600_000);
  let service: TestService;
  let places: readonly [Place, Place];
  let servers: CommandProcess[];
  let port: number;
  let ports: readonly [number, number];
  let storeUrl: string;
  let visitor: Visitor | undefined;

  before(async function () {
    if (!process.env['TEST_MONGODB_URL']) {
      process.stderr.write('    two instances are not tried: no MongoDB server\n');
      return this.skip();
    }
    storeUrl = await newStoreUrl();
    port = await freePort();
    ports = [await freePort(), await freePort()];
    service = await prepareService({
      TROUSSEAU_ISSUER: `http://localhost:${port}`,
      TROUSSEAU_STORE_URL: storeUrl,
      TROUSSEAU_PROXY_HOPS: '1',
    });
    const place = async (name: string, own: number) =>
      service.place(name, {
        TROUSSEAU_PORT: String(own),
        TROUSSEAU_CARD_PORT: String(await freePort()),
      });
    places = [await place('first', ports[0]), await place('second', ports[1])];
    // Started together: one of them makes the keys that both sign with.
    servers = await Promise.all(places.map(each => each.serve()));
  });
  after(async () => {
    await service?.destroy();
    if (storeUrl) await removeStored(storeUrl);
  });

  for (const program of BALANCERS)
    describe(`behind ${program}`, () => {
      let balancer: { stop(): Promise<void> } | undefined;
      before(async function () {
        if (!isInstalled(program)) {
          process.stderr.write(`    two instances are not tried behind ${program}: it is not installed\n`);
          return this.skip();
        }
        balancer = await startBalancer(program, { port, instances: ports, folder: service.folder });
      });
      after(() => balancer?.stop());

      it('sign people in, keep their sessions, and are restarted one after the other without a failed request', () =>
        restartInTurn(program));

      it('lose nothing acknowledged when one is killed, and the other goes on with its sessions', async () => {
        const visitor = await signedIn();
        const keys = Array.from({ length: CLIENTS }, (_, at) => `pk-${program}-killed-${at}`);
        const noted = await Promise.all(keys.map(key => noteInformation(service, key)));
        servers[0]?.child.kill('SIGKILL');
        await servers[0]?.ended;
        const ledger = keys.filter((_, at) => noted[at]);
        expect(ledger).not.to.have.length(0);
        expect(await missingOf(service, ledger)).to.deep.equal([]);
        expect((await visitor.authorize()).callback.has('code')).to.equal(true);
        servers[0] = await places[0].serve();
        await delay(PROXY_TRUSTS_AGAIN_MS);
      });

      it('get the largest of their forms, and refuse what is larger themselves', async () => {
        const answer = await fetch(`${service.issuer}/request`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/octet-stream' },
          body: new Uint8Array(LARGE_BYTES),
        });
        await answer.arrayBuffer();
        expect(answer.headers.has('X-Request-Id'), `${answer.status} of the proxy`).to.equal(true);
      });

      it('show their figures to nobody', async () => {
        const answer = await fetch(`${service.issuer}/metrics`);
        expect([answer.status, answer.headers.has('X-Request-Id')]).to.deep.equal([404, false]);
      });
    });

  /** The one browser of all these tests: its session lives through every restart, behind either proxy. */
  async function signedIn(): Promise<Visitor> {
    if (visitor) return visitor;
    const fresh = createVisitor(service);
    await fresh.signIn('claire.dupont');
    return (visitor = fresh);
  }

  async function restartInTurn(program: Balancer): Promise<void> {
    const offline = { scope: 'openid profile offline_access' };
    const visitor = await signedIn();
    let { body } = await redeem(service, await visitor.authorize(offline));
    const failures: string[] = [];
    const ledger: string[] = [];
    let isOver = false;
    const load = Array.from({ length: CLIENTS }, async (_, client) => {
      for (let at = 0; !isOver; at += 1) {
        const key = `pk-${program}-${client}-${at}`;
        if (await noteInformation(service, key)) ledger.push(key);
        else failures.push(key);
      }
    });
    const sessions = (async () => {
      while (!isOver) {
        const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
        const answer = await postAsClient(service, '/oidc/token', form);
        if (answer.status === 200) ({ body } = answer);
        else failures.push(`refresh ${answer.status} ${answer.body.error}`);
        const reason = await reasonOfDecision(service, payloadOf(body.id_token)['sid']);
        if (reason !== 'permitted_document') failures.push(reason);
      }
    })();
    const goOn = async (): Promise<void> => {
      const before = ledger.length;
      while (ledger.length < before + 50 && failures.length === 0) await delay(20);
    };

    for (const [at, place] of places.entries()) {
      await goOn();
      servers[at]?.child.kill('SIGTERM');
      expect(await servers[at]?.ended, servers[at]?.err()).to.equal(0);
      servers[at] = await place.serve();
      await delay(PROXY_TRUSTS_AGAIN_MS);
    }
    await goOn();
    isOver = true;
    await Promise.all([...load, sessions]);
    expect(failures, `beside ${ledger.length} that went well`).to.deep.equal([]);
    expect(await missingOf(service, ledger)).to.deep.equal([]);
  }
});
