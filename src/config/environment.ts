import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { shapeOf, suggest, type Problem } from './problem.ts';
import { fileNameOf, type Given, type Mode, type Section, type Setting } from './section.ts';

/** The environment of a process, as Node gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The operator's texts: the environment first, then the `.env` file of the working folder. An empty value counts as none. */
export interface RawSettings {
  readonly given: Given;
  /** All names that hold a value. */
  readonly names: ReadonlySet<string>;
  /** Names that the `.env` file holds. */
  readonly dotEnv: ReadonlySet<string>;
}

export function readEnvironment(env: Environment, cwd: string): RawSettings {
  const texts = new Map<string, string>();
  const dotEnv = readDotEnv(cwd);
  for (const source of [dotEnv, env]) {
    for (const [name, text] of Object.entries(source))
      if (text !== undefined && text !== '') texts.set(name, text);
  }
  return {
    given: name => texts.get(name),
    names: new Set(texts.keys()),
    dotEnv: new Set(Object.keys(dotEnv)),
  };
}

function readDotEnv(cwd: string): Environment {
  try {
    return parseEnv(readFileSync(path.join(cwd, '.env'), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

/** The text of a setting, by value or from its `…_FILE` (final line breaks dropped); a problem instead when it cannot be had. */
export function readSetting(
  setting: Setting,
  given: Given,
  cwd: string,
): { text?: string; problem?: Problem } {
  const text = given(setting.env);
  const fileName = fileNameOf(setting);
  const file = fileName === undefined ? undefined : given(fileName);
  if (fileName === undefined || file === undefined) return text === undefined ? {} : { text };
  if (text !== undefined) {
    const expected = `either \`${setting.env}\` or \`${fileName}\`, not both`;
    return { problem: { setting: fileName, given: shapeOf(file), expected } };
  }
  try {
    const content = readFileSync(path.resolve(cwd, file), 'utf8').replace(/[\r\n]+$/u, '');
    if (content !== '') return { text: content };
    return {
      problem: { setting: fileName, given: 'an empty file', expected: `a file that holds ${setting.env}` },
    };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return {
      problem: {
        setting: fileName,
        given: `a file that cannot be read (${code})`,
        expected: 'a readable file',
      },
    };
  }
}

/** Names under our prefix that no section declares: refused, since a misspelt safety setting would be silently ignored. */
export function unknownNames(sections: readonly Section[], names: ReadonlySet<string>): Problem[] {
  const known = new Set<string>();
  for (const setting of sections.flatMap(section => Object.values(section.settings))) {
    known.add(setting.env);
    const file = fileNameOf(setting);
    if (file !== undefined) known.add(file);
  }
  return [...names]
    .filter(name => name.startsWith('TROUSSEAU_') && !known.has(name))
    .sort()
    .map(name => {
      const suggestion = suggest(name, known);
      const problem = {
        setting: name,
        given: 'an unknown name',
        expected: 'a name of docs/configuration.md',
      };
      return suggestion === undefined ? problem : { ...problem, suggestion };
    });
}

/** Why the service runs in this mode; shown above the problems. */
export interface ModeChoice {
  readonly mode: Mode;
  readonly because: string;
}

/**
 * `TROUSSEAU_MODE` when given. Else demo, unless a setting marked `identity` is given: then production, so that
 * a deployment that forgot the mode is refused for what it lacks instead of opening with demo accounts.
 */
export function chooseMode(sections: readonly Section[], { given, names }: RawSettings): ModeChoice {
  const stated = given('TROUSSEAU_MODE');
  if (stated === 'demo') return { mode: 'demo', because: 'TROUSSEAU_MODE says so' };
  if (stated !== undefined) return { mode: 'production', because: 'TROUSSEAU_MODE says so' };
  const identity = sections
    .flatMap(section => Object.values(section.settings))
    .filter(setting => setting.identity)
    .flatMap(setting => [setting.env, `${setting.env}_FILE`])
    .find(name => names.has(name));
  if (identity === undefined) return { mode: 'demo', because: 'no setting of a deployment is given' };
  return { mode: 'production', because: `${identity} is given; TROUSSEAU_MODE=demo keeps the demonstration` };
}
