import type { Config } from '#config/index.ts';
import type { Output } from './output.ts';

/** What every command is given. */
export interface CommandContext {
  /** What follows the command's name. */
  readonly args: readonly string[];
  /** Reads the configuration; throws `ConfigError` with every problem. */
  readonly config: () => Config;
  readonly output: Output;
}

/** Resolves to the exit code: 0 done, 1 refused or failed, 2 used wrongly. */
export type Command = (context: CommandContext) => Promise<number>;

export const DONE = 0;
export const FAILED = 1;
export const MISUSED = 2;
