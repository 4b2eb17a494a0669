import type { Clock } from '#kernel/index.ts';
import type { PersonFacts, RecordFacts } from '../facts.ts';
import { createInterner } from './interner.ts';
import { packRecord, type Interners } from './pack-record.ts';
import { createRecordTable, type RecordTable } from './record-table.ts';
import { packPerson, type PersonImage } from './rights.ts';

/**
 * Packed facts in memory: those that were asked for or loaded, as long as nobody writes to them. What is not here is
 * in the store. Knows nothing of how changes are heard of: `feed.ts` fills and empties it.
 */
export interface FactsImage {
  readonly interners: Interners;
  readonly records: Omit<RecordTable, 'set'>;
  person(id: string): PersonImage | undefined;
  /** Keeps an active account; any other is not kept. */
  setPerson(id: string, person: PersonFacts | null): void;
  setRecord(network: string, patientKey: string, record: RecordFacts | null): void;
  deletePerson(id: string): void;
  clearPeople(): void;
  /** The latest instant at which something was packed: what is here says nothing of earlier ones. */
  readonly packedAtMs: number;
}

export function createFactsImage({ clock }: { readonly clock: Clock }): FactsImage {
  const interners = { accounts: createInterner(), organisations: createInterner() };
  const records = createRecordTable();
  const people = new Map<string, PersonImage>();
  let packedAtMs = Number.NEGATIVE_INFINITY;

  function now(): number {
    const nowMs = clock.nowMs();
    packedAtMs = Math.max(packedAtMs, nowMs);
    return nowMs;
  }

  return {
    interners,
    records,
    person: id => people.get(id),
    setPerson(id, person) {
      if (person?.status === 'active') people.set(id, packPerson(person, interners, now()));
      else people.delete(id);
    },
    setRecord(network, patientKey, record) {
      if (record) records.set(network, patientKey, packRecord(record, interners, now()));
      else records.delete(network, patientKey);
    },
    deletePerson: id => void people.delete(id),
    clearPeople: () => people.clear(),
    get packedAtMs() {
      return packedAtMs;
    },
  };
}
