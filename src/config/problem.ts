import { AppError } from '#kernel/index.ts';

/** One thing wrong with the configuration. Never holds a value: an operator pastes the report into a ticket. */
export interface Problem {
  /** The name in the environment. */
  readonly setting: string;
  /** Kind and length of what was given, see `shapeOf`; `missing` when nothing was. */
  readonly given: string;
  /** What would have been right. */
  readonly expected: string;
  /** A known name close to a misspelt one. */
  readonly suggestion?: string;
}

/** Thrown by `loadConfig` with every problem at once; code `config.invalid`. */
export class ConfigError extends AppError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], context: string) {
    super({
      code: 'config.invalid',
      status: 500,
      publicMessage: 'La configuration du service est incorrecte.',
      detail: [`${problems.length} problem(s), ${context}`, ...problems.map(line)].join('\n  - '),
    });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

function line({ setting, given, expected, suggestion }: Problem): string {
  const hint = suggestion === undefined ? '' : `; did you mean \`${suggestion}\`?`;
  return `\`${setting}\`: ${given}; expected ${expected}${hint}`;
}

/** SECURITY: kind and length of a value, never a part of it, whatever the setting: a secret may stand in the wrong place. */
export function shapeOf(value: string | undefined): string {
  if (value === undefined) return 'missing';
  return `${kindOf(value)} of ${value.length} character${value.length === 1 ? '' : 's'}`;
}

function kindOf(value: string): string {
  if (/^[+-]?\d+$/u.test(value)) return 'a whole number';
  if (/^[+-]?\d+[.,]\d+$/u.test(value)) return 'a decimal number';
  const scheme = /^(https?|mongodb(?:\+srv)?|sqlite|smtps?):/iu.exec(value)?.[1];
  if (scheme !== undefined) return `a ${scheme.toLowerCase()} address`;
  if (/^[\p{L}]+$/u.test(value)) return 'a text of letters';
  if (/^[\p{L}\d]+$/u.test(value)) return 'a text of letters and digits';
  return 'a text';
}

/** The closest of `known` to a misspelt `name`: at most three edits, or one in five characters of the name. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(3, Math.floor(name.length / 5)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      row.push(distance);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
