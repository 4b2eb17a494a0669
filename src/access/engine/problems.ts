import { AppError } from '#kernel/index.ts';

/** One mistake in the policy folder: where it stands, and what was expected there (French: administrators read it). */
export interface PolicyProblem {
  readonly file: string;
  /** From 1; 0 when the whole file is meant. */
  readonly line: number;
  readonly expected: string;
}

export function describeProblem({ file, line, expected }: PolicyProblem): string {
  return `${line === 0 ? file : `${file}:${line}`} : ${expected}`;
}

/** `access.policy_invalid` (503): nothing of this folder answers. All problems stand in `detail`. */
export function policyInvalid(problems: readonly PolicyProblem[]): AppError {
  return new AppError({
    code: 'access.policy_invalid',
    status: 503,
    publicMessage: 'Les règles d’accès ne peuvent pas être lues : aucune décision n’est rendue.',
    detail: problems.map(describeProblem).join('\n'),
  });
}

export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines that say something: no comment, no blank. A byte order mark and CRLF do not count. */
export function linesOf(text: string): Line[] {
  return text
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter(line => line.text !== '' && !line.text.startsWith('#'));
}

/** A word as a message may show it: policy files hold no secret, but a cell may be a whole paragraph. */
export const quoted = (word: string): string => `« ${word.length > 60 ? `${word.slice(0, 60)}…` : word} »`;
