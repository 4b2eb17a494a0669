import type { ListQuery } from '#store/index.ts';
import type { SubjectKind } from './subjects.ts';

/** By what groups of lines are listed: keys are `<instant>`, or `<subject> <instant>`. */
export type GroupIndex = 'time' | SubjectKind;

export type GroupQuery = Pick<ListQuery, 'after' | 'limit'> & { readonly prefix: string };

/** A prefix of a key: whole subject, beginning of the instant. */
export interface Wanted {
  readonly subject: string;
  readonly time: string;
}

export function wantedBy(index: GroupIndex, prefix: string): Wanted {
  if (index === 'time') return { subject: '', time: prefix };
  const at = prefix.lastIndexOf(' ');
  return { subject: prefix.slice(0, at), time: prefix.slice(at + 1) };
}
