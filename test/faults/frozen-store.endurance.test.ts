import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import {
  isInformed,
  noteInformation,
  prepareService,
  type Place,
  type TestService,
} from '../operation/service.ts';
import { startStandIn, type StandIn } from '../support/mongo-stand-in.ts';

async function readiness({ issuer }: TestService): Promise<number> {
  return (await fetch(`${issuer}/health/ready`)).status;
}

/** Asks again until it is so; the test's own time is the limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(200);
}

describe('a store that does not answer', function () {
  this.timeout(600_000);
  let service: TestService;
  let place: Place;
  afterEach(() => service.destroy());

  it('refuses writes while another process holds the SQLite file, goes on answering, and writes again', async () => {
    service = await prepareService();
    place = service.place('data');
    await place.serve();
    expect(await noteInformation(service, 'pk-before')).to.equal(true);
    // It waits for its turn at the file: the service may be writing at this instant.
    const other = new DatabaseSync(place.database, { timeout: 20_000 });
    other.exec('BEGIN IMMEDIATE');
    const refused = noteInformation(service, 'pk-during');
    // What leaves no trace needs no write: the event loop is not held up by the one that waits.
    expect((await fetch(`${service.issuer}/oidc/jwks`)).status).to.equal(200);
    expect(await refused, 'a write').to.equal(false);
    expect(await readiness(service)).to.equal(503);
    expect((await fetch(`${service.issuer}/health/live`)).status).to.equal(200);
    other.close();
    await until(async () => (await readiness(service)) === 200);
    expect(await noteInformation(service, 'pk-after')).to.equal(true);
    // Who was told that it was not written finds that it was not.
    expect(await isInformed(service, 'pk-during')).to.equal(false);
  });

  describe('on MongoDB', () => {
    let server: StandIn;
    before(async function () {
      if (!process.env['TEST_MONGODB_URL']) {
        process.stderr.write('    a frozen MongoDB server is not tried here: npm run test:mongo does\n');
        return this.skip();
      }
      server = await startStandIn();
    });
    after(() => server?.process.kill('SIGKILL'));

    it('answers 503 within seconds while the server is frozen, and serves again after', async () => {
      service = await prepareService({ TROUSSEAU_STORE_URL: `${server.url}/frozen` });
      place = service.place('data');
      await place.serve();
      expect(await noteInformation(service, 'pk-before')).to.equal(true);
      server.process.kill('SIGSTOP');
      expect(await noteInformation(service, 'pk-during')).to.equal(false);
      expect(await readiness(service)).to.equal(503);
      expect((await fetch(`${service.issuer}/health/live`)).status).to.equal(200);
      server.process.kill('SIGCONT');
      await until(async () => (await readiness(service)) === 200);
      await until(() => noteInformation(service, 'pk-after'));
      expect(await isInformed(service, 'pk-before')).to.equal(true);
    });
  });
});
