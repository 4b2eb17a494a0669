import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk } from '../support/desk.ts';
import { serveRegion, type ServedRegion } from '../support/served-region.ts';
import { newStoreUrl, removeStored } from '../support/store.ts';
import { runErrands, sendRequest, stateOf } from './sent-requests.ts';

const REQUESTS = 40;
/** Mails that have left when the server is killed: some accounts are open then, and some are not. */
const SENT_BEFORE = 12;
/** How long the server is looked at, at most: a minute. */
const LOOK_MS = 50;
const MOST_LOOKS = 1200;
/** What a dead server held is free after a minute. */
const LEASE_SECONDS = 61;

describe('the opening of accounts by a server that is killed', function () {
  this.timeout(180_000);
  let folder: string;
  let storeUrl: string;
  let data: Readonly<Record<string, string>>;
  let server: ServedRegion | undefined;
  let app: TestApp | undefined;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-killed-'));
    storeUrl = await newStoreUrl();
    data = {
      TROUSSEAU_DATA_DIR: folder,
      TROUSSEAU_STORE_URL: storeUrl,
      TROUSSEAU_WELCOME_PAUSE: '0s',
      TROUSSEAU_FIRST_PASSWORD: 'link',
    };
  });
  after(async () => {
    await server?.kill();
    await app?.destroy();
    await removeStored(storeUrl);
    await rm(folder, { recursive: true, force: true });
  });

  it('is finished by the next one: one person, account, profile and pair of mails for each request', async () => {
    const ids = await acceptAll();
    await serveAndKill();

    const clock = createShiftedClock();
    clock.advance(LEASE_SECONDS);
    app = await startTestApp({ region: administeredRegion(), env: data, clock });
    // Its own jobs have begun at once; what they leave is done here.
    await app.jobs.stop();
    await runErrands(app);
    const { directory, accounts } = app.services;
    for (const [at, id] of ids.entries()) {
      expect(await stateOf(app, id), id).to.equal('opened');
      const sub = (await app.enrolment.office.requests.get(id))?.life.account ?? '';
      const person = await directory.professionals.get(sub);
      expect(person?.familyName).to.equal(nameOf(at));
      expect(person?.memberships).to.have.length(1);
      expect(await accounts.loginOf(sub)).to.equal(`lea.${nameOf(at).toLowerCase()}`);
    }
    const { items } = await directory.professionals.list('name', { prefix: 'lea ', limit: 1000 });
    expect(items.filter(({ familyName }) => familyName.startsWith('Nom'))).to.have.length(REQUESTS);
    await app.outbox.drain();
    const sent = (await app.outbox.list('done', { limit: 1000 })).items.map(({ id }) => id);
    expect(sent.filter(id => id.startsWith('account-login-'))).to.have.length(REQUESTS);
    expect(sent.filter(id => id.startsWith('request-first-link:'))).to.have.length(REQUESTS);
  });

  /** Forty requests, accepted by a service that opens nothing before it stops. */
  async function acceptAll(): Promise<readonly string[]> {
    const first = await startTestApp({ region: administeredRegion(), env: data });
    await first.jobs.stop();
    const desk = createTestDesk(first);
    const ids: string[] = [];
    for (let at = 0; at < REQUESTS; at += 1)
      ids.push((await sendRequest(first, { familyName: nameOf(at) })).id);
    await Promise.all(
      ids.map(id =>
        desk.post('paul', '/admin/requests', `/admin/requests/${id}/accept`, {
          turn: '1',
          'network-0': 'cancerologie',
          'profile-0': 'utilisateur_cancerologie',
          'organisation-0': 'chu',
        }),
      ),
    );
    await first.stop();
    await rm(first.dataDir, { recursive: true, force: true });
    return ids;
  }

  /** A server that begins to open accounts, and dies in the middle of it. */
  async function serveAndKill(): Promise<void> {
    server = await serveRegion(folder, data);
    for (let turn = 0, sent = 0; turn < MOST_LOOKS && sent < SENT_BEFORE; turn += 1) {
      const answer = await fetch(`${server.issuer}/demo/outbox.json`);
      sent = ((await answer.json()) as readonly object[]).length;
      await sleep(LOOK_MS);
    }
    await server.kill();
  }
});

const nameOf = (at: number) => `Nom${String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26))}`;
