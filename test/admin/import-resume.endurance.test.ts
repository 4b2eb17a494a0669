import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { countsOf, follow, handledIn, uploadPeople } from '../support/people-file.ts';
import { serveRegion, type ServedRegion } from '../support/served-region.ts';
import { newStoreUrl, removeStored } from '../support/store.ts';

const LINES = 420;
const DEFAULTS = { network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' };
/** What a dead server held is free after a minute. */
const LEASE_SECONDS = 61;

describe('an import whose server is killed', function () {
  this.timeout(60_000);
  let folder: string;
  let storeUrl: string;
  let server: ServedRegion | undefined;
  let app: TestApp | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-killed-'));
    storeUrl = await newStoreUrl();
  });
  afterEach(async () => {
    await server?.kill();
    await app?.destroy();
    await removeStored(storeUrl);
    await rm(folder, { recursive: true, force: true });
  });

  it('is finished by the next one, with nobody created, profiled or told twice', async () => {
    const data = { TROUSSEAU_DATA_DIR: folder, TROUSSEAU_STORE_URL: storeUrl };
    server = await serveRegion(folder, data);
    const { issuer } = server;
    const carole = await seatOf(mailsOf(issuer), 'carole');
    const names = Array.from({ length: LINES }, (_, index) => `Nom${index};Prénom;p${index}@chu.example`);
    const check = await uploadPeople(carole, issuer, `Nom;Prénom;Mail\n${names.join('\n')}\n`, DEFAULTS);
    expect(countsOf(check)).to.deep.equal({ create: LINES });
    await carole.browser.submit(check, 'confirm');
    const half = await follow(carole, check.url.pathname, page => handledIn(page) > 0, {
      seconds: 30,
      pauseMs: 5,
    });
    await server.kill();
    expect(handledIn(half)).to.be.within(1, LINES - 1);

    const clock = createShiftedClock();
    clock.advance(LEASE_SECONDS);
    app = await startTestApp({ region: administeredRegion(), env: data, clock });
    const again = await seatOf(app, 'carole');
    const end = await follow(again, check.url.pathname, page => page.body.includes('Terminée'), {
      seconds: 40,
      pauseMs: 100,
    });
    expect(handledIn(end)).to.equal(LINES);

    const { directory, accounts } = app.services;
    const found = await directory.professionals.list('name', { prefix: 'nom', limit: 1000 });
    expect(found.items.map(({ familyName }) => familyName)).to.have.length(LINES);
    for (const { id, memberships } of found.items) {
      expect(memberships).to.have.length(1);
      expect(await accounts.get(id))
        .to.include({ mustChangePassword: true })
        .and.to.have.property('passwordHash');
    }
    await app.outbox.drain();
    let sent = 0;
    let after: string | undefined;
    do {
      const page = await app.outbox.list('done', { limit: 1000, ...(after !== undefined && { after }) });
      sent += page.items.filter(({ id }) => !id.startsWith('account-login-')).length;
      after = page.next;
    } while (after !== undefined);
    // One first password each, and the codes of the two sign-ins.
    expect(sent).to.equal(LINES + 2);
  });
});

/** As much of the service as signing in takes, of one in another process. */
function mailsOf(issuer: string): TestApp {
  const service: Pick<TestApp, 'issuer' | 'mailTo'> = {
    issuer,
    async mailTo(address) {
      for (let turn = 0; turn < 100; turn += 1) {
        const answer = await fetch(`${issuer}/demo/outbox.json`);
        const mail = ((await answer.json()) as { to: string; text: string }[]).find(
          ({ to }) => to === address,
        );
        if (mail) return mail.text;
        await new Promise(resolve => setTimeout(resolve, 20));
      }
      throw new Error(`no mail to ${address}`);
    },
  };
  return service as TestApp;
}
