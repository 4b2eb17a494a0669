import type { Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** The day of somebody's last sign-in. `id` is the `sub`. */
interface SignInDay extends Doc {
  /** `2026-11-21`, UTC. */
  readonly day: string;
}

const activitySpec: CollectionSpec<SignInDay> = {
  name: 'account_activity',
  version: 1,
  indexes: { day: { key: ({ day }) => day } },
};

const PAGE = 1000;
const DAY_MS = 86_400_000;

/**
 * When an account last signed in, to the day: enough to find those that nobody uses, and one write a day at most. Apart
 * from the account itself, which is sealed and read at every sign-in.
 */
export interface Activity {
  /** Notes a sign-in now. */
  note(sub: string): Promise<void>;
  /** The first instant (epoch milliseconds) of the day of the last one, or `null`. */
  lastOf(sub: string): Promise<number | null>;
  /** Who signed in during the last `days` days, today included. */
  activeSince(days: number): Promise<ReadonlySet<string>>;
}

export function createActivity({ store, clock }: { readonly store: Store; readonly clock: Clock }): Activity {
  const collection = store.collection(activitySpec);
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return {
    async note(sub) {
      const day = dayOf(clock.nowMs());
      // Two sign-ins at the same instant write the same.
      if ((await collection.get(sub))?.day !== day) await collection.put({ id: sub, day });
    },
    async lastOf(sub) {
      const found = await collection.get(sub);
      return found && Date.parse(found.day);
    },
    async activeSince(days) {
      const active = new Set<string>();
      for (let back = 0; back < days; back += 1) {
        const key = dayOf(clock.nowMs() - back * DAY_MS);
        let after: string | undefined;
        do {
          const page = await collection.list('day', { key, limit: PAGE, ...(after && { after }) });
          for (const { id } of page.items) active.add(id);
          after = page.next;
        } while (after !== undefined);
      }
      return active;
    },
  };
}
