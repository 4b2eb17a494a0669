import type { FactsSource } from '../facts/facts.ts';
import { namedKey, namedKeysOf, type RcpSessionDoc, type RecordDoc } from '../records/collections.ts';
import type { Patients } from '../records/patient.ts';
import type { KeysOf, Sources } from './sources.ts';
import type { Stretch } from './walk.ts';

/** What the records open to somebody are looked for in. */
export interface RecordQuestion {
  readonly subject: string;
  readonly action: string;
  readonly network: string;
  readonly onBehalfOf: string | undefined;
}

interface RecordSources {
  readonly facts: FactsSource;
  readonly sources: Sources;
  readonly patients: Patients;
}

/** Whether this record is where the patient of these records is told of. */
type IsFirst = (record: RecordDoc, group: readonly RecordDoc[]) => boolean;

/** Patients of one session that are looked up at once. */
const AT_ONCE = 50;

/**
 * The patients whose record may be open, and some whose record is not, under every one of their keys: every ground of
 * a permit is in one of the stretches (contract §7). A patient comes once, whatever names the account in however many
 * of the records kept under linked keys: at the first document of the first stretch that does.
 */
export async function recordStretches(
  { subject, action, network, onBehalfOf }: RecordQuestion,
  deps: RecordSources,
): Promise<readonly Stretch[]> {
  const { facts, sources } = deps;
  // Rule 14: no ground besides the patient's information and consent.
  if (action === 'create')
    return [sources.records('records', 'network', network, keysOfFirst(network, isLeast, deps))];
  // Rule 11: the grounds are those of the delegator.
  const account = onBehalfOf ?? subject;
  const person = await facts.person(account);
  const organisations = (person?.memberships ?? []).flatMap(held =>
    held.network === network ? (held.organisation ?? []) : [],
  );
  // In the order in which stretches are walked.
  const named = [
    namedKey(network, { account }),
    ...[...new Set(organisations)].map(organisation => namedKey(network, { organisation })),
  ].toSorted();
  return [
    ...named.map((key, at) => {
      const isFirst: IsFirst = (record, group) =>
        !group.some(other => isNamed(other, named.slice(0, at))) &&
        isLeast(
          record,
          group.filter(other => isNamed(other, [key])),
        );
      return sources.records(`named:${key}`, 'named', key, keysOfFirst(network, isFirst, deps));
    }),
    sources.rcpSessions('rcp', namedKey(network, { account }), keysOfSession(account, named, deps)),
  ];
}

/** All keys of the patient, for the first of the patient's records. */
function keysOfFirst(network: string, isFirst: IsFirst, { patients }: RecordSources): KeysOf<RecordDoc> {
  return async record => {
    const keys = await patients.keysOf(network, record.patientKey);
    const group = keys.length === 1 ? [record] : await patients.records(network, record.patientKey);
    return isFirst(record, group) ? keys : [];
  };
}

/** All keys of each patient whom no record and no earlier session brings. */
function keysOfSession(
  account: string,
  named: readonly string[],
  { patients }: RecordSources,
): KeysOf<RcpSessionDoc> {
  async function keysOf(session: RcpSessionDoc, patient: string): Promise<readonly string[]> {
    const { keys, records, rcpSessions } = await patients.find(session.network, patient);
    const sittings = rcpSessions.filter(({ participants }) =>
      participants.some(one => one.account === account),
    );
    return !records.some(record => isNamed(record, named)) && isLeast(session, sittings) ? keys : [];
  }

  return async session => {
    const found = new Set<string>();
    for (let start = 0; start < session.patients.length; start += AT_ONCE) {
      const some = session.patients.slice(start, start + AT_ONCE);
      const keys = await Promise.all(some.map(patient => keysOf(session, patient)));
      for (const key of keys.flat()) found.add(key);
    }
    return [...found];
  };
}

const isNamed = (record: Parameters<typeof namedKeysOf>[0], keys: readonly string[]): boolean =>
  namedKeysOf(record).some(key => keys.includes(key));

const isLeast = ({ id }: { readonly id: string }, among: readonly { readonly id: string }[]): boolean =>
  among.every(other => id <= other.id);
