import type { Target } from '../facts/facts.ts';
import type { RcpSessionDoc, RecordDoc, StatedRow } from './collections.ts';
import { isoOf } from './instants.ts';
import { stateOf } from './region-merge.ts';
import type { RecordRow } from './region-rows.ts';
import { lastNotice } from './view.ts';

/* The rows `records` and `rcp_sessions` of the region file (contract §3), written. */

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

/** An RCP session as the row that would import it. */
export function rowOfSession(session: RcpSessionDoc): object {
  const { id, network, fromMs, toMs, patients, participants, registrants } = session;
  return plain({ id, network, from: iso(fromMs), to: iso(toMs), patients, participants, registrants });
}

const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object;

/** What a row says of a record, for its history, without what it says nothing of. */
export function statedBy(row: RecordRow): StatedRow {
  const stated = Object.entries(rowOfRecord({ ...stateOf(row), history: [] }));
  return Object.fromEntries(
    stated.filter(
      ([field, value]) =>
        field !== 'patient_key' && field !== 'network' && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
