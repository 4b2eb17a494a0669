import { openersVoided, voidOpeners } from '#operation/index.ts';
import { DONE, MISUSED, type CommandContext } from './command.ts';
import { withRows } from './rows.ts';
import { withServices } from './services.ts';
import { becomeSoleServer } from './sole-server.ts';

/**
 * `restore --void-only`: after the server's own tools have restored the data (MongoDB), and before the first start,
 * takes away what `restore` never brings back. A dry run without `--confirm`. With every instance stopped.
 */
export async function voidRestored(context: CommandContext): Promise<number> {
  const [, option, ...more] = context.args;
  const { output } = context;
  if ((option !== undefined && option !== '--confirm') || more.length > 0) {
    output.err('usage: restore --void-only [--confirm]');
    return MISUSED;
  }
  const write = option === '--confirm';
  const sole = write ? becomeSoleServer(context.config()) : undefined;
  try {
    const counts = await withRows(context, rows => voidOpeners(rows, { write }));
    for (const [collection, documents] of counts) output.out(`${collection}: ${documents}`);
    const documents = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (!write) {
      output.out(`${documents} documents would be void; nothing was changed: do it with --confirm`);
      return DONE;
    }
    return await withServices(context, async ({ audit }) => {
      await audit.record(openersVoided, { actor: 'operator', outcome: 'success', data: { documents } });
      output.out(`${documents} documents are void: people sign in again, applications fetch new tokens`);
      return DONE;
    });
  } finally {
    sole?.release();
  }
}
