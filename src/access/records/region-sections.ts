import type { Clock } from '#kernel/index.ts';
import type { Collection, Store } from '#store/index.ts';
import {
  warnOfUnknownWords,
  type RegionContext,
  type RegionSection,
  type RowPlan,
} from '#directory/index.ts';
import { RCP_ROLES } from '../vocabulary.ts';
import { rcpSessionsSpec, recordId, recordsSpec, type RcpSessionDoc, type RecordDoc } from './collections.ts';
import { merged, stateOf } from './region-merge.ts';
import { lastNotice } from './view.ts';
import {
  rcpSessionFactsOfRow,
  rcpSessionRowSchema,
  recordRowSchema,
  type RcpSessionRow,
  type RecordRow,
} from './region-rows.ts';
import { rowOfRecord, rowOfSession, statedBy } from './region-writing.ts';

/** The keys `records` and `rcp_sessions` of the region file. The import adds and changes; it never deletes. */
export function createRecordSections(deps: { store: Store; clock: Clock }): readonly RegionSection[] {
  return [recordsSection(deps), rcpSessionsSection(deps)];
}

/** The records alone, for files of consents too. */
export function recordsSection({ store, clock }: { store: Store; clock: Clock }): RegionSection<RecordRow> {
  const records = store.collection(recordsSpec);
  const idOf = (row: RecordRow) => recordId(row.network, row.patient_key);
  return {
    key: 'records',
    after: ['networks', 'organisations', 'accounts', 'notices'],
    schema: recordRowSchema,
    idOf,
    has: async id => (await records.get(id)) !== null,
    async plan(row, context): Promise<RowPlan> {
      const id = idOf(row);
      const entries = [...row.parties, ...row.care_team, ...row.oppositions];
      const reason = await unknownIn(context, row.network, [{ account: row.creator }, ...entries]);
      if (reason !== undefined) return { outcome: 'refuse', reason };
      const existing = await records.get(id);
      const event = {
        kind: 'import' as const,
        recordedAtMs: clock.nowMs(),
        stated: statedBy(row),
        ...noticeOf(row),
      };
      const warnings = await doubtsAbout(context, row);
      if (!existing) {
        return {
          outcome: 'add',
          warnings,
          apply: () => records.insert({ ...stateOf(row), history: [event] }),
        };
      }
      if (row.creator !== undefined && existing.creator !== undefined && row.creator !== existing.creator)
        return {
          outcome: 'refuse',
          reason: `the creator of a record does not change (\`${existing.creator}\`)`,
        };
      const isNewNotice = row.notice !== undefined && row.notice !== lastNotice([existing]);
      const changes = [...changedFields(existing, merged(existing, row)), ...(isNewNotice ? ['notice'] : [])];
      if (changes.length === 0) return { outcome: 'same', warnings };
      return {
        outcome: 'change',
        changes,
        warnings,
        apply: async () =>
          void (await records.update(id, record => ({
            ...merged(record, row),
            history: [...record.history, event],
          }))),
      };
    },
    async *rows() {
      for await (const record of everything(records)) yield rowOfRecord(record);
    },
  };
}

function rcpSessionsSection({ store, clock }: { store: Store; clock: Clock }): RegionSection<RcpSessionRow> {
  const sessions = store.collection(rcpSessionsSpec);
  return {
    key: 'rcp_sessions',
    after: ['networks', 'accounts'],
    schema: rcpSessionRowSchema,
    idOf: row => row.id,
    has: async id => (await sessions.get(id)) !== null,
    async plan(row, context): Promise<RowPlan> {
      const registrants = (row.registrants ?? []).map(account => ({ account }));
      const reason = await unknownIn(context, row.network, [...row.participants, ...registrants]);
      if (reason !== undefined) return { outcome: 'refuse', reason };
      const existing = await sessions.get(row.id);
      const warnings = doubtsAboutRoles(row);
      const event = { kind: 'import' as const, recordedAtMs: clock.nowMs() };
      const state = { ...rcpSessionFactsOfRow(row), network: row.network, patients: row.patients };
      if (!existing)
        return { outcome: 'add', warnings, apply: () => sessions.insert({ ...state, history: [event] }) };
      if (existing.network !== row.network)
        return {
          outcome: 'refuse',
          reason: `a session does not change its network (\`${existing.network}\`)`,
        };
      // SECURITY: what was removed here since is not brought back by the file, as withdrawals are not (`merged`).
      if (existing.removedAtMs !== undefined) return { outcome: 'same', warnings };
      const { history, proofs } = existing;
      const changes = changedFields(existing, { ...state, history, ...(proofs && { proofs }) });
      if (changes.length === 0) return { outcome: 'same', warnings };
      return {
        outcome: 'change',
        changes,
        warnings,
        apply: async () =>
          void (await sessions.update(row.id, known => ({
            ...state,
            ...(known.proofs && { proofs: known.proofs }),
            history: [...known.history, event],
          }))),
      };
    },
    async *rows() {
      for await (const session of everything(sessions))
        if (session.removedAtMs === undefined) yield rowOfSession(session);
    },
  };
}

const doubtsAboutRoles = ({ participants }: RcpSessionRow): readonly string[] =>
  warnOfUnknownWords(
    participants.map(({ role }) => ['participants', role]),
    RCP_ROLES,
  );

const noticeOf = ({ notice }: RecordRow) => (notice === undefined ? {} : { notice });

/** A notice that was given before the network published its own is kept: what was said to a patient is not undone. */
async function doubtsAbout(
  context: RegionContext,
  { network, notice }: RecordRow,
): Promise<readonly string[]> {
  if (notice === undefined || (await context.knows('notices', `${network}/${notice}`))) return [];
  return [`notice: \`${notice}\` is not published in this network, kept`];
}

interface Naming {
  readonly account?: string | undefined;
  readonly organisation?: string | undefined;
}

/** A name that nobody bears would open nothing, or worse, oppose nobody: the row is refused. */
async function unknownIn(
  context: RegionContext,
  network: string,
  named: readonly Naming[],
): Promise<string | undefined> {
  if (!(await context.knows('networks', network))) return `unknown network \`${network}\``;
  for (const { account, organisation } of named) {
    if (account !== undefined && !(await context.knows('accounts', account)))
      return `unknown account \`${account}\``;
    if (organisation !== undefined && !(await context.knows('organisations', organisation)))
      return `unknown organisation \`${organisation}\``;
  }
  return undefined;
}

/** The fields that differ, by the names of the file. */
function changedFields<T extends object>(before: T, after: T): string[] {
  const text = (value: unknown) => JSON.stringify(value, (_key, inner: unknown) => sorted(inner));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(field => text(before[field as keyof T]) !== text(after[field as keyof T]))
    .map(field => FILE_NAMES[field] ?? field);
}

/** Key order means nothing. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function* everything<T extends RecordDoc | RcpSessionDoc>(collection: Collection<T>): AsyncIterable<T> {
  let after: string | undefined;
  do {
    const page = await collection.list('network', {
      prefix: '',
      limit: 500,
      ...(after !== undefined && { after }),
    });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

/** Names of fields as the file has them. */
const FILE_NAMES: Readonly<Record<string, string>> = {
  informedAtMs: 'informed_at',
  consentedAtMs: 'consented_at',
  withdrawnAtMs: 'withdrawn_at',
  careTeam: 'care_team',
  fromMs: 'from',
  toMs: 'to',
};
