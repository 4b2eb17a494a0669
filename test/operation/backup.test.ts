import { createReadStream } from 'node:fs';
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { createShiftedClock, isAppError, type SealingKey } from '#kernel/index.ts';
import { checkBackup, createBackup, restoreBackup } from '#operation/index.ts';
import type { CollectionSpec, Doc } from '#store/index.ts';
import { newStoreUrl, openTestStore, removeStored, type TestStore } from '../support/store.ts';

interface Person extends Doc {
  readonly name: string;
  readonly secret?: string;
}

const people: CollectionSpec<Person> = {
  name: 'people',
  version: 1,
  indexes: { name: { key: ({ name }) => name, unique: true, folded: true } },
  sealed: ['secret'],
};
const factors: CollectionSpec<Doc & { readonly method: string }> = {
  name: 'method_factors',
  version: 1,
  indexes: {},
};
const sessions: CollectionSpec<Doc> = { name: 'oidc_sessions', version: 1, indexes: {} };
const resets: CollectionSpec<Doc> = { name: 'method_factor_resets', version: 1, indexes: {} };
const earlier: CollectionSpec<Doc> = { name: 'an_earlier_one', version: 1, indexes: {} };
const emergencies: CollectionSpec<Doc> = { name: 'access_emergency_uses', version: 1, indexes: {} };
const outbox: CollectionSpec<Doc> = { name: 'notify_outbox', version: 1, indexes: {} };

const clock = createShiftedClock();
const key: SealingKey = { id: 'k1', key: new Uint8Array(32).fill(3) };
const PEOPLE = 3000;

describe('a backup', () => {
  let folder: string;
  let file: string;
  let store: TestStore;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-backup-'));
    file = path.join(folder, 'night.backup');
    store = await openTestStore({ clock, url: await newStoreUrl('sqlite') });
    const all = store.collection(people);
    await Promise.all(
      Array.from({ length: PEOPLE }, (_, at) =>
        all.insert({ id: `p${at}`, name: `Élodie ${at}`, secret: `s${at}` }),
      ),
    );
    const expiresAt = clock.now() + 3600;
    await store.collection(sessions).insert({ id: 'session', expiresAt });
    await store.collection(resets).insert({ id: 'reset', expiresAt });
    await store.collection(emergencies).insert({ id: 'use', expiresAt });
    await store.collection(outbox).insert({ id: 'mail' });
    await store.collection(factors).insert({ id: 'totp', method: 'totp' });
    await store.collection(factors).insert({ id: 'sheet', method: 'recovery' });
    await createBackup({ storeUrl: store.url, key, clock, file });
  });
  after(async () => {
    await store.destroy();
    await rm(folder, { recursive: true });
  });

  async function codeOf(attempt: Promise<unknown>): Promise<string> {
    try {
      await attempt;
      return 'none';
    } catch (error) {
      return isAppError(error) ? error.code : String(error);
    }
  }

  it('brings back every document, found by its keys, with its sealed fields', async () => {
    const url = await newStoreUrl('sqlite');
    await restoreBackup({ file, keys: [key], storeUrl: url });
    const restored = await openTestStore({ clock, url });
    const all = restored.collection(people);
    expect(await all.findOne('name', 'elodie 2999')).to.deep.equal({
      id: 'p2999',
      name: 'Élodie 2999',
      secret: 's2999',
    });
    expect(await all.get('p0')).to.include({ secret: 's0' });
    expect(await codeOf(all.insert({ id: 'other', name: 'elodie 7' }))).to.equal('store.conflict');
    expect(await all.update('p1', doc => ({ ...doc, name: 'Zoé' }))).to.include({ name: 'Zoé' });
    await restored.destroy();
  });

  it('brings back nothing that opens once or for a while, and keeps what was set aside', async () => {
    const url = await newStoreUrl('sqlite');
    await restoreBackup({ file, keys: [key], storeUrl: url });
    const restored = await openTestStore({ clock, url });
    expect(await restored.collection(sessions).get('session')).to.equal(null);
    expect(await restored.collection(outbox).get('mail')).to.equal(null);
    expect(await restored.collection(factors).get('sheet')).to.equal(null);
    expect(await restored.collection(factors).get('totp')).not.to.equal(null);
    expect(await restored.collection(resets).get('reset')).not.to.equal(null);
    expect(await restored.collection(emergencies).get('use')).not.to.equal(null);
    await restored.destroy();
  });

  it('is one instant: nothing written meanwhile is in it without what was written before it', async () => {
    const busy = path.join(folder, 'busy.backup');
    // Copied before the people, and written before them.
    const notes = store.collection(earlier);
    const all = store.collection(people);
    let isOver = false;
    const writing = (async () => {
      for (let at = 0; !isOver; at += 1) {
        await notes.insert({ id: `late${at}` });
        await all.insert({ id: `late${at}`, name: `Tardif ${at}` });
      }
    })();
    await createBackup({ storeUrl: store.url, key, clock, file: busy });
    isOver = true;
    await writing;
    const url = await newStoreUrl('sqlite');
    await restoreBackup({ file: busy, keys: [key], storeUrl: url });
    const restored = await openTestStore({ clock, url });
    const { items } = await restored.collection(people).list('name', { prefix: 'tardif', limit: 1000 });
    for (const { id } of items) expect(await restored.collection(earlier).get(id), id).not.to.equal(null);
    await restored.destroy();
  });

  it('holds nothing in the clear, for its owner only', async () => {
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    for await (const bytes of createReadStream(file)) expect(String(bytes)).not.to.include('lodie');
  });

  it('is refused when a byte is changed, the end is cut, or the key is not there', async () => {
    const whole = await readFile(file);
    const broken = path.join(folder, 'broken.backup');
    const places = [3, 60, 200, Math.floor(whole.length / 2), whole.length - 70, whole.length - 1];
    for (const place of places) {
      const changed = Buffer.from(whole);
      changed[place] = (changed[place] ?? 0) ^ 1;
      await writeFile(broken, changed);
      expect(await codeOf(checkBackup(broken, [key])), `byte ${place}`).to.match(
        /^operation\.(?:backup_broken|unknown_key)$/u,
      );
    }
    for (const length of [0, 10, 200, whole.length - 1]) {
      await writeFile(broken, whole.subarray(0, length));
      expect(await codeOf(checkBackup(broken, [key])), `cut at ${length}`).to.equal(
        'operation.backup_broken',
      );
    }
    expect(await codeOf(checkBackup(file, [{ id: 'k2', key: key.key }]))).to.equal('operation.unknown_key');
    const namesake = { id: 'k1', key: new Uint8Array(32).fill(4) };
    expect(await codeOf(checkBackup(file, [namesake]))).to.equal('operation.backup_broken');
  });

  it('never goes over a store, nor over another backup, and a refused one leaves nothing', async () => {
    expect(await codeOf(restoreBackup({ file, keys: [key], storeUrl: store.url }))).to.equal(
      'store.place_taken',
    );
    expect(await codeOf(createBackup({ storeUrl: store.url, key, clock, file }))).to.equal(
      'operation.file_exists',
    );
    const url = await newStoreUrl('sqlite');
    const cut = path.join(folder, 'cut.backup');
    await writeFile(cut, (await readFile(file)).subarray(0, -100));
    expect(await codeOf(restoreBackup({ file: cut, keys: [key], storeUrl: url }))).to.equal(
      'operation.backup_broken',
    );
    const left = await access(url.slice('sqlite:'.length)).then(
      () => true,
      () => false,
    );
    expect(left).to.equal(false);
    await removeStored(url);
  });

  it('leaves a server of its own to the tools of that server', async () => {
    const elsewhere = path.join(folder, 'mongo.backup');
    const storeUrl = 'mongodb://127.0.0.1:1/trousseau';
    expect(await codeOf(createBackup({ storeUrl, key, clock, file: elsewhere }))).to.equal(
      'store.copy_unsupported',
    );
  });
});
