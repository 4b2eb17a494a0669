import { hashToken, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { AttemptPlace } from '../method.ts';
import type { ExchangeSecrets } from './client.ts';

/** One departure to a provider. A newer one of the same interaction takes its place, so an older one is void. */
interface TransactionDoc extends Doc {
  readonly id: string;
  readonly stateHash: string;
  readonly secrets: ExchangeSecrets;
  readonly expiresAt: number;
}

const spec: CollectionSpec<TransactionDoc> = {
  name: 'method_upstream_transactions',
  version: 1,
  indexes: {},
  sealed: ['secrets'],
};

/** How long the person may stay at the provider. */
const VALID_SECONDS = 600;

export interface Transactions {
  /** A state that names the interaction (the one redirect URI is forwarded by it) and that nobody can guess. */
  newState(place: AttemptPlace): string;
  /** Epoch seconds of its end. */
  open(place: AttemptPlace, state: string, secrets: ExchangeSecrets): Promise<number>;
  /** Takes it away: of any number of arrivals with one state, exactly one receives it; `null` for all others. */
  take(place: AttemptPlace, state: string): Promise<ExchangeSecrets | null>;
}

/** What a departure to one provider keeps until its arrival, bound to the interaction, whose cookie binds the browser. */
export function createTransactions(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly method: string;
}): Transactions {
  const { clock, method } = deps;
  const open = deps.store.collection(spec);
  const idOf = ({ interaction, purpose }: AttemptPlace) => `${method}:${purpose}:${interaction}`;

  return {
    newState: ({ interaction }) => `${interaction}.${randomId(32)}`,
    async open(place, state, secrets) {
      const expiresAt = clock.now() + VALID_SECONDS;
      await open.put({ id: idOf(place), stateHash: hashToken(state), secrets, expiresAt });
      return expiresAt;
    },
    async take(place, state) {
      const stateHash = hashToken(state);
      // SECURITY: a state of another interaction (another browser) or of another provider (mix-up) finds nothing.
      const taken = await open.consume(idOf(place), candidate => candidate.stateHash === stateHash);
      return taken?.secrets ?? null;
    },
  };
}
