import { ACR, ACR_LADDER, acrRank } from '#kernel/index.ts';
import type { Policy } from '../engine/index.ts';
import {
  bitOfMembership,
  CONSENTED,
  FIRST_MEMBERSHIP,
  INFORMED,
  KIND,
  KIND_BITS,
  KIND_MASK,
  organisationOfMembership,
  profileBit,
  type FactsImage,
} from '../facts/image/index.ts';
import type { NetworkFacts } from '../facts/facts.ts';
import type { Inquiry } from '../inquiry.ts';
import { PROFILES, type ReasonCode } from '../vocabulary.ts';

/**
 * SPEC: contract §7, rules 1 to 8 and 12 to 15 once more, over packed facts, for the usual question: somebody asks for
 * themself, at present, in no emergency. It says permits only, each by the ground that rules 14 and 15 name;
 * everything else it leaves to the rules over the store, which also word the refusals. So a fault here could only
 * permit, and that is what the comparisons look for (`spot-check.ts`, `npm run differential`).
 */
export interface PackedRules {
  /** The code of the permit, or `undefined`: ask the rules. No allocation. */
  permit(question: PackedQuestion, network: NetworkFacts): PermitCode | undefined;
}

/** The part of an inquiry that counts; the rest is the usual. `atMs` is not in the past: the image is of now. */
export type PackedQuestion = Pick<Inquiry, 'atMs' | 'acr' | 'action' | 'subject' | 'resource'>;

/** Every permit that packed rules may give. */
export const PERMIT_CODES = [
  'permitted_create',
  'permitted_creator',
  'permitted_party',
  'permitted_party_organisation',
  'permitted_care_team',
] as const satisfies readonly ReasonCode[];

export type PermitCode = (typeof PERMIT_CODES)[number];

/** The better a ground, the earlier rule 15 names it. */
const GROUNDS: readonly (PermitCode | undefined)[] = [
  undefined,
  'permitted_care_team',
  'permitted_party_organisation',
  'permitted_party',
  'permitted_creator',
];
const TEAM = 1;
const ORGANISATION = 2;
const PARTY = 3;
const CREATOR = 4;

/** Every profile, those outside the vocabulary included. */
const ANY = -1;

/** `rcp_register` hangs on settings and sessions that are not packed. */
const ACTIONS: readonly string[] = ['create', 'read', 'write', 'share'];

/** A question that came in while something was packed is still one of now. */
const SLACK_MS = 1000;

export function createPackedRules(policy: Pick<Policy, 'row'>, image: FactsImage): PackedRules {
  /** Action → the bits of the profiles that it is allowed to. */
  const allowed = new Map(
    ACTIONS.map(action => [
      action,
      PROFILES.reduce(
        (mask, profile) => mask | (policy.row(profile, 'patient_record', action) ? profileBit(profile) : 0),
        0,
      ),
    ]),
  );
  const { people, records } = image;
  /** Decisions come in runs of one network. */
  let lastNetwork: NetworkFacts | undefined;
  let lastMinimums: ReadonlyMap<string, number> = new Map();

  function requiredRank(network: NetworkFacts, action: string): number {
    if (network !== lastNetwork) {
      lastNetwork = network;
      lastMinimums = minimumsOf(network);
    }
    return lastMinimums.get(action) ?? 0;
  }

  return {
    permit({ atMs, acr, action, subject, resource }, network) {
      const mask = allowed.get(action) ?? 0;
      if (mask === 0 || atMs < image.packedAtMs - SLACK_MS) return undefined;
      const required = requiredRank(network, action);
      if (required === 0 || rankOf(acr) < required) return undefined;
      if (!people.find(network.id, subject.id) || atMs >= people.untilMs) return undefined;
      if (!holds(mask)) return undefined;
      if (!records.find(network.id, resource.id) || atMs >= records.untilMs) return undefined;
      const { flags } = records;
      if ((flags & INFORMED) === 0) return undefined;
      const needsConsent = network.regime === 'consentement';
      if (needsConsent && (flags & CONSENTED) === 0) return undefined;
      const ground = groundOf(mask, needsConsent);
      if (ground < 0) return undefined;
      return action === 'create' ? 'permitted_create' : GROUNDS[ground];
    },
  };

  /** Rule 7: whether one of the memberships under the cursor is among the profiles of `mask`. */
  function holds(mask: number): boolean {
    for (let index = people.count - 1; index >= FIRST_MEMBERSHIP; index -= 1)
      if ((bitOfMembership(people.word(index)) & mask) !== 0) return true;
    return false;
  }

  /** The same within one organisation; with every bit in `mask`, whether the person belongs to it. */
  function holdsIn(organisation: number, mask: number): boolean {
    for (let index = people.count - 1; index >= FIRST_MEMBERSHIP; index -= 1) {
      const word = people.word(index);
      if (organisationOfMembership(word) !== organisation) continue;
      if (mask === ANY || (bitOfMembership(word) & mask) !== 0) return true;
    }
    return false;
  }

  /** The best ground of the record under the cursor, 0 for none, −1 for an opposition. */
  function groundOf(mask: number, needsConsent: boolean): number {
    const account = people.word(0);
    let best = 0;
    for (let index = records.count - 1; index >= 0; index -= 1) {
      const word = records.word(index);
      const named = word >>> KIND_BITS;
      let ground = 0;
      switch (word & KIND_MASK) {
        case KIND.opposedEverybody:
          return -1;
        case KIND.opposedAccount:
          if (named === account) return -1;
          break;
        case KIND.opposedOrganisation:
          if (holdsIn(named, ANY)) return -1;
          break;
        case KIND.creator:
          if (named === account) ground = CREATOR;
          break;
        case KIND.partyAccount:
          if (named === account) ground = PARTY;
          break;
        case KIND.partyOrganisation:
          if (holdsIn(named, mask)) ground = ORGANISATION;
          break;
        case KIND.teamAccount:
          if (!needsConsent && named === account) ground = TEAM;
          break;
        case KIND.teamOrganisation:
          if (!needsConsent && holdsIn(named, mask)) ground = TEAM;
          break;
      }
      if (ground > best) best = ground;
    }
    return best;
  }
}

const RANKS: ReadonlyMap<string, number> = new Map(ACR_LADDER.map(acr => [acr, acrRank(acr)]));

/** As `acrRank`, by one look-up for what is usual. */
const rankOf = (acr: string | undefined): number =>
  acr === undefined ? 0 : (RANKS.get(acr) ?? acrRank(acr));

/** Ranks of a network's minimum levels: the same object as long as the network stays as it is. */
const minimums = new WeakMap<NetworkFacts, ReadonlyMap<string, number>>();

function minimumsOf(network: NetworkFacts): ReadonlyMap<string, number> {
  const known = minimums.get(network);
  if (known) return known;
  const own = network.minimumAcr;
  const ranks = new Map(
    ACTIONS.map(action => [
      action,
      acrRank((Object.hasOwn(own, action) ? own[action] : undefined) ?? ACR.code),
    ]),
  );
  minimums.set(network, ranks);
  return ranks;
}
