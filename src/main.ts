/** The command line: `node src/main.ts [COMMAND] [ARGUMENTS]`; without a command it serves. */
import { ConfigError, loadConfig } from '#config/index.ts';
import { isAppError } from '#kernel/index.ts';
import { DONE, FAILED, MISUSED, type Command } from './cli/command.ts';
import { consoleOutput, type Output } from './cli/output.ts';
import { sections } from './sections.ts';

interface Entry {
  readonly usage: string;
  readonly about: string;
  /** Loaded when it is called, so that `audit-verify` does not start with a web server's memory. */
  readonly load: () => Promise<Command>;
}

const commands: Readonly<Record<string, Entry>> = {
  serve: {
    usage: 'serve [--until-orphaned]',
    about: 'serve until told to stop (the default), or until whoever started it is gone',
    load: async () => (await import('./cli/serve.ts')).serve,
  },
  'check-config': {
    usage: 'check-config',
    about: 'read the configuration and say what is wrong or which mode it gives',
    load: async () => (await import('./cli/check-config.ts')).checkConfig,
  },
  import: {
    usage: 'import FILE [--dry-run]',
    about: 'import a region file, row by row; again and again without harm',
    load: async () => (await import('./cli/import.ts')).importRegion,
  },
  'import-consents': {
    usage: 'import-consents FILE [--dry-run] [--from LINE] [--report FILE]',
    about: 'import consents, a JSON line each, by patient key, INS or traits (hashed at once)',
    load: async () => (await import('./cli/consents.ts')).importConsents,
  },
  'export-consents': {
    usage: 'export-consents [NETWORK]',
    about: 'print the consents as lines that import-consents reads, by patient key',
    load: async () => (await import('./cli/consents.ts')).exportConsents,
  },
  'import-rpps': {
    usage: 'import-rpps FILE',
    about: 'import the public RPPS extract (PS_LibreAcces_Personne_activite), to check and fill in forms',
    load: async () => (await import('./cli/reference.ts')).importRpps,
  },
  'import-finess': {
    usage: 'import-finess FILE',
    about: 'import the public FINESS extract (etalab-cs1100507), to check and fill in forms',
    load: async () => (await import('./cli/reference.ts')).importFiness,
  },
  export: {
    usage: 'export',
    about: 'print the region as a file that import reads, without secrets',
    load: async () => (await import('./cli/export.ts')).exportRegion,
  },
  'create-admin': {
    usage: 'create-admin GIVEN_NAME FAMILY_NAME EMAIL NETWORK ORGANISATION',
    about: 'make a first regional administrator and print the login and the first password',
    load: async () => (await import('./cli/create-admin.ts')).createAdmin,
  },
  'rotate-keys': {
    usage: 'rotate-keys',
    about: 'sign with a new key from now on; the former one stays published until its tokens have died',
    load: async () => (await import('./cli/rotate-keys.ts')).rotateKeys,
  },
  'rotate-patient-key': {
    usage: 'rotate-patient-key [--status | --retire VERSION [--even-waiting]]',
    about: 'make the keys of patients with a new secret; the former ones stay known until they are retired',
    load: async () => (await import('./cli/rotate-patient-key.ts')).rotatePatientKey,
  },
  keys: {
    usage: 'keys [reseal | disclosed tokens | disclosed seal ID | lost seal ID] [--confirm]',
    about:
      'say which keys there are and what they seal; seal anew; after a disclosure or a loss (docs/operations.md)',
    load: async () => (await import('./cli/keys/index.ts')).keys,
  },
  backup: {
    usage: 'backup FILE',
    about: 'write a sealed and signed copy of the data, beside the server (SQLite)',
    load: async () => (await import('./cli/backup.ts')).backup,
  },
  restore: {
    usage: 'restore FILE [--check] | restore --void-only [--confirm]',
    about:
      'restore a backup into an empty place (or only check it), or void what other tools restored: every session and token',
    load: async () => (await import('./cli/backup.ts')).restore,
  },
  'audit-verify': {
    usage: 'audit-verify [FILE] [--key PEM] [--checkpoints FILE]',
    about: 'prove that the audit log (or an exported file) is whole',
    load: async () => (await import('./cli/audit.ts')).auditVerify,
  },
  'audit-export': {
    usage:
      'audit-export FILE [--patient KEY | --person SUB] [--from DAY] [--to DAY] [--format text|csv|jsonl]',
    about:
      'write the audit log as JSON lines with its checkpoints, and print the key that verifies it; or a report on one record or person',
    load: async () => (await import('./cli/audit.ts')).auditExport,
  },
  'policy-test': {
    usage: 'policy-test [FOLDER]',
    about: 'run the decision tables of the policies',
    load: async () => (await import('./cli/policies.ts')).policyTest,
  },
  explain: {
    usage: 'explain CLIENT_ID REQUEST.json | --person LOGIN --action A --network N [--record KEY] …',
    about: 'decide a request (a file, or -), and say by which rule and what would change it',
    load: async () => (await import('./cli/explain.ts')).explain,
  },
};

const isHelp = (word: string): boolean => word === '--help' || word === '-h';

/** A word for a command that takes none, or an option that its usage does not name: it does nothing rather than half. */
function isMisused({ usage }: Entry, args: readonly string[]): boolean {
  const [, ...words] = usage.split(' ');
  if (words.length === 0) return args.length > 0;
  const options: readonly string[] = usage.match(/--[a-z-]+/gu) ?? [];
  // `…`: the command itself knows more of them.
  return (
    !usage.includes('…') &&
    args.some(arg => arg.startsWith('--') && !options.includes(arg.split('=')[0] ?? ''))
  );
}

const PORT_SETTINGS = sections
  .flatMap(section => Object.values(section.settings))
  .map(({ env }) => env)
  .filter(env => env.endsWith('_PORT'))
  .join(', ');

const isPortTaken = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Runs one command; resolves to the exit code. Says what went wrong, without a stack for what was expected. */
export async function main(argv: readonly string[], output: Output = consoleOutput): Promise<number> {
  const [name = 'serve', ...args] = argv;
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    const isAsked = name === 'help' || isHelp(name);
    const lines = Object.values(commands).map(({ usage, about }) => `  ${usage.padEnd(64)} ${about}`);
    output[isAsked ? 'out' : 'err'](`usage: npm run trousseau -- COMMAND\n${lines.join('\n')}`);
    return isAsked ? DONE : MISUSED;
  }
  if (args.some(isHelp)) {
    output.out(`usage: ${entry.usage}\n${entry.about}`);
    return DONE;
  }
  if (isMisused(entry, args)) {
    output.err(`usage: ${entry.usage}`);
    return MISUSED;
  }
  try {
    const command = await entry.load();
    return await command({ args, output, config: () => loadConfig(sections) });
  } catch (error) {
    if (error instanceof ConfigError || isAppError(error)) {
      output.err(error.message);
      const wrong = isAppError(error) ? (error.errors ?? []) : [];
      for (const { path, message } of wrong) output.err(`  ${path}: ${message}`);
    } else if (isPortTaken(error)) output.err(`${error.message}\nThe ports are set by ${PORT_SETTINGS}.`);
    // What the system or a reader says (a port in use, a file that is not there, JSON that breaks) is for the operator too.
    else if (error instanceof Error && ('code' in error || error instanceof SyntaxError))
      output.err(error.message);
    else throw error;
    return FAILED;
  }
}

if (import.meta.main) {
  // Whoever reads the output of a command may have read enough; the work goes on to its end all the same, an import and
  // a server above all.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!['EPIPE', 'ERR_STREAM_DESTROYED'].includes(error.code ?? '')) throw error;
  });
  process.exitCode = await main(process.argv.slice(2));
}
