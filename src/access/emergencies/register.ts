import { AppError, type Clock } from '#kernel/index.ts';
import type { Collection, Page } from '#store/index.ts';
import { emergencyStateOf, type EmergencyReview, type EmergencyState, type EmergencyUse } from './use.ts';

/** Uses of emergency access, for those who examine them. Judges nobody: whoever asks has. */
export interface EmergencyRegister {
  get(id: string): Promise<EmergencyUse | null>;
  /** Of one network: those that wait, the oldest first; any others, the newest first. */
  list(
    network: string,
    query: {
      readonly state: EmergencyState | 'all';
      readonly after?: string | undefined;
      readonly limit: number;
    },
  ): Promise<Page<EmergencyUse>>;
  /** Of one network, begun in `[fromMs, toMs[`, the newest first. */
  between(
    network: string,
    period: { readonly fromMs: number; readonly toMs: number },
  ): AsyncIterable<EmergencyUse>;
  /**
   * Writes what the examination found, once: throws `access.emergency_reviewed` (409) when somebody has. `null`: no such use.
   */
  review(
    id: string,
    found: Omit<EmergencyReview, 'atMs'> & { readonly words: string },
  ): Promise<EmergencyUse | null>;
  /** Break-glass uses that nobody has been told of yet, `limit` at most. */
  untold(limit: number): Promise<readonly EmergencyUse[]>;
  markTold(id: string): Promise<void>;
  /** Break-glass uses begun before that instant, neither examined nor reminded of, the oldest first. */
  unreminded(beforeMs: number, limit: number): Promise<readonly EmergencyUse[]>;
  markReminded(id: string): Promise<void>;
}

const PAGE = 500;

export function createEmergencyRegister(deps: {
  readonly uses: Collection<EmergencyUse>;
  readonly clock: Clock;
}): EmergencyRegister {
  const { uses, clock } = deps;

  async function* all(network: string): AsyncIterable<EmergencyUse> {
    let after: string | undefined;
    do {
      const page = await uses.list('queue', {
        prefix: `${network}/all/`,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  return {
    get: id => uses.get(id),
    list: (network, { state, after, limit }) =>
      uses.list('queue', {
        prefix: `${network}/${state}/`,
        limit,
        ...(after !== undefined && { after }),
      }),
    async *between(network, { fromMs, toMs }) {
      for await (const use of all(network)) {
        if (use.startedAtMs < fromMs) return;
        if (use.startedAtMs < toMs) yield use;
      }
    },
    async review(id, { verdict, by, words }) {
      const review: EmergencyReview = { verdict, by, atMs: clock.nowMs() };
      let isFirst = false;
      const written = await uses.update(id, use => {
        isFirst = use.review === undefined;
        return isFirst ? { ...use, review, words } : use;
      });
      if (written && !isFirst) throw alreadyReviewed();
      return written;
    },
    untold: async limit => (await uses.list('untold', { key: 'untold', limit })).items,
    markTold: async id =>
      void (await uses.update(id, use =>
        use.toldAtMs === undefined ? { ...use, toldAtMs: clock.nowMs() } : use,
      )),
    async unreminded(beforeMs, limit) {
      const { items } = await uses.list('unreminded', { prefix: '', limit });
      return items.filter(({ startedAtMs }) => startedAtMs < beforeMs);
    },
    markReminded: async id =>
      void (await uses.update(id, use =>
        use.remindedAtMs === undefined && emergencyStateOf(use) === 'awaiting'
          ? { ...use, remindedAtMs: clock.nowMs() }
          : use,
      )),
  };
}

function alreadyReviewed(): AppError {
  return new AppError({
    code: 'access.emergency_reviewed',
    status: 409,
    publicMessage: 'Cet accès vient d’être examiné par quelqu’un d’autre.',
    hint: 'Son avis est enregistré et ne change plus.',
  });
}
