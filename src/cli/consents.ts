import { open, type FileHandle } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createConsentFile, type LineReport } from '#access/index.ts';
import { DONE, FAILED, MISUSED, type Command, type CommandContext } from './command.ts';
import { withServices } from './services.ts';

/** How often a long import says where it is. */
const PROGRESS_LINES = 10_000;

/**
 * Consents in bulk, one JSON line each; may run beside the server. Said again after a stop, it goes on to the same
 * end (`--from` saves the lines that are done). Exit code 1 when a line was refused: a script must notice.
 */
export const importConsents: Command = async context => {
  const asked = importArguments(context);
  if (asked === undefined) {
    context.output.err('usage: import-consents FILE [--dry-run] [--from LINE] [--report FILE]');
    return MISUSED;
  }
  const { file, isDryRun, fromLine, reportFile } = asked;
  return withServices(context, async services => {
    // SECURITY: beside the file of identities it tells which patient bears which key: for its owner alone.
    const report = reportFile === undefined ? undefined : await open(reportFile, 'w', 0o600);
    try {
      const lines = (await open(file)).readLines();
      const bulk = createConsentFile({ ...services, mode: services.config.mode });
      const reports = bulk.importLines(lines, { isDryRun, fromLine });
      for (;;) {
        const next = await reports.next();
        if (next.done) {
          const { add, change, same, refuse } = next.value;
          const wouldBe = isDryRun ? ' (dry run: nothing was written)' : '';
          context.output.out(
            `${add} added, ${change} changed, ${same} the same, ${refuse} refused${wouldBe}`,
          );
          return refuse > 0 ? FAILED : DONE;
        }
        await tell(next.value, context, report);
      }
    } finally {
      await report?.close();
    }
  });
};

/** To standard output, one JSON line for each record; by their opaque keys. */
export const exportConsents: Command = async context => {
  const [network, ...more] = context.args;
  if (more.length > 0 || network?.startsWith('-')) {
    context.output.err('usage: export-consents [NETWORK]');
    return MISUSED;
  }
  return withServices(context, async services => {
    if (network !== undefined && (await services.directory.networks.get(network)) === null) {
      context.output.err(`no network \`${network}\``);
      return MISUSED;
    }
    const bulk = createConsentFile({ ...services, mode: services.config.mode });
    for await (const line of bulk.exportLines(network)) context.output.out(line);
    return DONE;
  });
};

function importArguments({ args }: CommandContext) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'dry-run': { type: 'boolean' }, from: { type: 'string' }, report: { type: 'string' } },
    });
    const [file, ...more] = positionals;
    const from = values.from ?? '1';
    if (file === undefined || more.length > 0 || !/^[1-9][0-9]{0,11}$/u.test(from)) return undefined;
    return {
      file,
      isDryRun: values['dry-run'] ?? false,
      fromLine: Number(from),
      reportFile: values.report,
    };
  } catch {
    return undefined;
  }
}

/** Refused lines on standard error, by path and code; every line in the report. */
async function tell(
  { line, outcome, patientKey, errors }: LineReport,
  { output }: CommandContext,
  report: FileHandle | undefined,
): Promise<void> {
  for (const { path, code, message } of errors ?? [])
    output.err(`line ${line}: ${path}: ${code}: ${message}`);
  if (line % PROGRESS_LINES === 0) output.err(`line ${line}: done`);
  await report?.appendFile(`${JSON.stringify({ line, outcome, patient_key: patientKey, errors })}\n`);
}
