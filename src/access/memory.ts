import type { Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { FactsSource } from './facts/facts.ts';
import { createFactsFeed, createFactsImage } from './facts/image/index.ts';
import type { JudgeImage } from './judge.ts';
import type { AccessLogger } from './logger.ts';
import { loadsSpec } from './policy-history.ts';

/** What this process keeps in memory from the store, and how it hears of changes. Ends with the store. */
export interface Memory {
  /** Begins to listen; again does nothing. */
  start(): void;
  /** Reads all records into the image, once, in the background. */
  preload(): void;
  /** `undefined` before `start`. */
  image(): JudgeImage | undefined;
}

export function createMemory({
  store,
  clock,
  facts,
  onPolicyLoaded,
  logger,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly facts: FactsSource;
  /** Somebody, here or elsewhere, has put a policy in force. */
  readonly onPolicyLoaded: () => Promise<void>;
  readonly logger: AccessLogger;
}): Memory {
  let kept: JudgeImage | undefined;
  let isPreloaded = false;
  const failed = (what: string) => (err: unknown) => logger.error({ err }, `access: ${what}`);

  return {
    start() {
      if (kept) return;
      const image = createFactsImage({ clock });
      kept = { image, feed: createFactsFeed({ store, image, facts, logger }) };
      store.changes.follow({
        touched(collection) {
          if (collection === loadsSpec.name)
            onPolicyLoaded().catch(failed('the policy in force could not be followed'));
        },
        lost() {
          onPolicyLoaded().catch(failed('the policy in force could not be followed'));
        },
      });
    },
    preload() {
      if (!kept || isPreloaded) return;
      isPreloaded = true;
      kept.feed
        .preload()
        .then(
          records => logger.info({ records }, 'access: records in memory'),
          failed('records could not be read ahead; decisions read the store'),
        );
    },
    image: () => kept,
  };
}
