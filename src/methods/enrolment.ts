import type { EnrolledFactor } from './factors.ts';
import type { Person, Sentence } from './method.ts';

/** Somebody, and not nobody: only a person who was identified adds a means. */
export type Holder = NonNullable<Person>;

/** What a page shows to somebody who adds a means. Everything here is a secret of that person: never logged, never mailed. */
export interface EnrolmentOffer {
  /** A QR code as SVG, drawn on our server. */
  readonly picture?: string;
  /** The same key as text, in groups that can be copied by hand. */
  readonly key?: string;
  /** Codes that are noted down. */
  readonly codes?: readonly string[];
  /** JSON that the page's script needs (a passkey). */
  readonly options?: object;
}

/** How a new factor is kept once its first proof was accepted. */
export interface EnrolmentTerms {
  /** As its owner calls it; never empty. */
  readonly name: string;
  /** Epoch seconds before which it proves nothing (the cool-down). */
  readonly countsAt: number;
}

export type EnrolmentVerdict =
  | { readonly ok: true; readonly factor: EnrolledFactor }
  /** `factors.full` when the account has `most` of them; else a code of the means itself. */
  | { readonly ok: false; readonly code: string; readonly sentence?: Sentence };

/** One French sentence about one factor. */
export interface FactorNote {
  readonly text: string;
  /** True when something is to be done. */
  readonly isWarning: boolean;
}

/**
 * The ability of a means to be added by its owner. It makes the secret and judges the first proof of it; who may add
 * one, when it counts, caps on attempts, mails and the trail are those of the caller.
 */
export interface Enrolment {
  /** How many of them one account has at most. */
  readonly most: number;
  /** French, a noun: « Application de codes ». The name that a factor bears until its owner gives another. */
  readonly noun: string;
  /** Icon of the sprite. */
  readonly icon: string;
  /** One French sentence for who chooses among several. */
  readonly about: string;
  /** The form that asks for the first proof: a partial `enrol-<form>`, with a field of the same name. */
  readonly form: string;
  /** What its owner should know of one that they have. */
  noteOf?(factor: EnrolledFactor): FactorNote | null;
  /** False when the person cannot have one now (recovery codes without anything to recover). Absent: everybody can. */
  isOpenTo?(holder: Holder): Promise<boolean>;
  /**
   * The offer of this place (an interaction or a session), made once and found again until it is confirmed or lapses:
   * a page that is loaded twice shows the same. SECURITY: `place` keeps two browsers apart.
   */
  begin(holder: Holder, place: string): Promise<EnrolmentOffer>;
  /** Judges the first proof, once even under a race, and keeps the factor. Throws nothing that is expected. */
  confirm(holder: Holder, place: string, input: string, terms: EnrolmentTerms): Promise<EnrolmentVerdict>;
}
