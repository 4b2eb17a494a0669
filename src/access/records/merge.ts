import type { RecordFacts } from '../facts/facts.ts';
import type { RecordDoc } from './collections.ts';

/**
 * One patient's facts from the records kept under several keys. Oppositions and withdrawals of any of them hold; a
 * withdrawal under one key is cleared only by a later consent under another. `null` when there is no record.
 */
export function mergeRecords(records: readonly RecordDoc[]): RecordFacts | null {
  if (records.length === 0) return null;
  const informed = earliest(records.map(record => record.informedAtMs));
  const consented = earliest(records.map(record => record.consentedAtMs));
  const withdrawn = earliest(
    records.map(record =>
      records.some(other => other !== record && isLater(other.consentedAtMs, record.withdrawnAtMs))
        ? undefined
        : record.withdrawnAtMs,
    ),
  );
  return {
    creators: [...new Set(records.flatMap(({ creator }) => creator ?? []))],
    ...(informed !== undefined && { informedAtMs: informed }),
    ...(consented !== undefined && { consentedAtMs: consented }),
    ...(withdrawn !== undefined && { withdrawnAtMs: withdrawn }),
    parties: records.flatMap(({ parties }) => parties),
    careTeam: records.flatMap(({ careTeam }) => careTeam),
    oppositions: records.flatMap(({ oppositions }) => oppositions),
  };
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const set = instants.filter(instant => instant !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}

const isLater = (a: number | undefined, b: number | undefined): boolean =>
  a !== undefined && b !== undefined && a > b;
