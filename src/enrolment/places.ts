import { isInForce, type Directory, type Organisation, type Professional } from '#directory/index.ts';
import { createReadCache, fold, type Clock } from '#kernel/index.ts';
import type { Handler } from './life.ts';
import type { Workplace } from './steps.ts';

/** An establishment as a form and the public list of référents show it. */
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly finess?: string;
  readonly town?: string;
  /** Names only: what an administrator has published by naming them there. */
  readonly referents: readonly string[];
}

export interface Places {
  /** Those whose name, town or FINESS number hold every word, in order of name; at most `limit`. */
  search(text: string, limit: number): Promise<{ readonly found: readonly Place[]; readonly isCut: boolean }>;
  find(id: string): Promise<Place | null>;
  /**
   * Who treats a request of somebody who works there: the nearest with a local administrator, else the region. Those
   * whose own request it is do not decide on it, and do not count.
   */
  handlerOf(workplace: Workplace, own?: readonly string[]): Promise<Handler>;
}

/** The page of référents is public: it is read from the store once a minute, however often it is asked for. */
const CACHE_MS = 60_000;
const ALL = 'all';
const MOST_ADMINISTRATORS = 100;
/** Deeper than any tree of establishments. */
const MOST_LEVELS = 10;

export function createPlaces(deps: {
  readonly directory: Directory;
  readonly clock: Clock;
  /** The town of an establishment, by the FINESS extract of the region; `null` when it has none. */
  readonly townOf: (finess: string) => Promise<string | null>;
}): Places {
  const { directory, clock, townOf } = deps;
  const { organisations, professionals } = directory;

  async function namesOf(subs: readonly string[]): Promise<readonly string[]> {
    const people = await Promise.all(subs.map(sub => professionals.get(sub)));
    return people
      .filter((person): person is Professional => person?.status === 'active')
      .map(({ givenName, familyName }) => `${givenName} ${familyName}`);
  }

  async function placeOf({ id, name, finess, referents = [] }: Organisation): Promise<Place> {
    const town = finess === undefined ? null : await townOf(finess);
    return {
      id,
      name,
      referents: await namesOf(referents),
      ...(finess !== undefined && { finess }),
      ...(town !== null && { town }),
    };
  }

  const cache = createReadCache<readonly Place[]>({
    clock,
    ttlMs: CACHE_MS,
    load: async () => Promise.all((await organisations.all()).map(placeOf)),
  });
  const all = async () => (await cache.get(ALL)) ?? [];

  async function hasAdministrator(organisation: string, own: readonly string[]): Promise<boolean> {
    const { items } = await professionals.list('organisation', {
      key: organisation,
      limit: MOST_ADMINISTRATORS,
    });
    return items.some(
      person =>
        person.status === 'active' &&
        !own.includes(person.id) &&
        // Who is on leave treats nothing: a stand-in who was given the same profile does, else whoever stands above.
        !person.delegations.some(absence => isInForce(absence, clock.nowMs())) &&
        person.memberships.some(
          membership =>
            membership.organisation === organisation &&
            membership.profile === 'administrateur_local' &&
            isInForce(membership, clock.nowMs()),
        ),
    );
  }

  return {
    async search(text, limit) {
      const words = fold(text).split(' ').filter(Boolean);
      const found = (await all()).filter(({ name, finess = '', town = '' }) => {
        const about = fold(`${name} ${town} ${finess}`);
        return words.every(word => about.includes(word));
      });
      return { found: found.slice(0, limit), isCut: found.length > limit };
    },
    find: async id => (await all()).find(place => place.id === id) ?? null,
    async handlerOf(workplace, own = []) {
      let at = workplace.kind === 'organisation' ? workplace.organisation : undefined;
      for (let level = 0; at !== undefined && level < MOST_LEVELS; level += 1) {
        if (await hasAdministrator(at, own)) return { kind: 'local', organisation: at };
        at = (await organisations.get(at))?.parent;
      }
      return { kind: 'regional' };
    },
  };
}
