import { isInForce } from '#directory/index.ts';
import { PROFILES } from '../../vocabulary.ts';
import type { MembershipFacts, PersonFacts } from '../facts.ts';
import type { Interners, Packed } from './packed.ts';

/** Where the words of a person begin to be memberships: before them, the number of the account. */
export const FIRST_MEMBERSHIP = 1;

const PROFILE_BITS = 5;
const PROFILE_MASK = (1 << PROFILE_BITS) - 1;
/** The place of a profile outside the vocabulary, which no policy row names. */
const UNKNOWN_PROFILE = PROFILE_MASK;

/** The bit of a profile in a mask; 0 for one outside the vocabulary. */
export function profileBit(profile: string): number {
  const index = PROFILES.findIndex(known => known === profile);
  return index < 0 ? 0 : 1 << index;
}

/** Of a membership's word: the bit of its profile. */
export function bitOfMembership(word: number): number {
  const index = word & PROFILE_MASK;
  return index === UNKNOWN_PROFILE ? 0 : 1 << index;
}

/** Of a membership's word: the name of its profile. */
export const profileOfMembership = (word: number): string | undefined => PROFILES[word & PROFILE_MASK];

/** Of a membership's word: the number of its organisation, −1 for one of the network as a whole. */
export const organisationOfMembership = (word: number): number => (word >>> PROFILE_BITS) - 1;

/** What an active person holds in each network: the number of the account, then one word a membership in force. */
export function packPerson(
  person: PersonFacts,
  interners: Interners,
  nowMs: number,
): ReadonlyMap<string, Packed> {
  const networks = new Set(person.memberships.map(held => held.network));
  const number = interners.accounts.intern(person.id);
  return new Map(
    [...networks].map(network => {
      const memberships = person.memberships.filter(held => held.network === network);
      const held = memberships.filter(membership => isInForce(membership, nowMs));
      const words = [number, ...held.map(membership => wordOf(membership, interners))];
      return [network, { flags: 0, untilMs: nextBound(memberships, nowMs), words }];
    }),
  );
}

function wordOf({ profile, organisation }: MembershipFacts, { organisations }: Interners): number {
  const index = PROFILES.findIndex(known => known === profile);
  const place = organisation === undefined ? 0 : organisations.intern(organisation) + 1;
  return (place << PROFILE_BITS) | (index < 0 ? UNKNOWN_PROFILE : index);
}

/** When the first of these memberships begins or ends next. */
function nextBound(memberships: readonly MembershipFacts[], nowMs: number): number {
  const bounds = memberships.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  return Math.min(
    ...bounds.map(bound => (bound !== undefined && bound > nowMs ? bound : Number.POSITIVE_INFINITY)),
  );
}
