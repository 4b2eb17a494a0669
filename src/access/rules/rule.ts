import type { NetworkFacts, RcpSessionFacts, RecordFacts } from '../facts/facts.ts';
import type { Purpose, ReasonCode, SentenceCode } from '../vocabulary.ts';

/** What a rule decided. The first rule that decides gives the answer. */
export interface Verdict {
  readonly decision: boolean;
  readonly code: ReasonCode;
  /** Whose sentence the person reads, when it is not that of `code`. */
  readonly sentenceOf?: SentenceCode;
  /** What to ask for at sign-in. */
  readonly acrValues?: readonly string[];
  readonly obligations?: readonly string[];
  /** The permit is for a short while only. */
  readonly isTemporary?: true;
  readonly onBehalfOf?: string;
  /** What the verdict rests on, for the administrator. No patient identity. */
  readonly facts?: Readonly<Record<string, FactValue>>;
}

export type FactValue = string | number | boolean | null | readonly string[];

/** One line of the contract's table: its number there, and what it says of a question. Pure; `undefined`: the next rule speaks. */
export interface Rule<Q> {
  readonly id: string;
  readonly judge: (question: Q) => Verdict | undefined;
}

/** A person at the moment and in the network of the question. */
export interface Person {
  readonly id: string;
  readonly isActive: boolean;
  /** In that network, in force at that moment. */
  readonly memberships: readonly { readonly profile: string; readonly organisation?: string | undefined }[];
}

/** What all resource types ask. */
export interface Question {
  readonly atMs: number;
  readonly subjectType: string;
  /** `null`: no such account. */
  readonly subject: Person | null;
  readonly session: 'none' | 'live' | 'ended';
  /** The level reached; `undefined`: none, or one that nobody knows. */
  readonly acr: string | undefined;
  readonly action: string;
  readonly purpose: string;
  /** `null`: unknown, or not named by anybody. */
  readonly network: NetworkFacts | null;
}

/** `{decision: true}` with its code. */
export const permit = (code: ReasonCode, more: Omit<Verdict, 'decision' | 'code'> = {}): Verdict => ({
  decision: true,
  code,
  ...more,
});

export const deny = (code: ReasonCode, more: Omit<Verdict, 'decision' | 'code'> = {}): Verdict => ({
  decision: false,
  code,
  ...more,
});

/** Whether a profile allows an action (or opens a purpose): what the policy says of patient records. */
export type Allows = (profile: string, actionOrPurpose: string) => boolean;

export interface RecordQuestion extends Question {
  readonly allows: Allows;
  readonly reason: string;
  /** The account on whose behalf the subject acts; `person` is `null` when there is no such account. */
  readonly delegator: {
    readonly id: string;
    readonly person: Person | null;
    readonly hasDelegated: boolean;
  } | null;
  /** `null`: no record is known. */
  readonly record: RecordFacts | null;
  /** Of the network, listing the patient, in their window at that moment. */
  readonly rcpSessions: readonly RcpSessionFacts[];
  /** Who may enter patients in the session that the request names, while it is not over. */
  readonly registrants: readonly string[];
}

export const isEmergency = (purpose: string): purpose is Exclude<Purpose, 'normal'> =>
  purpose === 'bris_de_glace' || purpose === 'centre_15';

/** What a rule decided, and which. */
export interface RuledVerdict {
  readonly rule: string;
  readonly verdict: Verdict;
}

/** The first rule that decides; `undefined`: none of these does. */
export function verdictOf<Q>(rules: readonly Rule<Q>[], question: Q): RuledVerdict | undefined {
  for (const rule of rules) {
    const verdict = rule.judge(question);
    if (verdict) return { rule: rule.id, verdict };
  }
  return undefined;
}

/**
 * The first rule that decides. INVARIANT: a list of rules ends with one that always decides; if none does, that is
 * a fault of ours and the caller denies.
 */
export function firstVerdict<Q>(rules: readonly Rule<Q>[], question: Q): RuledVerdict {
  const decided = verdictOf(rules, question);
  if (decided) return decided;
  throw new TypeError('no rule decided');
}
