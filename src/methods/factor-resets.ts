import { isAppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/**
 * The loss of a means, as an administrator has noted it: from then on what the person had enrolled proves nothing; what
 * they enrol next counts when the cool-down is over. One document per account.
 */
export interface FactorReset extends Doc {
  /** The account. */
  readonly id: string;
  readonly by: string;
  /** Epoch seconds. What was enrolled until then is set aside. */
  readonly requestedAt: number;
  /** Epoch seconds: the end of the cool-down. */
  readonly endsAt: number;
  /** Epoch seconds: until then a person without a means may enrol one at sign-in. */
  readonly closesAt: number;
  /** The person was told that the cool-down is over, and what was set aside is gone. */
  readonly isDone: boolean;
  readonly expiresAt: number;
}

const resetsSpec: CollectionSpec<FactorReset> = {
  name: 'method_factor_resets',
  version: 1,
  indexes: { waiting: { key: ({ isDone }) => (isDone ? null : 'waiting') } },
};

/** After its end a document is kept this long for a job that could not run. */
const KEPT_SECONDS = 30 * 86_400;
const PAGE = 100;

/** What was enrolled before the loss was noted. Pure. */
export function isSetAside(
  { createdAt }: { readonly createdAt: number },
  reset: FactorReset | null,
): boolean {
  return reset !== null && createdAt <= reset.requestedAt;
}

export interface FactorResets {
  of(account: string): Promise<FactorReset | null>;
  /** Notes the loss, anew when one is under way. */
  begin(account: string, by: string): Promise<FactorReset>;
  /** Takes it back, before its end only: what was set aside counts again. Exactly one caller gets it. */
  cancel(account: string): Promise<FactorReset | null>;
  /** Those whose cool-down is over and that are not done with. */
  ended(): Promise<readonly FactorReset[]>;
  /** Marks that one as done with; false when it is another now. */
  finish(reset: FactorReset): Promise<boolean>;
  /** True while a person without a means may enrol one at sign-in: from the end of the cool-down on, for some days. */
  isOpen(account: string): Promise<boolean>;
}

export function createFactorResets(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: { readonly coolDownSeconds: number; readonly windowSeconds: number };
}): FactorResets {
  const { clock, settings } = deps;
  const resets = deps.store.collection(resetsSpec);

  return {
    of: account => resets.get(account),
    async begin(account, by) {
      const requestedAt = clock.now();
      const endsAt = requestedAt + settings.coolDownSeconds;
      const closesAt = endsAt + settings.windowSeconds;
      const reset: FactorReset = {
        id: account,
        by,
        requestedAt,
        endsAt,
        closesAt,
        isDone: false,
        expiresAt: closesAt + KEPT_SECONDS,
      };
      try {
        await resets.insert(reset);
      } catch (error) {
        if (!isAppError(error, 'store.conflict')) throw error;
        // A second loss begins the cool-down again: what was enrolled in between is set aside too.
        await resets.update(account, () => reset);
      }
      return reset;
    },
    cancel: account => resets.consume(account, ({ endsAt }) => clock.now() < endsAt),
    async ended() {
      const { items } = await resets.list('waiting', { key: 'waiting', limit: PAGE });
      return items.filter(({ endsAt }) => endsAt <= clock.now());
    },
    async finish(reset) {
      let isThis = false;
      await resets.update(reset.id, now => {
        isThis = now.requestedAt === reset.requestedAt && !now.isDone;
        return isThis ? { ...now, isDone: true } : now;
      });
      return isThis;
    },
    async isOpen(account) {
      const reset = await resets.get(account);
      return reset !== null && reset.endsAt <= clock.now() && clock.now() < reset.closesAt;
    },
  };
}
