import { ACR, acrRank } from '#kernel/index.ts';
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

/** A question that came in while something was packed is still one of now. */
const SLACK_MS = 1000;

/** What an action on a record asks for in one network. */
interface Act {
  /** The bits of the profiles that it is allowed to. */
  readonly mask: number;
  /** The rank of the lowest level of sign-in; 0: reached by nobody. */
  readonly rank: number;
}

/** `rcp_register` hangs on settings and sessions that are not packed. */
interface Acts {
  readonly create: Act;
  readonly read: Act;
  readonly write: Act;
  readonly share: Act;
}

/** A switch compares a few pointers, where a map would hash and search. */
function actOf(acts: Acts, action: string): Act | undefined {
  switch (action) {
    case 'create':
      return acts.create;
    case 'read':
      return acts.read;
    case 'write':
      return acts.write;
    case 'share':
      return acts.share;
    default:
      return undefined;
  }
}

export function createPackedRules(policy: Pick<Policy, 'row'>, image: FactsImage): PackedRules {
  /** The bits of the profiles that an action is allowed to. */
  const maskOf = (action: string): number =>
    PROFILES.reduce(
      (mask, profile) => mask | (policy.row(profile, 'patient_record', action) ? profileBit(profile) : 0),
      0,
    );
  const { people, records } = image;
  /** A network is the same object as long as it stays as it is. */
  const known = new WeakMap<NetworkFacts, Acts>();
  /** Decisions come in runs of one network, and of one level. */
  let lastNetwork: NetworkFacts | undefined;
  let lastActs: Acts | undefined;
  let lastAcr: string | undefined;
  let lastRank = 0;

  function actsIn(network: NetworkFacts): Acts {
    if (network === lastNetwork && lastActs) return lastActs;
    const act = (action: string): Act => ({ mask: maskOf(action), rank: minimumRank(network, action) });
    const acts = known.get(network) ?? {
      create: act('create'),
      read: act('read'),
      write: act('write'),
      share: act('share'),
    };
    known.set(network, acts);
    lastNetwork = network;
    lastActs = acts;
    return acts;
  }

  function rankOf(acr: string | undefined): number {
    if (acr !== lastAcr) {
      lastAcr = acr;
      lastRank = acrRank(acr);
    }
    return lastRank;
  }

  return {
    permit({ atMs, acr, action, subject, resource }, network) {
      const act = actOf(actsIn(network), action);
      if (act === undefined || atMs < image.packedAtMs - SLACK_MS) return undefined;
      const { mask, rank } = act;
      if (mask === 0 || rank === 0 || rankOf(acr) < rank) return undefined;
      // Both at once: memory is what takes the time, and the processor then waits for it once.
      records.locate(network.id, resource.id);
      people.locate(network.id, subject.id);
      if (!people.open() || !records.open()) return undefined;
      if (atMs >= people.untilMs || atMs >= records.untilMs || !holds(mask)) return undefined;
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
    const { words, end } = people;
    for (let index = people.start + FIRST_MEMBERSHIP; index < end; index += 1)
      if ((bitOfMembership(words[index] ?? 0) & mask) !== 0) return true;
    return false;
  }

  /** The same within one organisation; with every bit in `mask`, whether the person belongs to it. */
  function holdsIn(organisation: number, mask: number): boolean {
    const { words, end } = people;
    for (let index = people.start + FIRST_MEMBERSHIP; index < end; index += 1) {
      const word = words[index] ?? 0;
      if (organisationOfMembership(word) !== organisation) continue;
      if (mask === ANY || (bitOfMembership(word) & mask) !== 0) return true;
    }
    return false;
  }

  /** The best ground of the record under the cursor, 0 for none, −1 for an opposition. */
  function groundOf(mask: number, needsConsent: boolean): number {
    const account = people.words[people.start];
    const { words, end } = records;
    let best = 0;
    for (let index = records.start; index < end; index += 1) {
      const word = words[index] ?? 0;
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

/** Rule 5: a minimum that nobody knows is reached by nobody. */
function minimumRank({ minimumAcr }: NetworkFacts, action: string): number {
  return acrRank((Object.hasOwn(minimumAcr, action) ? minimumAcr[action] : undefined) ?? ACR.code);
}
