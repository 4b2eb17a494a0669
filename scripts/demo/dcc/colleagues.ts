/** Somebody of the DCC's own address book, in whose name others may act. */
export interface Colleague {
  /** The `sub` by which the provider knows them. */
  readonly sub: string;
  readonly name: string;
}

/**
 * The physicians whom a secretary may choose. That they are listed gives no right: the decision point knows who gave
 * a delegation to whom.
 */
export const COLLEAGUES: readonly Colleague[] = [
  { sub: 'acc-claire', name: 'Claire Dupont' },
  { sub: 'acc-karim', name: 'Karim Benali' },
  { sub: 'acc-luc', name: 'Luc Ancien' },
];

/** Those whom this person may choose: everybody else. */
export const colleaguesOf = (sub: string): readonly Colleague[] =>
  COLLEAGUES.filter(colleague => colleague.sub !== sub);
