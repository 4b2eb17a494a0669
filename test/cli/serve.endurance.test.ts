import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { createSecureContext } from 'node:tls';
import { freePort } from '../support/ports.ts';
import { commandLine, runCommand, type CommandProcess } from './process.ts';

interface DemoList {
  readonly means: readonly { readonly method: string }[];
  readonly cards: readonly { file: string; pin: string; login?: string }[];
}

describe('two processes on one data folder', function () {
  this.timeout(180_000);
  let folder: string;
  const started: CommandProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-serve-'));
  });
  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true });
  });

  const environment = async () => ({
    TROUSSEAU_MODE: 'demo',
    TROUSSEAU_DATA_DIR: folder,
    TROUSSEAU_PORT: String(await freePort()),
    TROUSSEAU_CARD_PORT: String(await freePort()),
    TROUSSEAU_DEMO_DCC: 'off',
    TROUSSEAU_DEMO_PSC: 'off',
    TROUSSEAU_LOG_LEVEL: 'error',
  });

  async function run(...args: string[]): Promise<CommandProcess> {
    const command = runCommand(args, await environment());
    started.push(command);
    return command;
  }

  it('refuses a second server, lets commands work, and opens to the next server after a kill', async () => {
    const first = await run('serve');
    await first.said('demonstration');

    // What only one of them could have written: the list of what can be tried, with the cards that open.
    const list = JSON.parse(await readFile(path.join(folder, 'demo.json'), 'utf8')) as DemoList;
    const card = list.cards.find(({ login }) => login === 'claire.dupont');
    const pfx = await readFile(card?.file ?? '');
    expect(() => createSecureContext({ pfx, passphrase: card?.pin })).to.not.throw();
    expect(list.means.map(({ method }) => method)).to.include.members([
      'password',
      'card',
      'totp',
      'passkey',
    ]);

    const second = await run('serve');
    expect(await second.ended, second.err()).to.equal(1);
    expect(second.err()).to.include('TROUSSEAU_DATA_DIR');

    const command = await run('rotate-keys');
    expect(await command.ended, command.err()).to.equal(0);

    first.child.kill('SIGKILL');
    await first.ended;
    const third = await run('serve');
    await third.said('demonstration');
    third.child.kill('SIGTERM');
    expect(await third.ended, third.err()).to.equal(0);
  });

  it('ends when the shell that npm started it in is killed, and lets the next one in', async () => {
    const command = ['-c', '"$@"; true', 'sh', ...commandLine(['serve', '--until-orphaned'])];
    const env = { PATH: process.env['PATH'], ...(await environment()) };
    const shell = spawn('sh', command, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    // Ends with the last of those who write to it: the shell, and the server that it started.
    const closed = once(shell, 'close');
    const isUp = Promise.withResolvers<void>();
    shell.stdout.on('data', chunk => String(chunk).includes('demonstration') && isUp.resolve());
    await isUp.promise;
    shell.kill('SIGKILL');
    await closed;
    const next = await run('serve');
    await next.said('demonstration');
  });
});
