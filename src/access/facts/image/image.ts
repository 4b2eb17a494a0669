import type { Clock } from '#kernel/index.ts';
import type { PersonFacts, RecordFacts } from '../facts.ts';
import { createInterner } from './interner.ts';
import { packPerson } from './pack-person.ts';
import { packRecord } from './pack-record.ts';
import { createPackedTable, type PackedTable } from './packed-table.ts';

/**
 * Packed facts in memory: those that were asked for or loaded, as long as nobody writes to them. What is not here is
 * in the store. Knows nothing of how changes are heard of: `feed.ts` fills and empties it.
 */
export interface FactsImage {
  /** Active accounts, by network and `sub`. */
  readonly people: Omit<PackedTable, 'set' | 'delete'>;
  /** By network and patient key. */
  readonly records: Omit<PackedTable, 'set'>;
  /** Keeps an active account; any other is not kept. */
  setPerson(id: string, person: PersonFacts | null): void;
  setRecord(network: string, patientKey: string, record: RecordFacts | null): void;
  deletePerson(id: string): void;
  /** The latest instant at which something was packed: what is here says nothing of earlier ones. */
  readonly packedAtMs: number;
}

export function createFactsImage({ clock }: { readonly clock: Clock }): FactsImage {
  const interners = { accounts: createInterner(), organisations: createInterner() };
  const records = createPackedTable();
  const people = createPackedTable();
  /** Of people; a region has a few. */
  const networks = new Set<string>();
  let packedAtMs = Number.NEGATIVE_INFINITY;

  function now(): number {
    const nowMs = clock.nowMs();
    packedAtMs = Math.max(packedAtMs, nowMs);
    return nowMs;
  }

  function deletePerson(id: string): void {
    for (const network of networks) people.delete(network, id);
  }

  return {
    people,
    records,
    setPerson(id, person) {
      deletePerson(id);
      if (person?.status !== 'active') return;
      for (const [network, packed] of packPerson(person, interners, now())) {
        networks.add(network);
        people.set(network, id, packed);
      }
    },
    setRecord(network, patientKey, record) {
      if (record) records.set(network, patientKey, packRecord(record, interners, now()));
      else records.delete(network, patientKey);
    },
    deletePerson,
    get packedAtMs() {
      return packedAtMs;
    },
  };
}
