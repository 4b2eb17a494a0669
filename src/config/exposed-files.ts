import { statSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from './problem.ts';
import { fileNameOf, type Given, type Section } from './section.ts';

/** Others may read or write, or the group may write. A group that may read is how systemd and containers share a secret. */
const TOO_OPEN = 0o026;

/**
 * Files with secrets that more accounts than the service's may read or change: those named by `…_FILE`, and the `.env`
 * file when it holds a secret. Says nothing of the folders above them, nor of access lists; nothing on Windows, whose
 * modes mean nothing. A warning and no refusal: some platforms mount secrets so.
 */
export function findExposedFiles(
  sections: readonly Section[],
  {
    given,
    dotEnv,
    cwd,
  }: { readonly given: Given; readonly dotEnv: ReadonlySet<string>; readonly cwd: string },
): readonly Problem[] {
  if (process.platform === 'win32') return [];
  const secrets = sections.flatMap(({ settings }) => Object.values(settings)).filter(({ secret }) => secret);
  const named = secrets.flatMap(setting => {
    const name = fileNameOf(setting);
    const file = name === undefined ? undefined : given(name);
    return name === undefined || file === undefined ? [] : [{ name, file }];
  });
  const inline = secrets.find(({ env }) => dotEnv.has(env));
  if (inline) named.push({ name: inline.env, file: '.env' });
  return named.flatMap(({ name, file }) => {
    const mode = modeOf(path.resolve(cwd, file));
    if (mode === undefined || (mode & TOO_OPEN) === 0) return [];
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    const where = file === '.env' ? 'in a `.env` file' : 'a file';
    return [
      {
        setting: name,
        given: `${where} of mode ${octal}`,
        expected: 'mode 0600, or 0640 with a group of its own',
      },
    ];
  });
}

/** `undefined` when there is no such file: whoever reads it says so. */
function modeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mode;
}
