import type { Authority } from '#access/index.ts';
import type { Terms } from '#accounts/index.ts';
import { createReadCache, type Clock } from '#kernel/index.ts';
import type { Catalogue } from '../people/catalogue.ts';

/** Of the active accounts of a branch: how many accepted a version, how many did not yet. */
export interface Acceptance {
  readonly accepted: number;
  readonly waiting: number;
}

/** How old a figure may be: counting reads everybody who accepted. */
const CACHE_MS = 30_000;

/** Counts acceptances. SECURITY: only people whom `authority` may read are counted. */
export function createTermsFigures(deps: {
  readonly terms: Terms;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}): (version: string, authority: Authority) => Promise<Acceptance> {
  const { terms, clock, catalogue } = deps;
  const cache = createReadCache<ReadonlySet<string>>({
    clock,
    ttlMs: CACHE_MS,
    load: version => terms.acceptedBy(version),
  });
  return async (version, authority) => {
    const [subs, entries] = await Promise.all([cache.get(version), catalogue.entries()]);
    const counted = entries.filter(
      entry => entry.login !== null && entry.status === 'active' && authority.reaches('terms', 'read', entry),
    );
    const accepted = counted.filter(({ sub }) => subs?.has(sub)).length;
    return { accepted, waiting: counted.length - accepted };
  };
}
