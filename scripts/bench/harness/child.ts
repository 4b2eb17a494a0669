import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A server in a process of its own. */
export interface Child {
  readonly pid: number;
  /** Rejects when the process ends; never resolves. For races with what is awaited of it. */
  readonly ended: Promise<never>;
  /** Asks it to end, insists after a while, and resolves when it has. */
  stop(): Promise<void>;
}

export const productFolder = path.resolve(import.meta.dirname, '../../..');

const STOP_MS = 10_000;

/** Starts `node ARGUMENTS` in the product's folder with this environment and nothing else of ours. */
export function startNode(
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly onLine: (line: string) => void;
  },
): Child {
  const child = spawn(process.execPath, args, {
    cwd: productFolder,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      if (last.push(line) > 20) last.shift();
      options.onLine(line);
    });
  }
  const exit = new Promise<number | null>(resolve => child.on('close', resolve));
  const ended = exit.then((code): never => {
    throw new Error(`${args.join(' ')} ended with status ${code}:\n${last.join('\n')}`);
  });
  // Read by those who wait for it; an ordinary end is nobody's failure.
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exit;
      clearTimeout(insist);
    },
  };
}
