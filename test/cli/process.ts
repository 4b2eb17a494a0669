import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const MAIN = path.join(ROOT, 'src', 'main.ts');
// As `npm run trousseau` starts it.
const COMPILED = ['--import', path.join(ROOT, 'scripts', 'compile-cache.mjs')];

export interface CommandProcess {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Resolves to the exit code; `null` after a signal. */
  readonly ended: Promise<number | null>;
  /** Resolves when the standard output holds the text, rejects when the process ends before. */
  said(text: string): Promise<void>;
}

/** Program and arguments of `npm run trousseau -- …`. */
export function commandLine(args: readonly string[]): readonly string[] {
  return [process.execPath, ...COMPILED, MAIN, ...args];
}

/**
 * The command line in a process of its own, with these settings and no others; within `limit` of the system (the
 * arguments of the shell's `ulimit`), when one is given.
 */
export function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  limit?: string,
): CommandProcess {
  const line = commandLine(args);
  const [program = '', ...rest] = limit ? ['sh', '-c', `ulimit ${limit}; exec "$@"`, 'sh', ...line] : line;
  const child = spawn(program, rest, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    said: text =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (out.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        void ended.then(code => reject(new Error(`ended with ${code}: ${err}`)));
        look();
      }),
  };
}
