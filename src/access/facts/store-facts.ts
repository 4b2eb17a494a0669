import type { Directory } from '#directory/index.ts';
import { mergeRecords } from '../records/merge.ts';
import type { Patients } from '../records/patient.ts';
import type { FactsSource } from './facts.ts';

/** Who has a login account, as `accounts/` knows it. */
export interface AccountFacts {
  exists(sub: string): Promise<boolean>;
}

/** Far more than a region has administrators. */
const MOST_HOLDERS = 1_000;

/** Facts as they are in the store at this moment. */
export function createStoreFacts(deps: {
  readonly directory: Pick<Directory, 'professionals' | 'organisations' | 'networks' | 'applications'>;
  readonly accounts: AccountFacts;
  readonly patients: Patients;
}): FactsSource {
  const { directory, accounts, patients } = deps;
  return {
    async person(id) {
      const [professional, hasAccount] = await Promise.all([
        directory.professionals.get(id),
        accounts.exists(id),
      ]);
      return hasAccount ? professional : null;
    },
    async canSignIn(id) {
      const [professional, hasAccount] = await Promise.all([
        directory.professionals.get(id),
        accounts.exists(id),
      ]);
      return hasAccount && (professional?.email ?? professional?.phone) !== undefined;
    },
    professional: id => directory.professionals.get(id),
    organisations: () => directory.organisations.all(),
    async holders(profile) {
      const { items } = await directory.professionals.list('profile', { key: profile, limit: MOST_HOLDERS });
      return items;
    },
    network: id => directory.networks.get(id),
    application: id => directory.applications.get(id),
    record: (network, patientKey) => patients.facts(network, patientKey),
    async patient(network, patientKey) {
      const { records, rcpSessions } = await patients.find(network, patientKey);
      return { record: mergeRecords(records), rcpSessions };
    },
    rcpSession: (network, id) => patients.rcpSession(network, id),
  };
}
