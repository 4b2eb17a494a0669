import type { Administrator } from '#access/index.ts';

/** What happened to a request while it was treated; each kind has its words on the page. */
export type StepKind =
  | 'note'
  | 'form_added'
  | 'asked'
  | 'corrected'
  | 'transferred'
  | 'reminded'
  | 'escalated'
  | 'part_agreed'
  | 'part_refused'
  | 'proposed'
  | 'accepted'
  | 'refused'
  | 'given_back'
  | 'opened';

/** One line of the history of a request: who did what, and in which words. For administrators only. */
export interface TreatmentStep {
  readonly kind: StepKind;
  /** Epoch seconds. */
  readonly at: number;
  /** A `sub`, `client:<id>`, or `service`. */
  readonly by: string;
  readonly words?: string;
}

/** A profile that a decision gives, as it was typed: it is read and judged again when it is given. */
export interface Grant {
  readonly network: string;
  readonly organisation?: string | undefined;
  readonly profile: string;
  /** ISO 8601 with offset. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What was decided: whom the profiles go to, and which. */
export interface Decision {
  /** The existing account that the profiles are added to; absent: somebody new. */
  readonly known?: string | undefined;
  /** Of somebody new; made from the names when absent. */
  readonly login?: string | undefined;
  /** The organisation whose administrators look after somebody new. */
  readonly branch?: string | undefined;
  readonly grants: readonly Grant[];
  /** In whose name the account is opened; with two administrators, the second. */
  readonly decider: Administrator;
}

/** What administrators have done with a request. Stands sealed with it, and is never shown to the person. */
export interface Treatment {
  readonly steps: readonly TreatmentStep[];
  readonly decision?: Decision;
  /** Epoch seconds: when the login was sent, and the link or password follows. */
  readonly announcedAt?: number;
}

/** What the service has still to do for a request after an act: a mail, or the opening of the account. */
export type Errand = 'question' | 'refusal' | 'transfer' | 'opening';
