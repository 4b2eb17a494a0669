import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { createRacers, LEDGER } from '../support/store-acts.ts';
import { newStoreUrl, openTestStore, removeStored } from '../support/store.ts';

const CHILD = new URL('../support/store-child.ts', import.meta.url).pathname;
const ROUNDS = 10;

describe('SQLite store and its processes', () => {
  let url: string;
  beforeEach(async () => {
    url = await newStoreUrl('sqlite');
  });
  afterEach(() => removeStored(url));

  it(`misses nothing acknowledged after ${ROUNDS} kills in mid-write`, async function () {
    this.timeout(30_000);
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const lines = await writeAndKill(url, 20 + round * 8);
      for (const line of lines) {
        const [state = '', id = ''] = line.split(' ');
        acknowledged.set(id, state);
      }
    }
    expect(acknowledged.size).to.be.greaterThan(ROUNDS * 50);
    const store = await openTestStore({ url });
    const ledger = store.collection(LEDGER);
    const missing: string[] = [];
    for (const [id, state] of acknowledged) {
      const doc = await ledger.get(id);
      // The next act on a document may have been committed without having been acknowledged.
      const mayBeTaken = Number(id.split('-')[1]) % 3 === 2;
      const isThere = doc !== null && (state !== 'changed' || doc.state === 'changed');
      if (state === 'taken' ? doc !== null : !isThere && !(doc === null && mayBeTaken))
        missing.push(`${state} ${id}`);
      if (doc !== null) expect(await ledger.findOne('key', doc.key)).to.deep.equal(doc);
    }
    expect(missing).to.deep.equal([]);
    await store.close();
    const db = new DatabaseSync(url.slice('sqlite:'.length));
    expect(db.prepare('PRAGMA integrity_check').get()).to.deep.include({ integrity_check: 'ok' });
    const orphans =
      'SELECT count(*) AS n FROM keys_ledger k LEFT JOIN docs_ledger d ON d.id = k.id WHERE d.id IS NULL';
    expect(db.prepare(orphans).get()).to.deep.include({ n: 0 });
    db.close();
  });

  it('lets two processes share one file: one winner per claim, every update counted', async () => {
    const store = await openTestStore({ url });
    const { claim, count, counted } = createRacers(store);
    const child = spawn(process.execPath, [CHILD, 'race', url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const output: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    await once(child.stdout, 'data');
    let won = 0;
    await Promise.all([
      ...Array.from({ length: 50 }, async (_, at) => (await claim(at)) && (won += 1)),
      ...Array.from({ length: 50 }, count),
    ]);
    if (child.exitCode === null) await once(child, 'close');
    const theirs = output
      .join('')
      .split('\n')
      .filter(line => line.startsWith('won')).length;
    expect(won + theirs).to.equal(50);
    expect(await counted()).to.equal(100);
    await store.close();
  });

  it('refuses writes on a disk that takes no more, and still reads what it acknowledged', async function () {
    if (process.platform === 'win32') this.skip();
    // A limit on the size of files makes the write calls themselves fail, as on a full disk.
    const limited = `trap '' XFSZ; ulimit -f 512; exec "$0" "$@"`;
    const child = spawn('bash', ['-c', limited, process.execPath, CHILD, 'fill', url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await once(child, 'close');
    const outcome = JSON.parse(output) as { refusals: number; written: number; found: number };
    expect(outcome.refusals).to.be.greaterThan(0);
    expect(outcome.written).to.be.greaterThan(0);
    expect(outcome.found).to.equal(outcome.written);
  });
});

/** Lets a child write for a moment, kills it, and returns the acts that it was acknowledged. */
async function writeAndKill(url: string, milliseconds: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, 'ledger', url], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child.stdout, 'data');
  await delay(milliseconds);
  child.kill('SIGKILL');
  await once(child, 'close');
  // A last line without its end was cut by the kill.
  return output.split('\n').slice(0, -1);
}
