import type { Window } from '#directory/index.ts';
import type { FactsSource, MembershipFacts, PersonFacts } from '../facts/facts.ts';

/** The profile that the region is never without. */
export const HIGHEST = 'administrateur_regional';

/** What an act makes of the region’s highest profile of one person. */
export interface Loss {
  readonly person: PersonFacts;
  /** What of it is left to them. */
  readonly left: readonly Window[];
}

type Held = Pick<MembershipFacts, 'network' | 'organisation' | 'profile'>;

const isHighest = ({ profile }: Held) => profile === HIGHEST;
const heldBy = ({ status, memberships }: PersonFacts): readonly Window[] =>
  status === 'active' ? memberships.filter(isHighest) : [];

/** All of it: the account is suspended or closed. */
export function lossOfAccount(person: PersonFacts): Loss {
  return { person, left: [] };
}

/** One profile, which is removed (`null`) or has other dates from now on. */
export function lossOfProfile(person: PersonFacts, which: Held, after: Window | null, atMs: number): Loss {
  const isMeant = (held: MembershipFacts) =>
    held.network === which.network &&
    held.organisation === which.organisation &&
    held.profile === which.profile &&
    (held.toMs === undefined || held.toMs > atMs);
  const others = person.memberships.filter(held => isHighest(held) && !isMeant(held));
  return { person, left: after && isHighest(which) ? [...others, after] : others };
}

/**
 * True when the region would come to a day without a regional administrator, or to it sooner. INVARIANT: no act shortens
 * the time, from now on without a gap, in which somebody holds that profile who is active and has a way to sign in: the
 * last one whose profile has no end keeps it, whatever ends or begins later for others. Does not look at which means are
 * switched on.
 */
export async function shortensAdministration(
  { person, left }: Loss,
  { facts, atMs }: { readonly facts: FactsSource; readonly atMs: number },
): Promise<boolean> {
  const own = heldBy(person);
  if (own.length === 0) return false;
  const others = await Promise.all(
    (await facts.holders(HIGHEST))
      .filter(({ id }) => id !== person.id)
      .map(async holder => ((await facts.canSignIn(holder.id)) ? heldBy(holder) : [])),
  );
  const theirs = others.flat();
  return coveredUntil([...theirs, ...left], atMs) < coveredUntil([...theirs, ...own], atMs);
}

/** The first moment from `atMs` on that no window covers; `Infinity` when one has no end. */
function coveredUntil(windows: readonly Window[], atMs: number): number {
  const inOrder = [...windows].sort((a, b) => (a.fromMs ?? 0) - (b.fromMs ?? 0));
  let until = atMs;
  for (const { fromMs = 0, toMs = Infinity } of inOrder)
    if (fromMs <= until && toMs > until && fromMs < toMs) until = toMs;
  return until;
}
