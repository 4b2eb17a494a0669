import type { Collection, Doc, Store } from '#store/index.ts';
import type { RecordFacts } from '../facts/facts.ts';
import {
  keyLinksSpec,
  rcpSessionsSpec,
  recordId,
  recordsSpec,
  type RcpSessionDoc,
  type RecordDoc,
} from './collections.ts';
import { DECISIVE_FIELDS, mergeRecords, type DecisiveRecord } from './merge.ts';

/** What the store knows of a patient, under whatever key: links between keys are followed at each reading. */
export interface Patients {
  /** All keys of that patient in that network, the given one first. */
  keysOf(network: string, patientKey: string): Promise<readonly string[]>;
  /** The records of that patient in that network with their history, one per key at most. */
  records(network: string, patientKey: string): Promise<readonly RecordDoc[]>;
  facts(network: string, patientKey: string): Promise<RecordFacts | null>;
  /** All of it, by one walk of the links. */
  find(network: string, patientKey: string): Promise<FoundPatient>;
  /** `null` also for a session of another network, and for one that was removed. */
  rcpSession(network: string, id: string): Promise<RcpSessionDoc | null>;
}

export interface FoundPatient {
  /** As `keysOf`. */
  readonly keys: readonly string[];
  readonly records: readonly DecisiveRecord[];
  /** Of that network, in their window or not. */
  readonly rcpSessions: readonly RcpSessionDoc[];
}

/** A patient with more keys than this is a mistake of links, and must not become an endless walk. */
const MOST_KEYS = 64;

export function createPatients({ store }: { store: Store }): Patients {
  const records = store.collection(recordsSpec);
  const links = store.collection(keyLinksSpec);
  const sessions = store.collection(rcpSessionsSpec);

  async function keysOf(network: string, patientKey: string): Promise<readonly string[]> {
    const keys = [patientKey];
    for (let next = 0; next < keys.length && keys.length <= MOST_KEYS; next += 1) {
      const key = keys[next] ?? patientKey;
      for (const { ends } of await allWith(links, 'end', `${network}/${key}`))
        for (const end of ends) if (!keys.includes(end)) keys.push(end);
    }
    return keys;
  }

  /** What decisions need, and no history, which is sealed and long. */
  async function recordsOf(network: string, keys: readonly string[]): Promise<readonly DecisiveRecord[]> {
    const found = await Promise.all(keys.map(key => records.peek(recordId(network, key), DECISIVE_FIELDS)));
    return found.filter(record => record !== null);
  }

  async function sessionsOf(network: string, keys: readonly string[]): Promise<readonly RcpSessionDoc[]> {
    const found = await Promise.all(keys.map(key => allWith(sessions, 'patient', `${network}/${key}`)));
    return found.flat();
  }

  return {
    keysOf,
    async records(network, patientKey) {
      const keys = await keysOf(network, patientKey);
      const found = await Promise.all(keys.map(key => records.get(recordId(network, key))));
      return found.filter(record => record !== null);
    },
    facts: async (network, patientKey) =>
      mergeRecords(await recordsOf(network, await keysOf(network, patientKey))),
    async find(network, patientKey) {
      const keys = await keysOf(network, patientKey);
      const [found, rcpSessions] = await Promise.all([recordsOf(network, keys), sessionsOf(network, keys)]);
      return { keys, records: found, rcpSessions };
    },
    async rcpSession(network, id) {
      const session = await sessions.get(id);
      return session?.network === network && session.removedAtMs === undefined ? session : null;
    },
  };
}

async function allWith<T extends Doc>(collection: Collection<T>, index: string, key: string): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await collection.list(index, { key, limit: 1000, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}
