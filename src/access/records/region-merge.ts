import { hashToken } from '#kernel/index.ts';
import type { CareTeamFacts, PartyFacts, RecordFacts, Target } from '../facts/facts.ts';
import { isSameTarget } from './changes.ts';
import { recordId, type OppositionEntry, type RecordDoc } from './collections.ts';
import { recordFactsOfRow, type RecordRow } from './region-rows.ts';

/** What a row states, without what happened before. */
type State = Omit<RecordDoc, 'history'>;

/** The record that a row alone makes. */
export function stateOf(row: RecordRow): State {
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
export function merged(record: RecordDoc, row: RecordRow): RecordDoc {
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
      ...told.oppositions.filter(entry => !record.oppositions.some(known => isSameOpposition(known, entry))),
    ],
    history: record.history,
  };
}

/** By its name, or, for one that was made here, by what it says: its end is this place's to know. */
const isSameOpposition = (known: OppositionEntry, told: OppositionEntry): boolean =>
  known.id === told.id ||
  (isSameTarget(known, told) && known.emergency === told.emergency && known.fromMs === told.fromMs);

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
