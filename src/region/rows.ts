import type { RegionSection } from '#directory/index.ts';
import type { z } from 'zod';
import type { RowReport } from './report.ts';
import { wordIssue } from './wording.ts';

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
  const parsed = section.schema.safeParse(row, { error: wordIssue });
  if (!parsed.success) {
    const { issues } = parsed.error;
    const name = section.idField === undefined ? undefined : nameOf(row, section.idField, issues);
    return {
      path,
      ...(name !== undefined && { id: name }),
      outcome: 'refuse',
      reasons: issues.map(describeIssue),
    };
  }
  const id = section.idOf(parsed.data);
  const wanted = [{ key: `\`${id}\``, said: `\`${id}\`` }, ...(section.claimsOf?.(parsed.data) ?? [])];
  const taken = wanted.find(({ key }) => claims.has(key));
  if (taken !== undefined) {
    const holder = claims.get(taken.key);
    return { path, id, outcome: 'refuse', reasons: [`${taken.said} is already that of ${holder}`] };
  }
  for (const { key } of wanted) claims.set(key, path);
  return { path, id, value: parsed.data };
}

/** The name of a refused row. SECURITY: not when the name itself is what is refused: it may hold anything. */
function nameOf(row: unknown, field: string, issues: readonly z.core.$ZodIssue[]): string | undefined {
  if (row === null || typeof row !== 'object' || issues.some(({ path: [first] }) => first === field)) {
    return undefined;
  }
  const name = new Map(Object.entries(row)).get(field);
  return typeof name === 'string' ? name : undefined;
}

/** `memberships[0].from: expected …`; never the value itself. */
function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const where = path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
  return where === '' ? message : `${where}: ${message}`;
}
