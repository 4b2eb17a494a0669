import type { AuditLine } from '#audit/index.ts';

/** The changes of an act as the trail holds them: field → [before, after]; `null` without any, and for a text that was cut. */
export function changesIn({ data }: AuditLine): Readonly<Record<string, unknown>> | null {
  const text = data?.['changes'];
  if (typeof text !== 'string') return null;
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
