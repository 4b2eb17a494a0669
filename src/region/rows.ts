import type { RegionSection } from '#directory/index.ts';
import type { z } from 'zod';
import type { RowReport } from './report.ts';

/** A row that its section's schema accepts and that no other row of the document contradicts. */
export interface ReadRow {
  readonly path: string;
  readonly id: string;
  readonly value: unknown;
}

/** The rows of one section: those that can be planned, and the reports of the others, each at its place. */
export interface ReadSection {
  readonly section: RegionSection;
  readonly rows: readonly (ReadRow | RowReport)[];
}

export function isReport(row: ReadRow | RowReport): row is RowReport {
  return 'outcome' in row;
}

/** Validates the rows of a section, each by itself, and finds what two of them claim. */
export function readSection(section: RegionSection, part: unknown): ReadSection {
  if (part === undefined) return { section, rows: [] };
  if (section.isSingle) return { section, rows: [readRow(section, part, section.key, new Map())] };
  if (!Array.isArray(part)) {
    return { section, rows: [{ path: section.key, outcome: 'refuse', reasons: ['expected a list'] }] };
  }
  const claims = new Map<string, string>();
  return {
    section,
    rows: part.map((row: unknown, n) => readRow(section, row, `${section.key}[${n}]`, claims)),
  };
}

function readRow(
  section: RegionSection,
  row: unknown,
  path: string,
  claims: Map<string, string>,
): ReadRow | RowReport {
  const parsed = section.schema.safeParse(row);
  if (!parsed.success) {
    return { path, outcome: 'refuse', reasons: parsed.error.issues.map(describeIssue) };
  }
  const id = section.idOf(parsed.data);
  const wanted = [`\`${id}\``, ...(section.claimsOf?.(parsed.data) ?? [])];
  const taken = wanted.find(claim => claims.has(claim));
  if (taken !== undefined) {
    return { path, id, outcome: 'refuse', reasons: [`${taken} is already that of ${claims.get(taken)}`] };
  }
  for (const claim of wanted) claims.set(claim, path);
  return { path, id, value: parsed.data };
}

/** `memberships[0].from: expected …`; never the value itself. */
function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const where = path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
  const what = message.charAt(0).toLowerCase() + message.slice(1);
  return where === '' ? what : `${where}: ${what}`;
}
