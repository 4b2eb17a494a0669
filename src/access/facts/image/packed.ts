import type { Interner } from './interner.ts';

/** Facts as numbers: what holds from the instant of packing until `untilMs`, since nothing in between begins or ends. */
export interface Packed {
  /** At most 3 bits. */
  readonly flags: number;
  /** Epoch milliseconds; infinite when nothing is to come. */
  readonly untilMs: number;
  readonly words: readonly number[];
}

export interface Interners {
  readonly accounts: Interner;
  readonly organisations: Interner;
}
