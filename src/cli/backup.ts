import { coreSection } from '#config/index.ts';
import {
  backupMade,
  backupPublicKey,
  backupRestored,
  checkBackup,
  createBackup,
  restoreBackup,
  type RestoreSummary,
} from '#operation/index.ts';
import { DONE, MISUSED, type Command, type CommandContext } from './command.ts';
import { sealingKeys } from './sealing-keys.ts';
import { withServices } from './services.ts';
import { becomeSoleServer } from './sole-server.ts';
import { voidRestored } from './void-restored.ts';

/** Beside the server. Prints what the operator keeps: the fingerprint, and the key that verifies the file. */
export const backup: Command = async context => {
  const [file, ...more] = context.args;
  if (file === undefined || more.length > 0) {
    context.output.err('usage: backup FILE');
    return MISUSED;
  }
  return withServices(context, async ({ config, clock, audit }) => {
    const [key] = await sealingKeys(config);
    const startedMs = performance.now();
    const { storeUrl } = config.of(coreSection);
    const { takenAt, documents, bytes, fingerprint } = await createBackup({ storeUrl, key, clock, file });
    await audit.record(backupMade, {
      actor: 'operator',
      outcome: 'success',
      data: { documents, bytes, fingerprint },
    });
    context.output.out(
      `${documents} documents of ${takenAt}, ${bytes} bytes, in ${secondsSince(startedMs)} s`,
    );
    context.output.out(`fingerprint ${fingerprint}`);
    context.output.out(backupPublicKey(key).trim());
    return DONE;
  });
};

/**
 * With no server on the place; `--check` reads the file from end to end and restores nothing, `--void-only` takes away
 * what a restore by other tools has brought back.
 */
export const restore: Command = async context => {
  if (context.args[0] === '--void-only') return voidRestored(context);
  const files = context.args.filter(arg => arg !== '--check');
  const [file] = files;
  if (file === undefined || files.length > 1) {
    context.output.err('usage: restore FILE [--check] | restore --void-only [--confirm]');
    return MISUSED;
  }
  const startedMs = performance.now();
  const config = context.config();
  const say = ({ documents, takenAt }: RestoreSummary, what: string): void =>
    context.output.out(`${what}: ${documents} documents of ${takenAt}, in ${secondsSince(startedMs)} s`);
  if (files.length < context.args.length) {
    say(await checkBackup(file, await sealingKeys(config)), 'the backup is whole');
    return DONE;
  }
  const sole = becomeSoleServer(config);
  try {
    const { storeUrl } = config.of(coreSection);
    const summary = await restoreBackup({ file, keys: await sealingKeys(config), storeUrl });
    say(summary, 'restored');
    return await recordRestored(context, summary);
  } finally {
    sole.release();
  }
};

function recordRestored(context: CommandContext, summary: RestoreSummary): Promise<number> {
  return withServices(context, async ({ audit }) => {
    const { documents, takenAt, fingerprint } = summary;
    await audit.record(backupRestored, {
      actor: 'operator',
      outcome: 'success',
      data: { documents, takenAt, fingerprint },
    });
    for (const line of AFTERWARDS) context.output.out(line);
    return DONE;
  });
}

/** Said each time, because it is read at night. */
const AFTERWARDS = [
  'every session, token, one-time code, link and recovery code is void: people sign in again',
  'everything else is as it was when the backup was taken: do again what was suspended, withdrawn or changed since',
];

const secondsSince = (startedMs: number): string => ((performance.now() - startedMs) / 1000).toFixed(1);
