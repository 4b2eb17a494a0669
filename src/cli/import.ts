import { formatReport, type RegionReport } from '#region/index.ts';
import { systemClock } from '#kernel/index.ts';
import { coreSection } from '#config/index.ts';
import { createApp } from '../app.ts';
import { createLogger } from '../logger.ts';
import { DONE, FAILED, MISUSED, type Command, type CommandContext } from './command.ts';
import type { Output } from './output.ts';

/** Exit code 1 when a row was refused: a script must notice. */
export const importRegion: Command = async context => {
  const files = context.args.filter(arg => !arg.startsWith('--'));
  const options = context.args.filter(arg => arg.startsWith('--'));
  const [file] = files;
  if (file === undefined || files.length > 1 || options.some(option => option !== '--dry-run')) {
    context.output.err('usage: import FILE [--dry-run]');
    return MISUSED;
  }
  return withApp(context, async ({ region }) => {
    const report = await region.importFile(file, { dryRun: options.includes('--dry-run') });
    printReport(report, context.output);
    return report.counts.refuse > 0 ? FAILED : DONE;
  });
};

export function printReport(report: RegionReport, output: Output): void {
  for (const line of formatReport(report)) output.out(line);
}

/** Composes the service without listening: for commands that need its modules. */
export async function withApp(
  context: CommandContext,
  run: (app: Awaited<ReturnType<typeof createApp>>) => Promise<number>,
): Promise<number> {
  const config = context.config();
  const { logLevel } = config.of(coreSection);
  const logger = createLogger(logLevel === 'info' ? 'warn' : logLevel);
  const app = await createApp({ config, logger, clock: systemClock });
  try {
    return await run(app);
  } finally {
    await app.stop();
  }
}
