import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

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
  }).timeout(20_000);
});
