import { createReference, referenceImported, type ReferenceFile } from '#admin/index.ts';
import { DONE, MISUSED, type Command } from './command.ts';
import { withServices } from './services.ts';

export const importRpps: Command = importerOf('rpps', 'import-rpps');
export const importFiness: Command = importerOf('finess', 'import-finess');

/** May run beside the server; said again after a stop, it goes on to the same end. */
function importerOf(register: ReferenceFile, name: string): Command {
  return async context => {
    const [file, ...more] = context.args;
    if (file === undefined || more.length > 0) {
      context.output.err(`usage: ${name} FILE`);
      return MISUSED;
    }
    return withServices(context, async services => {
      const startedMs = performance.now();
      const report = await createReference(services).importFile(register, file);
      const { entries, refused, removed } = report;
      await services.audit.record(referenceImported, {
        actor: 'operator',
        outcome: 'success',
        data: { register, entries, refused, removed },
      });
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      context.output.out(
        `${entries} entries, ${refused} lines refused, ${removed} removed, in ${seconds} s, ${peakMiB()} MiB`,
      );
      if (report.isSuspect)
        context.output.err('the file holds less than half of the last one: nothing was removed');
      return DONE;
    });
  };
}

const peakMiB = () => Math.round(process.resourceUsage().maxRSS / 1024);
