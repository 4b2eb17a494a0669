import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadOrCreateDemoSecrets } from '#config/index.ts';
import { isAppError } from '#kernel/index.ts';
import { expect } from 'chai';

describe('loadOrCreateDemoSecrets', () => {
  let parent: string;
  let dataDir: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'secrets-'));
    dataDir = path.join(parent, 'data');
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('makes one key on first use and gives the same one ever after', async () => {
    const [first] = await loadOrCreateDemoSecrets(dataDir);
    const [again] = await loadOrCreateDemoSecrets(dataDir);
    expect(first?.key.byteLength).to.equal(32);
    expect(again).to.deep.equal(first);
    expect(first?.id).to.match(/^demo/u);
  });

  it('keeps the file from other accounts of the machine', async () => {
    await loadOrCreateDemoSecrets(dataDir);
    const { mode } = await stat(path.join(dataDir, 'demo-secrets.json'));
    expect(mode & 0o777).to.equal(0o600);
  });

  it('gives fifty that start together the same key, and leaves no draft behind', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => loadOrCreateDemoSecrets(dataDir)));
    const distinct = new Set(all.map(([key]) => Buffer.from(key?.key ?? []).toString('hex')));
    expect(distinct.size).to.equal(1);
    expect(await readdir(dataDir)).to.deep.equal(['demo-secrets.json']);
  });

  it('refuses a broken file instead of making new keys over sealed data', async () => {
    await loadOrCreateDemoSecrets(dataDir);
    await writeFile(path.join(dataDir, 'demo-secrets.json'), '{"seal_keys":"demo:short"}');
    const error: unknown = await loadOrCreateDemoSecrets(dataDir).catch((caught: unknown) => caught);
    expect(isAppError(error, 'config.invalid')).to.equal(true);
  });
});
