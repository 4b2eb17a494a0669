import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { createShiftedClock } from '#kernel/index.ts';
import { restoreBackup } from '#operation/index.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';
import { newStoreUrl, removeStored } from '../support/store.ts';
import { isInformed } from './service.ts';

/** A backup of each release, made by that release: the example region, one sign-in, twenty patients informed. */
const FOLDER = path.join(import.meta.dirname, 'released');
const FILES = readdirSync(FOLDER).filter(name => name.endsWith('.backup'));
/** What sealed them: data of the tests, so that nothing here is secret. */
const KEY = createHash('sha256').update('released data of the tests').digest();

describe('data of released versions', function () {
  this.timeout(300_000);

  it('are there', () => {
    expect(FILES).to.include('0.1.0.backup');
  });

  for (const name of FILES) {
    it(`of ${path.basename(name, '.backup')} open in this version, which signs people in with them`, async () => {
      const storeUrl = await newStoreUrl('sqlite');
      const file = path.join(FOLDER, name);
      const { takenAt } = await restoreBackup({ file, keys: [{ id: 'k1', key: KEY }], storeUrl });
      const clock = createShiftedClock();
      clock.advance(Date.parse(takenAt) / 1000 - clock.now());
      const env = { TROUSSEAU_STORE_URL: storeUrl, TROUSSEAU_SEAL_KEYS: `k1:${KEY.toString('base64url')}` };
      let app: TestApp | undefined;
      try {
        app = await startTestApp({ clock, env });
        expect((await createVisitor(app).signIn('claire.dupont')).callback.has('code')).to.equal(true);
        for (let at = 0; at < 20; at += 1)
          expect(await isInformed(app, `pk-${at}`), `patient ${at}`).to.equal(true);
        expect(await isInformed(app, 'pk-20')).to.equal(false);
      } finally {
        await app?.destroy();
        await removeStored(storeUrl);
      }
    });
  }
});
