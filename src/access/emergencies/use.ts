import type { CollectionSpec, Doc } from '#store/index.ts';
import type { Purpose } from '../vocabulary.ts';

/** The purposes that open a record without the patient's word. */
export type EmergencyPurpose = Exclude<Purpose, 'normal'>;

/** What the examination of a use found. Who examined it, and when, stand with it. */
export interface EmergencyReview {
  readonly verdict: 'justified' | 'unjustified';
  readonly by: string;
  readonly atMs: number;
}

/**
 * One use of an emergency access: one person, one record, for a few minutes. Requests that come before its end belong to
 * it and do not prolong it; one that comes after begins another. `id` is that of the decision that began it.
 */
export interface EmergencyUse extends Doc {
  readonly account: string;
  readonly network: string;
  readonly patientKey: string;
  readonly purpose: EmergencyPurpose;
  /** Those of the person's memberships in that network at that moment: what statistics count by. */
  readonly organisations: readonly string[];
  readonly client: string;
  readonly acr?: string;
  readonly startedAtMs: number;
  readonly untilMs: number;
  readonly requests: number;
  readonly lastAtMs: number;
  /** True until another use of the same record by the same person follows. */
  readonly isLatest: boolean;
  /** SECURITY: free texts, which may name somebody: sealed at rest, in no log. Each differing reason once. */
  readonly reasons: readonly string[];
  readonly review?: EmergencyReview;
  /** Of who examined it; sealed for the same reason. */
  readonly words?: string;
  /** Set once the security contact of the network has been written to, or found to be nobody. */
  readonly toldAtMs?: number;
  /** Set once those who examine have been reminded. */
  readonly remindedAtMs?: number;
}

/** Where a use stands for those who examine. `exempt`: nobody has to examine it (centre 15), but anybody who may can. */
export type EmergencyState = 'awaiting' | 'justified' | 'unjustified' | 'exempt';

export function emergencyStateOf({ review, purpose }: EmergencyUse): EmergencyState {
  if (review) return review.verdict;
  return purpose === 'bris_de_glace' ? 'awaiting' : 'exempt';
}

/** The tuple that one use at a time belongs to; ids never contain a line break. */
export const emergencyKeyOf = (
  use: Pick<EmergencyUse, 'account' | 'network' | 'patientKey' | 'purpose'>,
): string => [use.network, use.account, use.patientKey, use.purpose].join('\n');

const INSTANT_DIGITS = 15;
/** Sorts the newest first. */
const falling = (atMs: number) => String(10 ** INSTANT_DIGITS - 1 - atMs).padStart(INSTANT_DIGITS, '0');
const rising = (atMs: number) => String(atMs).padStart(INSTANT_DIGITS, '0');

export const usesSpec: CollectionSpec<EmergencyUse> = {
  name: 'access_emergency_uses',
  version: 1,
  indexes: {
    latest: { key: use => (use.isLatest ? emergencyKeyOf(use) : null), unique: true },
    /** What waits, the oldest first; everything, and what was examined, the newest first. */
    queue: {
      key: use => {
        const state = emergencyStateOf(use);
        const own = state === 'awaiting' ? rising(use.startedAtMs) : falling(use.startedAtMs);
        return [`${use.network}/${state}/${own}`, `${use.network}/all/${falling(use.startedAtMs)}`];
      },
    },
    untold: { key: use => (use.toldAtMs === undefined && use.purpose === 'bris_de_glace' ? 'untold' : null) },
    unreminded: {
      key: use =>
        emergencyStateOf(use) === 'awaiting' && use.remindedAtMs === undefined
          ? rising(use.startedAtMs)
          : null,
    },
  },
  sealed: ['reasons', 'words'],
};
