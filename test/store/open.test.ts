import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import { openStore, type Doc } from '#store/index.ts';
import { rejects } from '../contracts/store-context.ts';
import { createTestSealer } from '../support/store.ts';

describe('openStore', () => {
  let folder: string;
  const open = (url: string): ReturnType<typeof openStore> =>
    openStore({ url, sealer: createTestSealer(), clock: systemClock });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trousseau-open-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes the folder and the file for the service alone', async () => {
    const store = await open(`sqlite:${folder}/deep/er/store.db`);
    await store.check();
    expect((await stat(`${folder}/deep/er`)).mode & 0o777).to.equal(0o700);
    for (const file of ['store.db', 'store.db-wal', 'store.db-shm']) {
      expect((await stat(`${folder}/deep/er/${file}`)).mode & 0o777, file).to.equal(0o600);
    }
    await store.close();
  });

  it('takes a path that is relative to the working directory', async () => {
    const store = await open(`sqlite:${relative(process.cwd(), folder)}/relative.db`);
    await store.close();
    expect((await stat(`${folder}/relative.db`)).isFile()).to.equal(true);
  });

  it('refuses a scheme that no backend has, without repeating the URL', async () => {
    for (const url of ['postgres://u:planted@h/db', 'store.db', '', 'toString:x']) {
      const outcome = await open(url).catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(TypeError);
      expect(String(outcome)).not.to.include('planted');
    }
  });

  it('refuses a folder that cannot be, a file that is no store, and a store of a newer format', async () => {
    await writeFile(
      `${folder}/text`,
      'not a database, but long enough to be read as the header of one'.repeat(4),
    );
    const newer = new DatabaseSync(`${folder}/newer.db`);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    for (const path of ['text/store.db', 'text', 'newer.db', '.']) {
      await rejects(open(`sqlite:${folder}/${path}`), 'store.unavailable');
    }
  });

  it('makes the tables of all collections in one commit, when the first of them is used', async () => {
    const store = await open(`sqlite:${folder}/store.db`);
    const [first, second] = ['first', 'second', 'third'].map(name =>
      store.collection<Doc>({ name, version: 1, indexes: {} }),
    );
    expect(await first?.get('x')).to.equal(null);
    expect(store.stats()).to.deep.equal({ operations: 4, commits: 1 });
    expect(await second?.get('x')).to.equal(null);
    expect(store.stats()).to.deep.equal({ operations: 4, commits: 1 });
    await store.close();
    const file = new DatabaseSync(`${folder}/store.db`, { readOnly: true });
    const notes = file.prepare('SELECT name, value FROM store_notes ORDER BY name').all();
    expect(notes.map(({ name }) => name)).to.deep.equal([
      'version:change_log',
      'version:first',
      'version:second',
      'version:third',
    ]);
    file.close();
  });

  it('tries again to make a table that the disk had no place for', async () => {
    const full = await openStore({
      url: `sqlite:${folder}/store.db`,
      sealer: createTestSealer(),
      clock: systemClock,
      testing: { maxPageCount: 3 },
    });
    const docs = full.collection<Doc>({ name: 'docs', version: 1, indexes: {} });
    await rejects(docs.get('x'), 'store.unavailable');
    await rejects(docs.get('x'), 'store.unavailable');
    await full.close();
    const store = await open(`sqlite:${folder}/store.db`);
    expect(await store.collection<Doc>({ name: 'docs', version: 1, indexes: {} }).get('x')).to.equal(null);
    await store.close();
  });

  it('closes twice without complaint', async () => {
    const store = await open(`sqlite:${folder}/store.db`);
    await store.close();
    await store.close();
  });
});
