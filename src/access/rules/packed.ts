import { ACR, acrRank } from '#kernel/index.ts';
import type { Policy } from '../engine/index.ts';
import {
  CONSENTED,
  INFORMED,
  KIND,
  KIND_BITS,
  KIND_MASK,
  profileBit,
  type FactsImage,
  type Rights,
} from '../facts/image/index.ts';
import type { NetworkFacts } from '../facts/facts.ts';
import { PROFILES, type ReasonCode } from '../vocabulary.ts';

/**
 * SPEC: contract §7, rules 1 to 8 and 12 to 15 once more, over packed facts, for the usual question: somebody asks for
 * themself, at present, in no emergency. It says permits only, each by the ground that rules 14 and 15 name;
 * everything else it leaves to the rules over the store, which also word the refusals. So a fault here could only
 * permit, and that is what the comparisons look for (`spot-check.ts`, `npm run differential`).
 */
export interface PackedRules {
  /** The code of the permit, or `undefined`: ask the rules. No allocation. */
  permit(question: PackedQuestion): PermitCode | undefined;
}

export interface PackedQuestion {
  /** Not in the past: the image is of now. */
  readonly atMs: number;
  readonly account: string;
  readonly acr: string | undefined;
  readonly action: string;
  readonly network: NetworkFacts;
  readonly patientKey: string;
}

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
  const { records } = image;

  return {
    permit({ atMs, account, acr, action, network, patientKey }) {
      const mask = allowed.get(action) ?? 0;
      if (mask === 0 || atMs < image.packedAtMs - SLACK_MS) return undefined;
      const required = requiredRank(network, action);
      if (required === 0 || acrRank(acr) < required) return undefined;
      const person = image.person(account);
      const rights = person?.networks.get(network.id);
      if (!person || !rights || atMs >= rights.untilMs || (rights.mask & mask) === 0) return undefined;
      if (!records.find(network.id, patientKey) || atMs >= records.untilMs) return undefined;
      const { flags } = records;
      if ((flags & INFORMED) === 0) return undefined;
      const needsConsent = network.regime === 'consentement';
      if (needsConsent && (flags & CONSENTED) === 0) return undefined;
      const ground = groundOf(person.number, rights, mask, needsConsent);
      if (ground < 0) return undefined;
      return action === 'create' ? 'permitted_create' : GROUNDS[ground];
    },
  };

  /** The best ground of the record under the cursor, 0 for none, −1 for an opposition. */
  function groundOf(account: number, rights: Rights, mask: number, needsConsent: boolean): number {
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
          if (rights.organisations.includes(named)) return -1;
          break;
        case KIND.creator:
          if (named === account) ground = CREATOR;
          break;
        case KIND.partyAccount:
          if (named === account) ground = PARTY;
          break;
        case KIND.partyOrganisation:
          if (holdsIn(rights, named, mask)) ground = ORGANISATION;
          break;
        case KIND.teamAccount:
          if (!needsConsent && named === account) ground = TEAM;
          break;
        case KIND.teamOrganisation:
          if (!needsConsent && holdsIn(rights, named, mask)) ground = TEAM;
          break;
      }
      if (ground > best) best = ground;
    }
    return best;
  }
}

/** Whether a profile held in that organisation is among those of `mask`. */
function holdsIn({ organisations, organisationMasks }: Rights, organisation: number, mask: number): boolean {
  const index = organisations.indexOf(organisation);
  return index >= 0 && ((organisationMasks[index] ?? 0) & mask) !== 0;
}

/** Ranks of a network's minimum levels: the same object as long as the network stays as it is. */
const ranks = new WeakMap<NetworkFacts, Map<string, number>>();

function requiredRank(network: NetworkFacts, action: string): number {
  let known = ranks.get(network);
  if (!known) ranks.set(network, (known = new Map<string, number>()));
  let rank = known.get(action);
  if (rank === undefined) {
    const own = Object.hasOwn(network.minimumAcr, action) ? network.minimumAcr[action] : undefined;
    rank = acrRank(own ?? ACR.code);
    known.set(action, rank);
  }
  return rank;
}
