import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { coreSection, loadConfig } from '#config/index.ts';

const TOKEN = 'a-token-of-the-scraper';

describe('files with secrets', () => {
  let cwd: string;
  let file: string;
  before(async () => {
    cwd = await mkdtemp(path.join(tmpdir(), 'trousseau-exposed-'));
    file = path.join(cwd, 'token');
    await writeFile(file, `${TOKEN}\n`);
  });
  after(() => rm(cwd, { recursive: true }));

  const load = (env: Readonly<Record<string, string>>) =>
    loadConfig([coreSection], { TROUSSEAU_MODE: 'demo', ...env }, { cwd });

  for (const [mode, isExposed] of [
    [0o600, false],
    [0o400, false],
    [0o640, false],
    [0o644, true],
    [0o660, true],
    [0o602, true],
  ] as const) {
    it(`of mode ${mode.toString(8)} are ${isExposed ? 'told of, and read all the same' : 'nothing to tell of'}`, async () => {
      await chmod(file, mode);
      const config = load({ TROUSSEAU_METRICS_TOKEN_FILE: file });
      expect(config.of(coreSection).metricsToken).to.equal(TOKEN);
      expect(config.warnings.map(({ setting }) => setting)).to.deep.equal(
        isExposed ? ['TROUSSEAU_METRICS_TOKEN_FILE'] : [],
      );
      expect(JSON.stringify(config.warnings)).not.to.include(TOKEN);
    });
  }

  it('may be the .env file, when a secret stands in it', async () => {
    const dotEnv = path.join(cwd, '.env');
    await writeFile(dotEnv, 'TROUSSEAU_LOG_LEVEL=info\n', { mode: 0o644 });
    await chmod(dotEnv, 0o644);
    expect(load({}).warnings).to.deep.equal([]);
    await writeFile(dotEnv, `TROUSSEAU_METRICS_TOKEN=${TOKEN}\n`);
    expect(load({}).warnings.map(({ setting }) => setting)).to.deep.equal(['TROUSSEAU_METRICS_TOKEN']);
    await chmod(dotEnv, 0o600);
    expect(load({}).warnings).to.deep.equal([]);
  });
});
