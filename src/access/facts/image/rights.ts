import { isInForce } from '#directory/index.ts';
import { PROFILES } from '../../vocabulary.ts';
import type { MembershipFacts, PersonFacts } from '../facts.ts';
import type { Interners } from './pack-record.ts';

/** What a person may rely on in one network, from when it was packed until `untilMs`. */
export interface Rights {
  /** Epoch milliseconds; infinite when nothing is to come. */
  readonly untilMs: number;
  /** The profiles held there, in the order of the memberships. */
  readonly profiles: readonly string[];
  /** The bits (`profileBit`) of those profiles. */
  readonly mask: number;
  /** Numbers of organisations, and at the same place the bits of the profiles held in each. */
  readonly organisations: readonly number[];
  readonly organisationMasks: readonly number[];
}

/** A person with an active account. */
export interface PersonImage {
  /** The number under which records name this account. */
  readonly number: number;
  readonly networks: ReadonlyMap<string, Rights>;
}

/** The bit of a profile; 0 for one outside the vocabulary, which no policy row names. */
export function profileBit(profile: string): number {
  const index = PROFILES.findIndex(known => known === profile);
  return index < 0 ? 0 : 1 << index;
}

export function packPerson(person: PersonFacts, interners: Interners, nowMs: number): PersonImage {
  const networks = new Map<string, Rights>();
  for (const network of new Set(person.memberships.map(held => held.network)))
    networks.set(
      network,
      packRights(
        person.memberships.filter(held => held.network === network),
        interners,
        nowMs,
      ),
    );
  return { number: interners.accounts.intern(person.id), networks };
}

function packRights(
  memberships: readonly MembershipFacts[],
  { organisations }: Interners,
  nowMs: number,
): Rights {
  const held = memberships.filter(membership => isInForce(membership, nowMs));
  const bounds = memberships.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const masks = new Map<number, number>();
  for (const { organisation, profile } of held) {
    if (organisation === undefined) continue;
    const number = organisations.intern(organisation);
    masks.set(number, (masks.get(number) ?? 0) | profileBit(profile));
  }
  return {
    untilMs: Math.min(
      ...bounds.map(bound => (bound !== undefined && bound > nowMs ? bound : Number.POSITIVE_INFINITY)),
    ),
    profiles: held.map(({ profile }) => profile),
    mask: held.reduce((mask, { profile }) => mask | profileBit(profile), 0),
    organisations: [...masks.keys()],
    organisationMasks: [...masks.values()],
  };
}
