import type { Form } from '#http/index.ts';
import type { AccountRequest, Typed } from '../request.ts';
import type { Answers, Content, StepId } from '../steps.ts';

/** What is wrong with what was typed: name of the field → sentences. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

export type Judged = { readonly answers: Partial<Answers> } | { readonly errors: FieldErrors };

/** One step of the form. Knows no other step, and reads nothing but its own fields. */
export interface StepPage {
  readonly id: Exclude<StepId, 'proofs' | 'summary'>;
  /** SECURITY: the only fields of a posted form that are looked at. */
  readonly fields: readonly string[];
  /** Those that may come several times. */
  readonly lists?: readonly string[];
  /** What the form shows before anything was typed. */
  initial(request: Content): Typed;
  /** Judges what was typed; `request` is the draft as it was. */
  judge(typed: Typed, request: Content): Promise<Judged>;
  /** What is said above the form before it was posted. */
  alert?(request: AccountRequest): Promise<object | null>;
  /** What the page shows besides the fields. */
  data?(request: Content, typed: Typed): Promise<object>;
}

/** What a form brings of the fields of a page. */
export function typedOf(form: Form, { fields, lists = [] }: StepPage): Typed {
  return Object.fromEntries([
    ...fields.map((name): [string, string] => [name, form.get(name).trim()]),
    ...lists.map((name): [string, readonly string[]] => [name, form.all(name)]),
  ]);
}

export function textOf(typed: Typed, name: string): string {
  const value = typed[name];
  return typeof value === 'string' ? value : '';
}

export function listOf(typed: Typed, name: string): readonly string[] {
  const value = typed[name];
  return value === undefined || typeof value === 'string' ? [] : value;
}

/** One line of text that a person reads: no control or line-breaking character, no markup. */
const LINE = /^[^\p{Cc}\p{Cf}\u2028\u2029<>]*$/u;

/** The sentence for what is no line of 1 to `max` characters, or `undefined`. */
export function lineProblem(text: string, max: number, missing: string): string | undefined {
  if (text === '') return missing;
  if (text.length > max) return `Écrivez ${max} caractères au plus.`;
  return LINE.test(text) ? undefined : 'Enlevez les caractères spéciaux (< > et signes invisibles).';
}

/** Collects the sentences of several fields; those that are right are left out. */
export function errorsOf(problems: Readonly<Record<string, string | undefined>>): FieldErrors | null {
  const wrong = Object.entries(problems).flatMap(([name, problem]) =>
    problem === undefined ? [] : [[name, [problem]] as const],
  );
  return wrong.length > 0 ? Object.fromEntries(wrong) : null;
}
