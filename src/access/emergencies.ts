import type { Collection, CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Decision } from './decision.ts';
import type { Inquiry } from './inquiry.ts';

/** A break-glass permit and the reason that was typed, kept for the review. `id` is the decision's. */
export interface EmergencyDoc extends Doc {
  readonly account: string;
  readonly network: string;
  readonly patientKey: string;
  readonly client: string;
  readonly permittedAt: number;
  readonly until: string;
  /** SECURITY: free text may name somebody: sealed at rest, in no log. */
  readonly reason: string;
}

const emergenciesSpec: CollectionSpec<EmergencyDoc> = {
  name: 'access_emergencies',
  version: 1,
  indexes: {
    account: { key: doc => doc.account },
    network: { key: doc => doc.network },
  },
  sealed: ['reason'],
};

export interface EmergencyLog {
  /** Resolves when durable. */
  record(decision: Decision, inquiry: Inquiry): Promise<void>;
  readonly collection: Collection<EmergencyDoc>;
}

export function createEmergencyLog({ store, clock }: { store: Store; clock: Clock }): EmergencyLog {
  const collection = store.collection(emergenciesSpec);
  return {
    collection,
    async record({ context }, { subject, network = '', resource, clientId, reason }) {
      await collection.insert({
        id: context.id,
        account: subject.id,
        network,
        patientKey: resource.id,
        client: clientId,
        permittedAt: clock.now(),
        until: context.until ?? '',
        reason: reason.trim(),
      });
    },
  };
}
