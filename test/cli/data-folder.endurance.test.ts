import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runCommand } from './process.ts';

describe('the command line on an impossible data folder', function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function refuses(
    args: readonly string[],
    env: Record<string, string>,
    setting: string,
  ): Promise<void> {
    const command = runCommand(args, env);
    const timer = setTimeout(() => command.child.kill('SIGKILL'), 15_000);
    expect(await command.ended, command.err()).to.equal(1);
    clearTimeout(timer);
    expect(command.err()).to.include(setting);
    expect(command.err()).not.to.match(/^\s+at /mu);
  }

  it('refuses to serve in a folder that can never be made', async function () {
    if (process.platform !== 'linux') this.skip();
    await refuses(['serve'], { TROUSSEAU_DATA_DIR: '/proc/x' }, 'TROUSSEAU_DATA_DIR');
  });

  it('refuses a store where nothing can be made', async function () {
    if (process.platform !== 'linux') this.skip();
    const env = {
      TROUSSEAU_MODE: 'demo',
      TROUSSEAU_DATA_DIR: folder,
      TROUSSEAU_STORE_URL: 'sqlite:/proc/x/t.db',
    };
    await refuses(['export'], env, 'TROUSSEAU_STORE_URL');
  });

  it('refuses a data folder that is a file, or is below one', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    for (const dataDir of [file, path.join(file, 'below')]) {
      await refuses(['serve'], { TROUSSEAU_DATA_DIR: dataDir }, 'TROUSSEAU_DATA_DIR');
    }
  });

  it('refuses a data folder that it may not write in', async function () {
    if (process.getuid?.() === 0) this.skip();
    await chmod(folder, 0o500);
    await refuses(['serve'], { TROUSSEAU_DATA_DIR: folder }, 'TROUSSEAU_DATA_DIR');
    await chmod(folder, 0o700);
  });
});
