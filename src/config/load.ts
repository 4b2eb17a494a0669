import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseMode, readEnvironment, readSetting, unknownNames, type Environment } from './environment.ts';
import { findExposedFiles } from './exposed-files.ts';
import { ConfigError, shapeOf, type Problem } from './problem.ts';
import {
  defaultOf,
  expectedOf,
  type CheckContext,
  type Given,
  type Mode,
  type Section,
  type SectionValues,
} from './section.ts';
import type { Setting } from './section.ts';

/** The folder of the product, where `scripts/` and `views/` are. */
const PRODUCT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The whole configuration, valid. */
export interface Config {
  readonly mode: Mode;
  /** Why that mode, for `check-config` and the log. */
  readonly modeBecause: string;
  /** The values of a section that `loadConfig` was given. */
  of<S extends Section>(section: S): SectionValues<S>;
  /** Names that the operator set, without values: what the log may say at start. */
  readonly given: readonly string[];
  /** What does not keep it from starting, and should be mended: files with secrets that others may read. */
  readonly warnings: readonly Problem[];
}

/**
 * Reads the environment and the `.env` file of the working folder once. Throws `ConfigError` (`config.invalid`)
 * with every problem found: unknown names, values of the wrong form, unreadable files, rules of the mode.
 * Does not open anything: a right address may still lead to a store that is down.
 */
export function loadConfig(
  sections: readonly Section[],
  env: Environment = process.env,
  { cwd = process.cwd() }: { readonly cwd?: string } = {},
): Config {
  assertUniqueNames(sections);
  const raw = readEnvironment(env, cwd);
  const { mode, because } = chooseMode(sections, raw);
  const problems = unknownNames(sections, raw.names);
  const values = new Map<Section, Readonly<Record<string, unknown>>>();

  for (const section of sections) {
    const read: Record<string, unknown> = {};
    const wrong: Problem[] = [];
    for (const [field, setting] of Object.entries(section.settings)) {
      const result = readValue(setting, mode, raw.given, cwd);
      if ('problem' in result) wrong.push(result.problem);
      else read[field] = result.value;
    }
    problems.push(...wrong);
    if (wrong.length === 0) values.set(section, Object.freeze(read));
  }

  const find = <S extends Section>(section: S): SectionValues<S> | undefined =>
    values.get(section) as SectionValues<S> | undefined;
  const context: CheckContext = { mode, of: find };
  for (const [section, read] of values) problems.push(...(section.check?.(read as never, context) ?? []));
  if (problems.length > 0) throw new ConfigError(problems, `mode ${mode} (${because})`);

  return {
    mode,
    modeBecause: because,
    of(section) {
      const read = find(section);
      if (read === undefined) throw new TypeError(`section ${section.name} was not loaded`);
      return read;
    },
    given: [...raw.names].filter(name => name.startsWith('TROUSSEAU_')).sort(),
    warnings: findExposedFiles(sections, { ...raw, cwd }),
  };
}

function readValue(
  setting: Setting,
  mode: Mode,
  given: Given,
  cwd: string,
): { value: unknown } | { problem: Problem } {
  const { text: stated, problem } = readSetting(setting, given, cwd);
  if (problem) return { problem };
  const text = stated ?? defaultOf(setting, mode, given);
  const wrong = (expected: string) => ({
    problem: { setting: setting.env, given: shapeOf(stated), expected },
  });
  const expected = expectedOf(setting);
  if (text === undefined) {
    if (setting.requiredIn === mode) return wrong(`${expected} (required in ${mode} mode)`);
    const absent = setting.schema.safeParse(undefined);
    return absent.success ? { value: absent.data } : wrong(expected);
  }
  const parsed = setting.schema.safeParse(text);
  if (!parsed.success) return wrong(parsed.error.issues.map(issue => issue.message).join('; '));
  const refusal = setting.refuse?.(parsed.data, mode);
  if (refusal !== undefined) return wrong(refusal);
  if (setting.path === undefined || typeof parsed.data !== 'string') return { value: parsed.data };
  const base = stated === undefined && setting.path === 'product' ? PRODUCT_FOLDER : cwd;
  return { value: path.resolve(base, parsed.data) };
}

function assertUniqueNames(sections: readonly Section[]): void {
  const seen = new Set<string>();
  for (const section of sections) {
    for (const name of [
      `section ${section.name}`,
      ...Object.values(section.settings).map(({ env }) => env),
    ]) {
      if (seen.has(name)) throw new TypeError(`${name} is declared twice`);
      seen.add(name);
    }
  }
}
