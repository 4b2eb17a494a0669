import { open, rm } from 'node:fs/promises';
import type { OperatorAsked } from '#admin/index.ts';
import { isAppError } from '#kernel/index.ts';
import { DONE, MISUSED, type CommandContext } from './command.ts';
import { withApp } from './import.ts';

/**
 * Writes a report on one record or one person to a new file of its owner only: it says who opened which record. Never over
 * another file, and nothing is left of one that could not be written whole.
 */
export function writeAuditReport(
  context: CommandContext,
  file: string,
  asked: OperatorAsked,
): Promise<number> {
  return withApp(context, async ({ admin }) => {
    const handle = await open(file, 'wx', 0o600);
    try {
      for await (const part of admin.reports.write(asked)) await handle.appendFile(part);
      await handle.sync();
      return DONE;
    } catch (error) {
      await rm(file);
      if (!isAppError(error, 'admin.invalid')) throw error;
      for (const { message } of error.errors ?? [{ message: error.publicMessage }])
        context.output.err(`✗ ${message}`);
      return MISUSED;
    } finally {
      await handle.close();
    }
  });
}
