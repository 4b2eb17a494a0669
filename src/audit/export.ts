import { open } from 'node:fs/promises';
import type { Store } from '#store/index.ts';
import { readEvidence } from './sealed/evidence.ts';
import { readWitnesses } from './witnesses.ts';

/** Written at once: an export of years must not be held in memory. */
const BATCH_CHARACTERS = 1_000_000;

/**
 * Writes the log as JSON lines that `verifyAudit` reads without the store; resolves to how many of each.
 * The file holds health data (who opened which record): it is readable by its owner only.
 */
export async function exportAudit(
  store: Store,
  file: string,
): Promise<{ readonly lines: number; readonly checkpoints: number }> {
  const handle = await open(file, 'wx', 0o600);
  const count = { lines: 0, checkpoints: 0 };
  try {
    let batch = '';
    const flush = async () => {
      await handle.appendFile(batch);
      batch = '';
    };
    for await (const witness of readWitnesses(store)) {
      batch += `${JSON.stringify(witness)}\n`;
      if ('checkpoint' in witness) count.checkpoints++;
      if (batch.length > BATCH_CHARACTERS) await flush();
    }
    for await (const item of readEvidence(store)) {
      batch += `${JSON.stringify(item)}\n`;
      if ('line' in item) count.lines++;
      if (batch.length > BATCH_CHARACTERS) await flush();
    }
    await flush();
    await handle.sync();
  } finally {
    await handle.close();
  }
  return count;
}
