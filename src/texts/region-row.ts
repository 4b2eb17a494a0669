import { z } from 'zod';
import { instantField, lineField, type RegionContext, type RowPlan } from '#directory/index.ts';
import { hashText, type NewText, type TextVersion } from './versions.ts';

/** The fields by which a row of the region file states a version; `textRowRule` says which of two it needs. */
export const textRowFields = {
  version: lineField(64),
  title: lineField(200),
  text: z.string().min(1).max(200_000).optional(),
  file: lineField(500).optional(),
  from: instantField,
};

export const textRowRule: readonly [
  check: (row: Pick<TextRow, 'text' | 'file'>) => boolean,
  problem: { path: string[]; error: string },
] = [
  row => (row.text === undefined) !== (row.file === undefined),
  { path: ['text'], error: 'expected `text` or `file`, one of the two' },
];

/** Such a row, once it was read. */
export interface TextRow {
  readonly title: string;
  readonly text?: string | undefined;
  readonly file?: string | undefined;
  readonly from: number;
}

/** What the import makes of a row: a new version, a new title or date; a new text under a known name is refused. */
export async function planText(
  { title, text: inline, file, from: fromMs }: TextRow,
  before: TextVersion | null,
  put: (told: NewText) => Promise<void>,
  context: RegionContext,
): Promise<RowPlan> {
  const text = inline ?? (await context.readText(file ?? ''));
  const apply = () => put({ title, text, fromMs });
  if (!before) return { outcome: 'add', apply };
  if (before.textHash !== hashText(text))
    return { outcome: 'refuse', reason: 'the text of a version never changes: add a version' };
  const changes = [
    ...(before.title === title ? [] : ['title']),
    ...(before.fromMs === fromMs ? [] : ['from']),
  ];
  return changes.length === 0 ? { outcome: 'same' } : { outcome: 'change', changes, apply };
}
