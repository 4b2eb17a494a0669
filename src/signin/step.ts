import type { Form } from '#http/index.ts';
import type { Method, Person, Sentence } from '#methods/index.ts';
import type { Context } from 'koa';
import type { Interaction } from './interaction.ts';
import type { SigninState, StateChange } from './state.ts';

/** One request of one browser about one interaction. */
export interface Visit {
  readonly ctx: Context;
  readonly interaction: Interaction;
  readonly state: SigninState;
  /** Who is identified so far, by this sign-in or by the running session; `null` before. */
  readonly person: Person;
  /** Means that count for this application now, each with its dated level: what may be offered and accepted. */
  readonly methods: readonly Method[];
  /** Means shown so far: inherited from the running session, then given in this interaction. */
  readonly used: readonly Method[];
  readonly source: string;
}

/** Why a form was not accepted. The step is shown again with it. */
export interface Refusal {
  /** Stable; the sentence is looked up by it (`messages.ts`). */
  readonly code: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly triesLeft?: number;
  /** How long to wait before the same demand is granted. */
  readonly waitSeconds?: number;
  /** What the page says, where the means brings its own words. */
  readonly sentence?: Sentence;
  /** What is wrong with one field, in French, by field name. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
}

export type StepResult =
  | {
      readonly change: StateChange;
      /** Where the browser goes on instead of the next page: a proof is made elsewhere. */
      readonly leaveFor?: string;
    }
  | { readonly refusal: Refusal };

export interface StepPage {
  readonly view: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What stands in the way of this step, said on its page. */
  readonly refusal?: Refusal;
}

/**
 * One page of a sign-in. Steps never know each other nor where they lead: each writes its result and returns
 * to the dispatcher, which asks the list again for the first step that is due.
 */
export interface Step {
  /** `proof` steps come first and earn the level; `duty` steps follow once it is reached. */
  readonly kind: 'proof' | 'duty';
  /** True while this step has something to ask. */
  isDue(visit: Visit): boolean | Promise<boolean>;
  /** True for a form of this step: one of another step (an old tab) changes nothing. */
  owns(visit: Visit, form: Form): boolean | Promise<boolean>;
  /** The page; `form` is what was posted when it is shown again after a refusal. */
  page(visit: Visit, form?: Form): Promise<StepPage>;
  submit(visit: Visit, form: Form): Promise<StepResult>;
  /** Where the browser goes as soon as this step is due because it was chosen, without a page of ours between. */
  departure?(visit: Visit): Promise<string | undefined>;
  /** Judges what came back with the browser from elsewhere: the query string, as it is. */
  arrive?(visit: Visit, query: string): Promise<StateChange>;
}
