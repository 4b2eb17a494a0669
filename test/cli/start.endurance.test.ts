import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { freePort } from '../support/ports.ts';
import { runCommand } from './process.ts';

const WARNING = 40;

describe('a start', () => {
  it('trap 20: loads neither mongoose nor nodemailer, which are heavy and not always used', async () => {
    const script = `await import('./src/app.ts');
      const { default: modules } = await import('node:module');
      process.stdout.write(Object.keys(modules._cache).join('\\n'));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: path.resolve(import.meta.dirname, '..', '..'),
    });
    expect(stdout).to.match(/node_modules.koa/u);
    expect(stdout).to.not.match(/node_modules.(?:mongoose|mongodb|nodemailer)/u);
  });

  it('of the whole demonstration warns of nothing but a row of its region, and ends in order', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-start-'));
    const port = async () => String(await freePort());
    const servicePort = await port();
    const command = runCommand(['serve'], {
      TROUSSEAU_MODE: 'demo',
      TROUSSEAU_DATA_DIR: folder,
      TROUSSEAU_PORT: servicePort,
      TROUSSEAU_CARD_PORT: await port(),
      TROUSSEAU_DEMO_DCC_PORT: await port(),
      TROUSSEAU_DEMO_PSC_PORT: await port(),
    });
    try {
      await command.said('demonstration');
      const lines = command.err().matchAll(/^\{.*\}$/gmu);
      const logged = [...lines].map(([line]) => JSON.parse(line) as { level: number; path?: string });
      expect(logged).to.not.have.length(0);
      // A client that states levels by itself is doubted aloud, in a demonstration too.
      const warnings = logged.filter(({ level, path: row }) => level >= WARNING && row !== 'applications[4]');
      expect(warnings).to.deep.equal([]);
      // Its establishments have a town and somebody to turn to.
      const referents = await (await fetch(`http://localhost:${servicePort}/referents`)).text();
      expect(referents).to.include('Blois').and.include('Paul Bernard').and.include('Karim Benali');
      command.child.kill('SIGTERM');
      expect(await command.ended).to.equal(0);
    } finally {
      command.child.kill('SIGKILL');
      await command.ended;
      await rm(folder, { recursive: true });
    }
  });
});
