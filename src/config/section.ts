import { z } from 'zod';
import type { Problem } from './problem.ts';

/** How the whole service runs. A demonstration listens on loopback, with known accounts; nothing of it exists in production. */
export type Mode = 'demo' | 'production';

/** What the operator gave for another setting, before any validation: lets the demo issuer follow the port. */
export type Given = (env: string) => string | undefined;

/** One setting: the name in the environment, how its text becomes a value, and the words of the documentation. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  /** Name in the environment; `TROUSSEAU_…` but for the few that others own (`NODE_ENV`). */
  readonly env: string;
  /** Reads the text. Its `describe()` says what is expected; its messages never quote the value. */
  readonly schema: S;
  /** The text used when nothing is given; a function when it depends on the mode or on another setting. */
  readonly default?: string | ((mode: Mode, given: Given) => string | undefined);
  /** One English sentence for the operator. */
  readonly description: string;
  /** A secret: `…_FILE` is accepted, and no value is ever shown. */
  readonly secret?: boolean;
  /** Accepts `…_FILE` although it is not a secret. */
  readonly fileVariant?: boolean;
  /** A value for the documentation. */
  readonly example?: string;
  /** A setting that makes this a deployment of its own: when one is given, demo is no longer the default mode. */
  readonly identity?: boolean;
  /**
   * The value is a path, made absolute: a given one from the working folder, the default one from the working
   * folder too (`cwd`) or from the folder of the product (`product`).
   */
  readonly path?: 'cwd' | 'product';
  /** No value may be missing in this mode. */
  readonly requiredIn?: Mode;
  /** A further rule on one valid value; resolves to what was expected, or `undefined` when all is well. */
  readonly refuse?: (value: z.output<S>, mode: Mode) => string | undefined;
}

/** What a section's `check` may look at besides its own values. */
export interface CheckContext {
  readonly mode: Mode;
  /** Another section's values, or `undefined` when some of them are wrong themselves. */
  of<S extends Section>(section: S): SectionValues<S> | undefined;
}

export interface SectionInit<F extends Settings> {
  /** Heading in `docs/configuration.md`. */
  readonly title: string;
  readonly settings: F;
  /** Rules over several settings. Runs when each setting of the section is valid by itself. */
  readonly check?: (values: ValuesOf<F>, context: CheckContext) => readonly Problem[];
}

type Settings = { readonly [field: string]: Setting };
type ValuesOf<F extends Settings> = { readonly [K in keyof F]: z.output<F[K]['schema']> };

/** A module's part of the configuration: its names, defaults, rules and words. */
export interface Section<F extends Settings = Settings> {
  readonly name: string;
  readonly title: string;
  readonly settings: F;
  // Erased on purpose: a list of sections holds many types. `defineSection` is where the types meet.
  readonly check: ((values: never, context: CheckContext) => readonly Problem[]) | undefined;
}

/** The values of a section, as its module receives them in `settings`. */
export type SectionValues<S extends Section> = ValuesOf<S['settings']>;

/** Keeps the exact type of a setting's schema, so that `refuse` sees the value it checks. */
export function defineSetting<S extends z.ZodType>(setting: Setting<S>): Setting<S> {
  return setting;
}

/** Declares a module's section. Throws `TypeError` on a malformed declaration: that is a mistake of ours, not of the operator. */
export function defineSection<const F extends Settings>(name: string, init: SectionInit<F>): Section<F> {
  if (!/^[a-z][a-z0-9-]*$/u.test(name)) throw new TypeError(`section ${name}: a name has only [a-z0-9-]`);
  for (const [field, { env }] of Object.entries(init.settings)) {
    if (!/^[A-Z][A-Z0-9_]*$/u.test(env))
      throw new TypeError(`section ${name}, ${field}: ${env} is no environment name`);
  }
  return { name, title: init.title, settings: init.settings, check: init.check };
}

/** The `…_FILE` name of a setting, when it has one. */
export function fileNameOf(setting: Setting): string | undefined {
  return setting.secret || setting.fileVariant ? `${setting.env}_FILE` : undefined;
}

/** What a setting expects, in a phrase: the words of its reader, optional or not. */
export function expectedOf({ schema, description }: Setting): string {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return schema.description ?? (inner instanceof z.ZodType ? inner.description : undefined) ?? description;
}

/** The default text of a setting in a mode. */
export function defaultOf(setting: Setting, mode: Mode, given: Given): string | undefined {
  return typeof setting.default === 'function' ? setting.default(mode, given) : setting.default;
}
