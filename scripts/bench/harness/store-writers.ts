import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSealer, randomId, systemClock } from '#kernel/index.ts';
import { openStore, type CollectionSpec, type Doc } from '#store/index.ts';
import { runClosed } from './load.ts';

interface BenchDoc extends Doc {
  readonly text: string;
}

const spec: CollectionSpec<BenchDoc> = { name: 'bench_docs', version: 1, indexes: {} };

/** About the size of a session. */
const TEXT = 'x'.repeat(600);

/** The durable SQLite store alone: inserts per second with this many writers at once, and how many share one commit. */
export async function measureWriters(writers: number, seconds: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-store-'));
  const store = await openStore({
    url: `sqlite:${path.join(folder, 'store.db')}`,
    sealer: createSealer([{ id: 'bench', key: randomBytes(32) }]),
    clock: systemClock,
  });
  try {
    const docs = store.collection(spec);
    const operation = () => docs.insert({ id: randomId(), text: TEXT });
    await runClosed({ workers: writers, seconds: seconds / 4, operation });
    const before = store.stats();
    const load = await runClosed({ workers: writers, seconds, operation });
    const after = store.stats();
    return {
      perSecond: load.operations / load.seconds,
      perCommit: (after.operations - before.operations) / (after.commits - before.commits),
    };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
