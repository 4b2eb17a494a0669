import type { RowOutcome } from '#directory/index.ts';

/** What was made, or would be made, of one row. */
export interface RowReport {
  /** Where it stands in the document: `accounts[3]`, or `accounts[3].email` for what is refused there. */
  readonly path: string;
  /** The row's identifier, as far as it can be read. */
  readonly id?: string;
  readonly outcome: RowOutcome;
  readonly reasons?: readonly string[];
  readonly changes?: readonly string[];
  readonly warnings?: readonly string[];
}

export type RegionCounts = Readonly<Record<RowOutcome | 'warn', number>>;

/** A whole import, in the order of the document's sections. */
export interface RegionReport {
  readonly dryRun: boolean;
  readonly counts: RegionCounts;
  readonly rows: readonly RowReport[];
}

export function reportOf(rows: readonly RowReport[], dryRun: boolean): RegionReport {
  const count = (outcome: RowOutcome) => rows.filter(row => row.outcome === outcome).length;
  return {
    dryRun,
    counts: {
      add: count('add'),
      change: count('change'),
      same: count('same'),
      refuse: count('refuse'),
      warn: rows.filter(({ warnings = [] }) => warnings.length > 0).length,
    },
    rows,
  };
}

/** The report in lines: one per row that is not `same`, one per doubt, and the counts. No secret stands in it. */
export function formatReport({ rows, counts, dryRun }: RegionReport): readonly string[] {
  const lines = rows.flatMap(({ path, id, outcome, reasons = [], changes = [], warnings = [] }) => {
    const row = id === undefined ? path : `${path} (${id})`;
    const what = [...reasons, ...(changes.length > 0 ? [changes.join(', ')] : [])].join('; ');
    const first = outcome === 'same' ? [] : [`${outcome.padEnd(6)} ${row}${what === '' ? '' : `: ${what}`}`];
    return [...first, ...warnings.map(warning => `warn   ${row}: ${warning}`)];
  });
  const { add, change, same, refuse, warn } = counts;
  const summary = `${dryRun ? 'would be: ' : ''}${add} added, ${change} changed, ${same} same, ${refuse} refused, ${warn} with warnings`;
  return [...lines, summary];
}
