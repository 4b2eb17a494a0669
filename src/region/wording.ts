import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** What is wrong with a field that its schema has no words of its own for: always what was expected, never the value. */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}${issue.input === undefined ? ', found nothing' : ''}`;
    case 'unrecognized_keys':
      return `expected no key ${quoted(issue.keys)}`;
    case 'invalid_value':
      return `expected one of ${quoted(issue.values.map(String))}`;
    case 'too_small':
      return `expected at least ${issue.minimum} ${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `expected at most ${issue.maximum} ${unitOf(issue.origin, issue.maximum)}`;
    case 'invalid_key':
      return 'expected another key';
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_union':
    case 'not_multiple_of':
      return 'expected another form';
  }
}

const quoted = (words: readonly string[]): string => words.map(word => `\`${word}\``).join(', ');

function unitOf(origin: string, count: number | bigint): string {
  if (origin === 'string') return Number(count) === 1 ? 'character' : 'characters';
  return Number(count) === 1 ? 'entry' : 'entries';
}
