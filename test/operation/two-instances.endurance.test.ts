import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { freePort } from '../support/ports.ts';
import {
  createVisitor,
  payloadOf,
  postAsClient,
  reasonOfDecision,
  redeem,
} from '../support/relying-party.ts';
import { newStoreUrl, removeStored } from '../support/store.ts';
import { isNginxInstalled, startBalancer } from './balancer.ts';
import { missingOf, noteInformation, prepareService, type Place, type TestService } from './service.ts';

const CLIENTS = 8;
/** docs/operations.md: after a restart, until the proxy sends requests to that instance again. */
const PROXY_TRUSTS_AGAIN_MS = 5_000;

/** Any request on any instance: nginx sends them in turn. Runs where there is a MongoDB server (`npm run test:mongo`). */
describe('two instances on MongoDB behind nginx', function () {
  this.timeout(600_000);
  let service: TestService;
  let instances: readonly [Place, Place];
  let balancer: { stop(): Promise<void> } | undefined;
  let storeUrl: string;

  before(async function () {
    if (!process.env['TEST_MONGODB_URL'] || !isNginxInstalled()) {
      process.stderr.write('    two instances are not tried: no MongoDB server, or no nginx\n');
      return this.skip();
    }
    storeUrl = await newStoreUrl();
    const [port, first, second] = [await freePort(), await freePort(), await freePort()];
    service = await prepareService({
      TROUSSEAU_ISSUER: `http://localhost:${port}`,
      TROUSSEAU_STORE_URL: storeUrl,
      TROUSSEAU_PROXY_HOPS: '1',
    });
    instances = [
      service.place('first', {
        TROUSSEAU_PORT: String(first),
        TROUSSEAU_CARD_PORT: String(await freePort()),
      }),
      service.place('second', {
        TROUSSEAU_PORT: String(second),
        TROUSSEAU_CARD_PORT: String(await freePort()),
      }),
    ];
    balancer = await startBalancer(port, [first, second], service.folder);
  });
  after(async () => {
    await balancer?.stop();
    await service?.destroy();
    if (storeUrl) await removeStored(storeUrl);
  });

  it('sign people in, keep their sessions, and are restarted one after the other without a failed request', async () => {
    // Started together: one of them makes the keys that both sign with.
    const servers = await Promise.all(instances.map(place => place.serve()));
    const offline = { params: { scope: 'openid profile offline_access' } };
    const visitor = createVisitor(service);
    let { body } = await redeem(service, await visitor.signIn('claire.dupont', offline));
    const failures: string[] = [];
    const ledger: string[] = [];
    let isOver = false;
    const load = Array.from({ length: CLIENTS }, async (_, client) => {
      for (let at = 0; !isOver; at += 1) {
        const key = `pk-${client}-${at}`;
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

    for (const [at, place] of instances.entries()) {
      const before = ledger.length;
      while (ledger.length < before + 50 && failures.length === 0) await delay(20);
      servers[at]?.child.kill('SIGTERM');
      expect(await servers[at]?.ended, servers[at]?.err()).to.equal(0);
      servers[at] = await place.serve();
      await delay(PROXY_TRUSTS_AGAIN_MS);
    }
    const before = ledger.length;
    while (ledger.length < before + 50 && failures.length === 0) await delay(20);
    isOver = true;
    await Promise.all([...load, sessions]);
    expect(failures, `beside ${ledger.length} that went well`).to.deep.equal([]);

    // One is killed: what it acknowledged is there, and the other goes on with the same session.
    servers[0]?.child.kill('SIGKILL');
    await servers[0]?.ended;
    expect(await missingOf(service, ledger)).to.deep.equal([]);
    expect((await visitor.authorize()).callback.has('code')).to.equal(true);
  });
});
