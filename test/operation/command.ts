import { loadConfig } from '#config/index.ts';
import type { Command } from '../../src/cli/command.ts';
import { sections } from '../../src/sections.ts';

/** What a command answered, in this process. */
export interface Commanded {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command as `main.ts` does, with these settings and no others. What it throws is thrown. */
export async function command(
  run: Command,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Commanded> {
  let out = '';
  let err = '';
  const code = await run({
    args,
    config: () => loadConfig(sections, env),
    output: { out: line => void (out += `${line}\n`), err: line => void (err += `${line}\n`) },
  });
  return { code, out, err };
}
