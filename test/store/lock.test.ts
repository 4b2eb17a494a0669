import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { takeFile } from '#store/index.ts';

describe('takeFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('gives a file to one holder of many, and to the next one after its release', async () => {
    const file = path.join(folder, 'serve.lock');
    const held = Array.from({ length: 50 }, () => takeFile(file)).filter(lock => lock !== undefined);
    expect(held).to.have.length(1);
    held[0]?.release();
    const next = takeFile(file);
    expect(next).not.to.equal(undefined);
    next?.release();
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });
});
