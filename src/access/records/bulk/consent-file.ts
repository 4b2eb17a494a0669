import type { Audit } from '#audit/index.ts';
import type { Directory, RegionContext } from '#directory/index.ts';
import { isAppError, type Clock, type FieldError } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { consentsExported, consentsImported, recordImported } from '../../events.ts';
import { createNotices } from '../../notices/index.ts';
import { recordsSpec } from '../collections.ts';
import { createKeyIssuer } from '../key-issuer.ts';
import { noticeUnknown } from '../refusals.ts';
import { recordsSection } from '../region-sections.ts';
import { rowOfRecord } from '../region-writing.ts';
import type { RecordRow } from '../region-rows.ts';
import { readRow, refused, withoutIdentity } from './row.ts';

/** What became of one line. */
export interface LineReport {
  /** From 1. */
  readonly line: number;
  readonly outcome: 'add' | 'change' | 'same' | 'refuse';
  readonly patientKey?: string;
  readonly errors?: readonly FieldError[];
}

export type LineCounts = Record<LineReport['outcome'], number>;

/**
 * Consents in bulk, as JSON lines: each is a row of `records` of the region file (contract §3), with `ins` or `traits`
 * in the place of `patient_key` where the key is not known. Adds and changes, never deletes; neither undoes what a
 * patient did here since. Neither INS nor traits leave the line that holds them.
 */
export interface ConsentFile {
  /**
   * Reports each line in their order, written before it is reported; the same file may be imported again, and goes on
   * where it stopped. A wrong line is refused and the others are imported. Throws what the store and the audit throw.
   */
  importLines(
    lines: AsyncIterable<string>,
    options?: { readonly isDryRun?: boolean; readonly fromLine?: number },
  ): AsyncGenerator<LineReport, LineCounts>;
  /** One line for each record of the network, or of all of them, by its key. */
  exportLines(network?: string): AsyncGenerator<string>;
}

/** Lines that are written together: they share one flush to disk. */
const AT_ONCE = 64;
const PAGE = 500;
/** Of a line that somebody else's write came before. */
const MOST_TRIES = 5;
const OPERATOR = 'operator';

export function createConsentFile(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly directory: Directory;
  readonly mode: 'demo' | 'production';
}): ConsentFile {
  const { store, clock, audit, directory, mode } = deps;
  const issuer = createKeyIssuer(deps);
  const records = store.collection(recordsSpec);
  const section = recordsSection(deps);
  const notices = createNotices(deps);

  /** As for `PUT …/information`; a version that the record bears already was told, and stays. */
  async function isNoticeRefused({
    network,
    notice,
    informed_at: informedAtMs,
  }: RecordRow): Promise<boolean> {
    const nowMs = clock.nowMs();
    const atMs = Math.min(informedAtMs ?? nowMs, nowMs);
    return notice !== undefined && !(await notices.isGiven(network, notice, atMs));
  }

  /** Somebody may open the same record meanwhile: then it is planned again. */
  async function write(row: RecordRow, isDryRun: boolean): Promise<Omit<LineReport, 'line'>> {
    const { patient_key: patientKey } = row;
    for (let tries = 1; ; tries += 1) {
      const {
        outcome,
        reason = '',
        changes = [],
        apply,
      } = await section.plan(row, contextOf(directory, clock.nowMs()));
      if (outcome === 'refuse') return { outcome, ...refused('body', 'refused', withoutIdentity(reason)) };
      const isNoticeNew = outcome === 'add' || changes.includes('notice');
      if (isNoticeNew && (await isNoticeRefused(row))) return { outcome: 'refuse', ...unknownNotice() };
      if (outcome === 'same' || isDryRun) return { outcome, patientKey };
      // ORDER: told before it is written: a stop in between leaves a trace too many.
      await audit.record(recordImported, {
        actor: OPERATOR,
        patientKey,
        outcome: 'success',
        data: { network: row.network, result: outcome, changes: changes.join(' ') || undefined },
      });
      try {
        await apply?.();
        return { outcome, patientKey };
      } catch (error) {
        if (!isAppError(error, 'store.conflict') || tries >= MOST_TRIES) throw error;
      }
    }
  }

  async function importLine(line: number, text: string, isDryRun: boolean): Promise<LineReport> {
    const read = await readRow(text, mode, (network, kind, identity) =>
      isDryRun ? issuer.preview(kind, identity) : issuer.issue({ client: OPERATOR, network }, kind, identity),
    );
    if (read.errors) return { line, outcome: 'refuse', errors: read.errors };
    return { line, ...(await write(read.row, isDryRun)) };
  }

  return {
    async *importLines(lines, { isDryRun = false, fromLine = 1 } = {}) {
      const counts: LineCounts = { add: 0, change: 0, same: 0, refuse: 0 };
      for await (const group of grouped(lines, fromLine)) {
        const reports = await Promise.all(group.map(([line, text]) => importLine(line, text, isDryRun)));
        for (const report of reports) {
          counts[report.outcome] += 1;
          yield report;
        }
      }
      const { add, change, same, refuse } = counts;
      if (!isDryRun)
        await audit.record(consentsImported, {
          actor: OPERATOR,
          outcome: 'success',
          data: { added: add, changed: change, same, refused: refuse },
        });
      return counts;
    },

    async *exportLines(network) {
      await audit.record(consentsExported, { actor: OPERATOR, outcome: 'success', data: { network } });
      const query = network === undefined ? { prefix: '' } : { key: network };
      let after: string | undefined;
      do {
        const page = await records.list('network', {
          ...query,
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        for (const record of page.items) yield JSON.stringify(rowOfRecord(record));
        after = page.next;
      } while (after !== undefined);
    },
  };
}

function unknownNotice() {
  const { code, publicMessage } = noticeUnknown();
  return refused('notice', code, publicMessage);
}

/** Numbered lines that say something, from one on, some at a time. */
async function* grouped(
  lines: AsyncIterable<string>,
  fromLine: number,
): AsyncGenerator<readonly (readonly [line: number, text: string])[]> {
  let group: [number, string][] = [];
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (number < fromLine || text.trim() === '') continue;
    group.push([number, text]);
    if (group.length < AT_ONCE) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Names are looked up in the directory: a file of consents brings none of its own. */
function contextOf(directory: Directory, nowMs: number): RegionContext {
  const found: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    networks: id => directory.networks.get(id),
    organisations: id => directory.organisations.get(id),
    accounts: id => directory.professionals.get(id),
  };
  return {
    knows: async (name, id) => ((await found[name]?.(id)) ?? null) !== null,
    rowOf: () => undefined,
    readText: async () => '',
    isDemo: false,
    isTraining: false,
    nowMs,
  };
}
