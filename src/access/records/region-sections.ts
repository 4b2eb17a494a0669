import { hashToken, type Clock } from '#kernel/index.ts';
import type { Collection, Store } from '#store/index.ts';
import type { RegionContext, RegionSection, RowPlan } from '#directory/index.ts';
import type { CareTeamFacts, PartyFacts, Target, RecordFacts } from '../facts/facts.ts';
import { isSameTarget } from './changes.ts';
import {
  rcpSessionsSpec,
  recordId,
  recordsSpec,
  type OppositionEntry,
  type RcpSessionDoc,
  type RecordDoc,
} from './collections.ts';
import { isoOf } from './instants.ts';
import { lastNotice } from './view.ts';
import {
  rcpSessionFactsOfRow,
  rcpSessionRowSchema,
  recordFactsOfRow,
  recordRowSchema,
  type RcpSessionRow,
  type RecordRow,
} from './region-rows.ts';

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
      const event = { kind: 'import' as const, recordedAtMs: clock.nowMs(), ...noticeOf(row) };
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
      const event = { kind: 'import' as const, recordedAtMs: clock.nowMs() };
      const state = { ...rcpSessionFactsOfRow(row), network: row.network, patients: row.patients };
      if (!existing) return { outcome: 'add', apply: () => sessions.insert({ ...state, history: [event] }) };
      if (existing.network !== row.network)
        return {
          outcome: 'refuse',
          reason: `a session does not change its network (\`${existing.network}\`)`,
        };
      // SECURITY: what was removed here since is not brought back by the file, as withdrawals are not (`merged`).
      if (existing.removedAtMs !== undefined) return { outcome: 'same' };
      const { history, proofs } = existing;
      const changes = changedFields(existing, { ...state, history, ...(proofs && { proofs }) });
      if (changes.length === 0) return { outcome: 'same' };
      return {
        outcome: 'change',
        changes,
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

type State = Omit<RecordDoc, 'history'>;

function stateOf(row: RecordRow): State {
  const { creators, ...facts } = recordFactsOfRow(row);
  const [creator] = creators;
  return {
    id: recordId(row.network, row.patient_key),
    network: row.network,
    patientKey: row.patient_key,
    ...(creator !== undefined && { creator }),
    ...facts,
    oppositions: facts.oppositions.map(named),
  };
}

/** The same opposition has the same name at each import. */
const named = (opposition: RecordFacts['oppositions'][number]): OppositionEntry => ({
  id: hashToken(JSON.stringify(Object.entries(opposition).sort())).slice(0, 22),
  ...opposition,
});

/**
 * A record after the import of a changed row. SECURITY: the file adds and completes; a withdrawal or an opposition
 * that the patient made here since is not undone, unless the row carries a later consent.
 */
function merged(record: RecordDoc, row: RecordRow): RecordDoc {
  const told = stateOf(row);
  const withdrawnAtMs =
    told.withdrawnAtMs ??
    (isBefore(record.withdrawnAtMs, told.consentedAtMs) ? undefined : record.withdrawnAtMs);
  const { withdrawnAtMs: _known, ...rest } = record;
  return {
    ...rest,
    ...told,
    ...(withdrawnAtMs !== undefined && { withdrawnAtMs }),
    parties: mergeEntries(record.parties, told.parties, keepWithdrawal),
    careTeam: mergeEntries(record.careTeam, told.careTeam, keepEnd),
    oppositions: [
      ...record.oppositions,
      ...told.oppositions.filter(({ id }) => !record.oppositions.some(known => known.id === id)),
    ],
    history: record.history,
  };
}

const isBefore = (a: number | undefined, b: number | undefined) =>
  a !== undefined && b !== undefined && a < b;

/** Entries of targets that the row names are the row's; the others stay. */
function mergeEntries<E extends Target>(
  known: readonly E[],
  told: readonly E[],
  join: (known: readonly E[], told: E) => E,
): readonly E[] {
  const others = known.filter(entry => !told.some(named => isSameTarget(named, entry)));
  const ofTarget = (entry: E) => known.filter(old => isSameTarget(old, entry));
  return [...others, ...told.map(entry => join(ofTarget(entry), entry))];
}

/** Withdrawn stays withdrawn: the entry itself, or the target when nothing of it was left standing. */
function keepWithdrawal(known: readonly PartyFacts[], told: PartyFacts): PartyFacts {
  const same = known.find(({ fromMs, toMs }) => fromMs === told.fromMs && toMs === told.toMs);
  const ended = same ?? (known.every(entry => entry.withdrawnAtMs !== undefined) ? known[0] : undefined);
  const withdrawnAtMs = told.withdrawnAtMs ?? ended?.withdrawnAtMs;
  return withdrawnAtMs === undefined ? told : { ...told, withdrawnAtMs };
}

/** Who left the care team here has left it, unless the row says that they came back since. */
function keepEnd(known: readonly CareTeamFacts[], told: CareTeamFacts): CareTeamFacts {
  const [ended] = known.filter(({ toMs }) => toMs !== undefined && (told.fromMs ?? 0) < toMs);
  return ended?.toMs !== undefined && (told.toMs === undefined || ended.toMs < told.toMs)
    ? { ...told, toMs: ended.toMs }
    : told;
}

function changedFields<T extends object>(before: T, after: T): string[] {
  const text = (value: unknown) => JSON.stringify(value, (_key, inner: unknown) => sorted(inner));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    field => text(before[field as keyof T]) !== text(after[field as keyof T]),
  );
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

/** JSON drops what is undefined. */
const iso = (ms: number | undefined) => (ms === undefined ? undefined : isoOf(ms));

/** A record as the row that would import it. */
export function rowOfRecord(record: RecordDoc): object {
  const { patientKey, network, creator, informedAtMs, consentedAtMs, withdrawnAtMs } = record;
  const windowed = ({
    account,
    organisation,
    fromMs,
    toMs,
  }: Target & { fromMs?: number; toMs?: number }) => ({
    account,
    organisation,
    from: iso(fromMs),
    to: iso(toMs),
  });
  return plain({
    patient_key: patientKey,
    network,
    creator,
    informed_at: iso(informedAtMs),
    notice: lastNotice([record]),
    consented_at: iso(consentedAtMs),
    withdrawn_at: iso(withdrawnAtMs),
    parties: record.parties.map(entry => ({ ...windowed(entry), withdrawn_at: iso(entry.withdrawnAtMs) })),
    care_team: record.careTeam.map(windowed),
    oppositions: record.oppositions.map(entry => ({ ...windowed(entry), emergency: entry.emergency })),
  });
}

function rowOfSession(session: RcpSessionDoc): object {
  const { id, network, fromMs, toMs, patients, participants, registrants } = session;
  return plain({ id, network, from: iso(fromMs), to: iso(toMs), patients, participants, registrants });
}

const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object;
