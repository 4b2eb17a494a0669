import type { Authority, Located, Place } from '#access/index.ts';
import type { Campaign, ReviewLine } from './records.ts';

/** Who answers which line: one object per administrator and request. */
export interface Assignment {
  /** SECURITY: a line of another branch does not exist for them. */
  sees(line: ReviewLine): boolean;
  /**
   * True for whoever decides in that place and may give that profile there. Nobody reviews themselves, and the profiles
   * of an administrator are reviewed by who stands above them, not by a colleague. `person`: as they are now; without
   * them, there is nothing above which to stand.
   */
  answers(line: ReviewLine, person: Located | undefined): boolean;
}

const placeOf = ({ membership: { network, organisation } }: ReviewLine): Place => ({ network, organisation });

/** Many lines share a place: what an authority may there is asked once. */
export function assignmentOf(authority: Authority, actor: string): Assignment {
  const seen = new Map<string, boolean>();
  const givable = new Map<string, ReadonlySet<string>>();
  const keyOf = ({ network, organisation = '' }: Place) => `${network}/${organisation}`;

  function sees(line: ReviewLine): boolean {
    const place = placeOf(line);
    return remembered(seen, keyOf(place), () => authority.may('review', 'read', place));
  }

  return {
    sees,
    answers(line, person) {
      if (line.sub === actor || !sees(line)) return false;
      const place = placeOf(line);
      const profiles = remembered(givable, keyOf(place), () =>
        authority.may('review', 'decide', place) ? new Set(authority.givable(place)) : new Set<string>(),
      );
      return profiles.has(line.membership.profile) && (person === undefined || authority.isAbove(person));
    },
  };
}

/** True when some line of the campaign may lie in what the authority sees. */
export function seesCampaign(authority: Authority, { network, organisations }: Campaign): boolean {
  return organisations.some(id =>
    authority.may('review', 'read', { network, organisation: id === '' ? undefined : id }),
  );
}

/** Answered, or closed by the end of the campaign. */
export const isPending = ({ answer, ending, outcome }: ReviewLine): boolean =>
  answer === undefined && ending === undefined && outcome === undefined;

function remembered<T>(known: Map<string, T>, key: string, find: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  known.set(key, found);
  return found;
}
