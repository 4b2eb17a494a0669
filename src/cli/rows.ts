import { coreSection } from '#config/index.ts';
import { createSealer, systemClock, type Sealer } from '#kernel/index.ts';
import { openRows, type StoredRows } from '#store/index.ts';
import type { CommandContext } from './command.ts';
import { sealingKeys } from './sealing-keys.ts';

/** Opens all documents for one command, and closes them whatever happens. Needs no key that opens them. */
export async function withRows<R>(
  context: CommandContext,
  run: (rows: StoredRows, sealer: Sealer) => Promise<R>,
): Promise<R> {
  const config = context.config();
  const sealer = createSealer(await sealingKeys(config));
  const { storeUrl } = config.of(coreSection);
  const { close, ...rows } = await openRows({ url: storeUrl, clock: systemClock });
  try {
    return await run(rows, sealer);
  } finally {
    await close();
  }
}
