import { mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from './problem.ts';

/**
 * Why files cannot be kept in this folder, or `undefined` when they can; the folder need not exist yet, and is not
 * made. Proven by making and removing a folder: permission bits tell nothing of a read-only disk or of `/proc`.
 */
export function findFolderProblem(folder: string): string | undefined {
  const existing = nearestExisting(path.resolve(folder));
  if (typeof existing !== 'string') return existing.problem;
  try {
    rmdirSync(mkdtempSync(path.join(existing, '.trousseau-probe-')));
    return undefined;
  } catch (error) {
    return `a folder in which nothing can be written (${codeOf(error)})`;
  }
}

/**
 * Makes the folder and those above it, for the service's own account alone. Throws `config.invalid` naming `setting`.
 * The proof comes first: where nothing can be made, as under `/proc`, Node's recursive `mkdir` never returns.
 */
export function makeFolder(folder: string, setting: string): void {
  const problem = findFolderProblem(folder);
  if (problem !== undefined) {
    const expected = 'a folder that the service may write in';
    throw new ConfigError([{ setting, given: problem, expected }], 'the folder cannot be used');
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

function nearestExisting(folder: string): string | { readonly problem: string } {
  try {
    return statSync(folder).isDirectory() ? folder : { problem: 'a file where a folder is needed' };
  } catch (error) {
    const code = codeOf(error);
    const parent = path.dirname(folder);
    if (code === 'ENOENT' && parent !== folder) return nearestExisting(parent);
    if (code === 'ENOTDIR') return { problem: 'a folder below something that is a file' };
    return { problem: `a folder that cannot be read (${code})` };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
