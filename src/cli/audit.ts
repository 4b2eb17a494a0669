import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { exportAudit, verifyAudit, type AuditReport } from '#audit/index.ts';
import { coreSection } from '#config/index.ts';
import { DONE, FAILED, MISUSED, type Command } from './command.ts';
import type { Output } from './output.ts';
import { withServices } from './services.ts';

/**
 * `audit-verify` proves the log of the store with the service's own key, and former ones (`--key`); `audit-verify FILE --key PEM…` proves an
 * exported file off line, with keys that were kept elsewhere.
 */
export const auditVerify: Command = async context => {
  const { positionals, values } = parseArgs({
    args: [...context.args],
    allowPositionals: true,
    options: { key: { type: 'string', multiple: true }, checkpoints: { type: 'string', multiple: true } },
  });
  const [file] = positionals;
  const checkpointFiles = values.checkpoints ?? [];
  const givenKeys = await Promise.all((values.key ?? []).map(name => readFile(name, 'utf8')));
  if (file === undefined) {
    return withServices(context, async ({ store, audit, config }) => {
      const own = path.join(config.of(coreSection).dataDir, 'audit-checkpoints.jsonl');
      const report = await verifyAudit({
        from: { store },
        checkpointFiles: [...checkpointFiles, ...(existsSync(own) ? [own] : [])],
        // Former ones of the service, kept elsewhere since it signs with another.
        publicKeys: [await audit.publicKey(), ...givenKeys],
      });
      return print(report, context.output);
    });
  }
  if (!values.key) {
    context.output.err('audit-verify FILE needs --key PEM-FILE: the public key, kept outside the service');
    return MISUSED;
  }
  return print(await verifyAudit({ from: { file }, checkpointFiles, publicKeys: givenKeys }), context.output);
};

const EXPORT_USAGE =
  'usage: audit-export FILE [(--patient KEY | --person SUB) [--from DAY] [--to DAY] [--format text|csv|jsonl]]';

/**
 * `audit-export FILE` writes the whole log, lines and checkpoints, and prints the public key that verifies them. With
 * `--patient` or `--person`, a report in French in its place: who opened this record, what this person did.
 */
export const auditExport: Command = async context => {
  const { positionals, values } = parseArgs({
    args: [...context.args],
    allowPositionals: true,
    options: {
      patient: { type: 'string' },
      person: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      format: { type: 'string', default: 'text' },
    },
  });
  const [file, ...rest] = positionals;
  const { patient, person, from, to, format } = values;
  const isFormat = format === 'text' || format === 'csv' || format === 'jsonl';
  if (file === undefined || rest.length > 0 || !isFormat || (patient !== undefined && person !== undefined)) {
    context.output.err(EXPORT_USAGE);
    return MISUSED;
  }
  const about = patient !== undefined ? { record: patient } : person !== undefined ? { person } : undefined;
  if (about !== undefined) {
    // Only here, so that the other commands on the log do not load the whole service.
    const { writeAuditReport } = await import('./audit-report.ts');
    return writeAuditReport(context, file, { about, from, to, format });
  }
  return withServices(context, async ({ store, audit }) => {
    const count = await exportAudit(store, file);
    context.output.err(`${count.lines} lines and ${count.checkpoints} checkpoints; their public key:`);
    context.output.out((await audit.publicKey()).trim());
    return DONE;
  });
};

function print(report: AuditReport, output: Output): number {
  const { lines, chains, checkpoints, coveredUntil, uncoveredLines, excerptFrom, findings } = report;
  const { sealedDays, droppedLines } = report;
  output.out(
    `${lines} lines in ${chains} chains, ${checkpoints} checkpoints, covered until ${coveredUntil ?? 'never'}`,
  );
  if (sealedDays > 0)
    output.out(`${sealedDays} sealed days, ${droppedLines} lines dropped when their time was over`);
  if (excerptFrom !== null) output.out(`an excerpt: it says nothing of what came before ${excerptFrom}`);
  if (uncoveredLines > 0) output.out(`${uncoveredLines} lines are newer than the last checkpoint`);
  for (const finding of findings) output.out(`✗ ${JSON.stringify(finding)}`);
  output.out(report.isIntact ? 'the log is whole' : 'the log is NOT whole');
  return report.isIntact ? DONE : FAILED;
}
