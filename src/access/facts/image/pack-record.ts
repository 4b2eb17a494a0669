import type { RecordFacts, Target } from '../facts.ts';
import type { Window } from '#directory/index.ts';
import type { Interners, Packed } from './packed.ts';

/** What one word of a packed record says of the account or organisation in its upper bits. */
export const KIND = {
  creator: 0,
  partyAccount: 1,
  partyOrganisation: 2,
  teamAccount: 3,
  teamOrganisation: 4,
  opposedAccount: 5,
  opposedOrganisation: 6,
  opposedEverybody: 7,
} as const;

export const KIND_BITS = 3;
export const KIND_MASK = (1 << KIND_BITS) - 1;

/** The patient was informed, and has consented without having withdrawn. */
export const INFORMED = 1;
export const CONSENTED = 2;

/**
 * Packs what is in force at `nowMs`. What has ended or was withdrawn opens nothing and is left out: the reason of a
 * refusal is told by the rules, from the store.
 */
export function packRecord(record: RecordFacts, interners: Interners, nowMs: number): Packed {
  let untilMs = Number.POSITIVE_INFINITY;
  const words: number[] = [];
  /** Whether an instant has come; if not, the packed record holds no longer than that. */
  const hasCome = (instantMs: number | undefined): boolean => {
    if (instantMs === undefined) return false;
    if (instantMs <= nowMs) return true;
    untilMs = Math.min(untilMs, instantMs);
    return false;
  };
  const holds = ({ fromMs, toMs }: Window): boolean => {
    const hasBegun = fromMs === undefined || hasCome(fromMs);
    return !hasCome(toMs) && hasBegun;
  };
  const add = ({ account, organisation }: Target, accountKind: number, organisationKind: number) => {
    if (account !== undefined) words.push((interners.accounts.intern(account) << KIND_BITS) | accountKind);
    if (organisation !== undefined)
      words.push((interners.organisations.intern(organisation) << KIND_BITS) | organisationKind);
  };
  for (const creator of record.creators) add({ account: creator }, KIND.creator, KIND.creator);
  for (const party of record.parties) {
    const isWithdrawn = hasCome(party.withdrawnAtMs);
    if (holds(party) && !isWithdrawn) add(party, KIND.partyAccount, KIND.partyOrganisation);
  }
  for (const entry of record.careTeam) if (holds(entry)) add(entry, KIND.teamAccount, KIND.teamOrganisation);
  for (const opposition of record.oppositions) {
    if (!holds(opposition)) continue;
    const { account, organisation } = opposition;
    if (account === undefined && organisation === undefined) words.push(KIND.opposedEverybody);
    else add(opposition, KIND.opposedAccount, KIND.opposedOrganisation);
  }
  const isInformed = hasCome(record.informedAtMs);
  const hasConsented = hasCome(record.consentedAtMs);
  const hasWithdrawn = hasCome(record.withdrawnAtMs);
  return {
    flags: (isInformed ? INFORMED : 0) | (hasConsented && !hasWithdrawn ? CONSENTED : 0),
    untilMs,
    words,
  };
}
