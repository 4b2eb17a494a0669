import { countSeals, keysResealed, resealAll } from '#operation/index.ts';
import { DONE, FAILED, type CommandContext } from '../command.ts';
import { withRows } from '../rows.ts';
import { withServices } from '../services.ts';

/** Seals everything anew with the first of `TROUSSEAU_SEAL_KEYS`, beside instances that have it as their first too. */
export async function reseal(context: CommandContext, isConfirmed: boolean): Promise<number> {
  const { output } = context;
  const { code, keyId, documents } = await withRows(context, async (rows, sealer) => {
    const counts = await countSeals(rows, sealer);
    const former = counts.filter(count => count.keyId !== sealer.keyId);
    for (const { keyId: id, values, collections } of former)
      output.out(`${values} values sealed with ${id} (${collections.join(', ')})`);
    if (!isConfirmed) return { code: DONE, keyId: sealer.keyId, documents: 0 };
    const report = await resealAll(rows, sealer);
    output.out(`${report.documents} documents are sealed with ${sealer.keyId} now`);
    for (const { collection, id, keyId: key } of report.left)
      output.err(`${collection} ${id}: sealed with ${key}, which does not open it`);
    return {
      code: report.left.length > 0 ? FAILED : DONE,
      keyId: sealer.keyId,
      documents: report.documents,
    };
  });
  if (isConfirmed)
    await withServices(context, async ({ audit }) => {
      await audit.record(keysResealed, {
        actor: 'operator',
        outcome: 'success',
        data: { key: keyId, documents },
      });
      return DONE;
    });
  return code;
}
