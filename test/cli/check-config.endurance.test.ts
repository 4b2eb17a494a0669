import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runCommand } from './process.ts';

describe('check-config', function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-check-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function check(
    env: Record<string, string>,
  ): Promise<{ code: number | null; err: string; out: string }> {
    const command = runCommand(['check-config'], {
      TROUSSEAU_MODE: 'demo',
      TROUSSEAU_DATA_DIR: folder,
      ...env,
    });
    return { code: await command.ended, err: command.err(), out: command.out() };
  }
  async function withRegion(text: string): Promise<Awaited<ReturnType<typeof check>>> {
    const file = path.join(folder, 'region.json');
    await writeFile(file, text);
    return check({ TROUSSEAU_REGION_FILE: file });
  }
  const terms = (file: string): string =>
    JSON.stringify({ version: 1, terms: [{ version: '1', title: 'T', file }] });

  it('finds nothing wrong with a region whose files are all there, and makes nothing', async () => {
    await writeFile(path.join(folder, 'terms.txt'), 'Le texte');
    const { code, err } = await withRegion(terms('terms.txt'));
    expect(code, err).to.equal(0);
    const missing = path.join(folder, 'not', 'yet');
    expect((await check({ TROUSSEAU_DATA_DIR: missing })).code).to.equal(0);
    await mkdir(missing, { recursive: false }).then(
      () => expect.fail('the parent was made'),
      () => undefined,
    );
  });

  it('names a region file that is missing or that nothing can be read from', async () => {
    const { code, err } = await check({ TROUSSEAU_REGION_FILE: path.join(folder, 'none.json') });
    expect(code).to.equal(1);
    expect(err).to.include('TROUSSEAU_REGION_FILE');
    for (const text of ['{', '[]', '{"version":2}']) expect((await withRegion(text)).code, text).to.equal(1);
  });

  it('names a file of the terms that is missing or outside the folder of the document', async () => {
    for (const file of ['none.txt', '../none.txt']) {
      const { code, err } = await withRegion(terms(file));
      expect(code).to.equal(1);
      expect(err).to.include('terms[0].file').and.include('TROUSSEAU_REGION_FILE');
    }
  });

  it('names a data folder and a store in which nothing can be written', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    const { code, err } = await check({
      TROUSSEAU_DATA_DIR: file,
      TROUSSEAU_STORE_URL: `sqlite:${file}/t.db`,
    });
    expect(code).to.equal(1);
    expect(err).to.include('TROUSSEAU_DATA_DIR').and.include('TROUSSEAU_STORE_URL');
  });

  it('names files of the card host that are not what they should be, as a start would', async () => {
    const file = path.join(folder, 'anchors.pem');
    await writeFile(file, 'not a certificate');
    const { code, err } = await check({ TROUSSEAU_CARD_ANCHORS: file });
    expect(code).to.equal(1);
    expect(err).to.include('TROUSSEAU_CARD_ANCHORS');
  });

  it('goes on to its end, and says nothing of it, when nobody reads what it prints', async () => {
    const command = runCommand(['check-config'], { TROUSSEAU_MODE: 'demo', TROUSSEAU_DATA_DIR: folder });
    command.child.stdout?.destroy();
    expect(await command.ended, command.err()).to.equal(0);
    expect(command.err()).to.equal('');
  });
});
