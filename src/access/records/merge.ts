import type { RecordFacts } from '../facts/facts.ts';
import type { RecordDoc } from './collections.ts';

/** What of a record decisions are made of. */
export const DECISIVE_FIELDS = [
  'network',
  'patientKey',
  'creator',
  'informedAtMs',
  'consentedAtMs',
  'withdrawnAtMs',
  'parties',
  'careTeam',
  'oppositions',
] as const satisfies readonly (keyof RecordDoc)[];

export type DecisiveRecord = Pick<RecordDoc, (typeof DECISIVE_FIELDS)[number]>;

/**
 * One patient's facts from the records kept under several keys. Oppositions and withdrawals of any of them hold; a
 * withdrawal under one key is cleared only by a later consent under another. `null` when there is no record.
 */
export function mergeRecords(records: readonly DecisiveRecord[]): RecordFacts | null {
  const [only] = records;
  if (only === undefined) return null;
  if (records.length === 1) return factsOf(only);
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

/** Nearly every patient has one key, and a million of them are read at the start. */
function factsOf(record: DecisiveRecord): RecordFacts {
  const { creator, informedAtMs, consentedAtMs, withdrawnAtMs, parties, careTeam, oppositions } = record;
  return {
    creators: creator === undefined ? [] : [creator],
    ...(informedAtMs !== undefined && { informedAtMs }),
    ...(consentedAtMs !== undefined && { consentedAtMs }),
    ...(withdrawnAtMs !== undefined && { withdrawnAtMs }),
    parties,
    careTeam,
    oppositions,
  };
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const set = instants.filter(instant => instant !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}

const isLater = (a: number | undefined, b: number | undefined): boolean =>
  a !== undefined && b !== undefined && a > b;
