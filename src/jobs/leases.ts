import { isAppError, randomId, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Store } from '#store/index.ts';

/** Who runs a job, and which turn of it was the last to begin. */
interface LeaseDoc {
  /** Name of the job. */
  readonly id: string;
  /** Number of the newest period that has begun: epoch / period. */
  readonly turn: number;
  readonly holder: string;
  /** Epoch milliseconds; 0 when nobody holds it. */
  readonly heldUntilMs: number;
}

const leaseSpec: CollectionSpec<LeaseDoc> = { name: 'job_leases', version: 1, indexes: {} };

/** A holder that died is replaced after this long; a living one renews three times within it. */
const LEASE_MS = 60_000;

export interface Lease {
  /** Stops renewing, and lets others in. */
  release(): Promise<void>;
}

export interface Leases {
  /**
   * Takes the lease of `name`, unless somebody holds it or the `turn` has already begun (`null`: any turn).
   * Of several callers exactly one receives it.
   */
  take(name: string, turn: number | null): Promise<Lease | null>;
}

export function createLeases(store: Store, clock: Clock): Leases {
  const leases = store.collection(leaseSpec);

  async function isTaken(name: string, turn: number | null, holder: string): Promise<boolean> {
    const claim = { holder, heldUntilMs: clock.nowMs() + LEASE_MS };
    const taken = await leases.update(name, doc => {
      const isFree = doc.heldUntilMs <= clock.nowMs() && (turn === null || doc.turn < turn);
      return isFree ? { ...doc, ...claim, turn: turn ?? doc.turn } : doc;
    });
    if (taken !== null) return taken.holder === holder;
    try {
      await leases.insert({ id: name, turn: turn ?? 0, ...claim });
      return true;
    } catch (error) {
      // Another instance made the document meanwhile: it has the turn.
      if (isAppError(error, 'store.conflict')) return false;
      throw error;
    }
  }

  const extend = (name: string, holder: string, heldUntilMs: number) =>
    leases.update(name, doc => (doc.holder === holder ? { ...doc, heldUntilMs } : doc));

  return {
    async take(name, turn) {
      const holder = randomId();
      if (!(await isTaken(name, turn, holder))) return null;
      const renewal = setInterval(() => {
        // A renewal that fails is tried again at the next beat; the lease outlives two failures.
        extend(name, holder, clock.nowMs() + LEASE_MS).catch(() => undefined);
      }, LEASE_MS / 3).unref();
      return {
        async release() {
          clearInterval(renewal);
          await extend(name, holder, 0);
        },
      };
    },
  };
}
