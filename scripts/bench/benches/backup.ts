import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Bench, Row } from '../harness/bench.ts';
import { decisionRegion } from '../harness/decision-region.ts';

const SIZE = { people: 50_000, records: 200_000 };
const QUICK = { people: 200, records: 500 };
const MAIN = path.resolve(import.meta.dirname, '../../../src/main.ts');
const MIB = 2 ** 20;

/** Issue 8: what an operator waits for at night, at the design limit of a region; by the very commands. */
export const backup: Bench = {
  name: 'backup',
  title: 'Backup and restore (SQLite)',
  async run({ isQuick }) {
    const size = isQuick ? QUICK : SIZE;
    const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
    const seal = `k1:${randomBytes(32).toString('base64url')}`;
    const at = (place: string) => commandsOf(path.join(folder, place), seal);
    try {
      const regionFile = path.join(folder, 'region.json');
      await writeFile(regionFile, JSON.stringify(decisionRegion(size)));
      const file = path.join(folder, 'one.backup');
      const first = at('first');
      const what = `${size.people} accounts, ${size.records} records`;
      const rows = [
        rowOf(`import of ${what}`, await first('import', regionFile)),
        rowOf('backup', await first('backup', file)),
        rowOf('restore --check', await at('second')('restore', file, '--check')),
        rowOf('restore', await at('second')('restore', file)),
        rowOf('keys reseal (everything read, nothing to seal)', await first('keys', 'reseal', '--confirm')),
      ];
      const { size: bytes } = await stat(file);
      const { size: stored } = await stat(path.join(folder, 'first', 'store.db'));
      return [...rows, sizeRow(bytes, stored)];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Runs commands on one place; resolves to how long one took, start of the process included. */
function commandsOf(dataDir: string, sealKeys: string): (...args: string[]) => Promise<number> {
  return async (...args) => {
    const startedMs = performance.now();
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: {
        PATH: process.env['PATH'],
        TROUSSEAU_MODE: 'demo',
        TROUSSEAU_DATA_DIR: dataDir,
        TROUSSEAU_STORE_URL: `sqlite:${path.join(dataDir, 'store.db')}`,
        TROUSSEAU_SEAL_KEYS: sealKeys,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
    return (performance.now() - startedMs) / 1000;
  };
}

function rowOf(what: string, seconds: number): Row {
  return { what, ours: `${seconds.toFixed(1)} s`, figures: { seconds } };
}

function sizeRow(bytes: number, stored: number): Row {
  return {
    what: 'size of the backup',
    ours: `${(bytes / MIB).toFixed(0)} MiB of ${(stored / MIB).toFixed(0)} MiB`,
    figures: { bytes, stored },
  };
}
