import type { Audit } from '#audit/index.ts';
import type { RegionContext, RegionSection, RowPlan } from '#directory/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { FORMAT_VERSION, readRegionFile, regionDocument, type RegionDocument } from './document.ts';
import { regionImported, rowImported } from './events.ts';
import { openLedger } from './ledger.ts';
import { reportOf, type RegionReport, type RowReport } from './report.ts';
import { isReport, readSection, type ReadRow, type ReadSection } from './rows.ts';

export interface ImportOptions {
  /** Reports what would be done, and writes nothing. */
  readonly dryRun?: boolean;
  /** Plans every row, also those that did not change since their last import: what the file says wins. */
  readonly reapply?: boolean;
  /** For the audit log; `system` by default. */
  readonly actor?: string;
}

export interface RegionImport {
  /**
   * Imports a region file (contract §3): adds and changes, never deletes. A row that is wrong is refused, and nothing
   * of it is written; the others are imported. Throws `region.file_unreadable`, `region.file_malformed`,
   * `region.version_unknown` (400) before anything is written; what the store throws ends the import, and the next
   * one completes it.
   */
  importFile(file: string, options?: ImportOptions): Promise<RegionReport>;
  /** The same for a document that was read already; `folder` is where its `file` names begin. */
  importDocument(document: unknown, folder: string, options?: ImportOptions): Promise<RegionReport>;
  /** The region as a document that can be imported; without passwords and secrets. */
  exportDocument(): Promise<Readonly<Record<string, unknown>>>;
}

/** Rows of a section that are written together: concurrent writes share one flush to disk. */
const CONCURRENCY = 32;

export function createRegionImport(deps: {
  readonly sections: readonly RegionSection[];
  readonly isDemo: boolean;
  readonly isTraining: boolean;
  readonly clock: Clock;
  readonly store: Store;
  readonly audit: Audit;
}): RegionImport {
  const { clock, audit, isDemo, isTraining } = deps;
  const sections = inOrder(deps.sections);
  const ledger = openLedger(deps.store);

  async function run(document: RegionDocument, options: ImportOptions): Promise<RegionReport> {
    const { dryRun = false, reapply = false, actor = 'system' } = options;
    const read = sections.map(section => readSection(section, document.parts[section.key]));
    const references = createReferences(read);
    const context: RegionContext = {
      knows: references.knows,
      rowOf: references.rowOf,
      readText: document.readText,
      isDemo,
      isTraining,
      nowMs: clock.nowMs(),
    };

    async function importRow(section: RegionSection, row: ReadRow): Promise<RowReport> {
      const { path, id, value } = row;
      const fingerprint = section.fingerprintOf ? section.fingerprintOf(value) : value;
      if (!reapply && fingerprint !== undefined && (await ledger.isImported(section.key, id, fingerprint))) {
        return { path, id, outcome: 'same' };
      }
      const plan = await planRow(section, value, context);
      const report = reportRow(row, plan);
      if (plan.outcome === 'refuse' || dryRun) return report;
      const refusal = plan.outcome === 'same' ? undefined : await applyPlan(plan);
      if (refusal !== undefined) return { path, id, outcome: 'refuse', reasons: [refusal] };
      if (fingerprint !== undefined) await ledger.remember(section.key, id, fingerprint);
      if (plan.outcome !== 'same') {
        await audit.record(rowImported, {
          actor,
          outcome: 'success',
          data: {
            section: section.key,
            row: id,
            result: plan.outcome,
            changes: (plan.changes ?? []).join(' ') || null,
          },
        });
      }
      return report;
    }

    const rows: RowReport[] = unknownKeys(document, sections);
    for (const { section, rows: sectionRows } of read) {
      const reports = await inParallel(sectionRows, row =>
        isReport(row) ? Promise.resolve(row) : importRow(section, row),
      );
      references.forget(section.key, reports);
      rows.push(...reports);
    }
    const report = reportOf(rows, dryRun);
    const { add, change, same, refuse } = report.counts;
    if (!dryRun && add + change + refuse > 0) {
      await audit.record(regionImported, {
        actor,
        outcome: 'success',
        data: { added: add, changed: change, same, refused: refuse },
      });
    }
    return report;
  }

  return {
    importFile: async (file, options = {}) => run(await readRegionFile(file), options),
    importDocument: async (value, folder, options = {}) => run(regionDocument(value, folder), options),
    async exportDocument() {
      const parts: Record<string, unknown> = { version: FORMAT_VERSION };
      for (const section of sections) {
        const rows: unknown[] = [];
        for await (const row of section.rows()) rows.push(row);
        parts[section.key] = section.isSingle ? rows[0] : rows;
      }
      return parts;
    },
  };
}

async function planRow(section: RegionSection, value: unknown, context: RegionContext): Promise<RowPlan> {
  try {
    return await section.plan(value, context);
  } catch (error) {
    if (isAppError(error) && error.status < 500) return { outcome: 'refuse', reason: error.message };
    throw error;
  }
}

/** Resolves to the reason when another writer came first; what the store cannot do is thrown. */
async function applyPlan(plan: RowPlan): Promise<string | undefined> {
  try {
    await plan.apply?.();
    return undefined;
  } catch (error) {
    if (isAppError(error) && error.status < 500) return error.message;
    throw error;
  }
}

function reportRow({ path, id }: ReadRow, plan: RowPlan): RowReport {
  return {
    path,
    id,
    outcome: plan.outcome,
    ...(plan.reason !== undefined && { reasons: [plan.reason] }),
    ...(plan.changes && { changes: plan.changes }),
    ...(plan.warnings && plan.warnings.length > 0 && { warnings: plan.warnings }),
  };
}

/** A misspelt key would leave out a whole section in silence. */
function unknownKeys({ parts }: RegionDocument, sections: readonly RegionSection[]): RowReport[] {
  const known = new Set(sections.map(({ key }) => key));
  return Object.keys(parts)
    .filter(key => !known.has(key))
    .map(key => ({
      path: key,
      outcome: 'refuse',
      reasons: [`unknown key; expected one of ${[...known].map(name => `\`${name}\``).join(', ')}`],
    }));
}

/** What rows may refer to: the rows of the document that were not refused, and what the store holds. */
function createReferences(read: readonly ReadSection[]) {
  const sections = new Map(read.map(({ section }) => [section.key, section]));
  const inDocument = new Map(
    read.map(({ section, rows }) => [
      section.key,
      new Map(rows.flatMap(row => (isReport(row) ? [] : [[row.id, row.value] as const]))),
    ]),
  );
  const inStore = new Map<string, Promise<boolean>>();
  return {
    rowOf: (key: string, id: string): unknown => inDocument.get(key)?.get(id),
    async knows(key: string, id: string): Promise<boolean> {
      if (inDocument.get(key)?.has(id)) return true;
      const name = `${key}/${id}`;
      const asked = inStore.get(name) ?? sections.get(key)?.has(id) ?? Promise.resolve(false);
      inStore.set(name, asked);
      return asked;
    },
    /** Once a section is done, its refused rows are nothing to refer to. */
    forget(key: string, reports: readonly RowReport[]): void {
      // A duplicate is refused under the id of the row that stands.
      const standing = new Set(
        reports.flatMap(({ id, outcome }) => (outcome === 'refuse' ? [] : (id ?? []))),
      );
      for (const { id } of reports) {
        if (id !== undefined && !standing.has(id)) inDocument.get(key)?.delete(id);
      }
    },
  };
}

/** Sections after those that they refer to. Throws `TypeError` on a cycle or an unknown name: a mistake of ours. */
function inOrder(sections: readonly RegionSection[]): readonly RegionSection[] {
  const byKey = new Map(sections.map(section => [section.key, section]));
  const ordered = new Set<RegionSection>();
  const visit = (key: string, path: readonly string[]): void => {
    const section = byKey.get(key);
    if (!section || path.includes(key))
      throw new TypeError(`region section ${key}: unknown, or after itself`);
    for (const earlier of section.after) visit(earlier, [...path, key]);
    ordered.add(section);
  };
  for (const { key } of sections) visit(key, []);
  return [...ordered];
}

/** Maps with bounded concurrency, results in order. After a failure nothing more is begun, and it waits for what was. */
async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [n, item] of queue) {
      if (failures.length > 0) return;
      try {
        results[n] = await run(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
