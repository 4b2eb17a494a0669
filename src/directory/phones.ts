import type { Professional } from './types.ts';

/**
 * True while nobody has shown that this person is reached by the number: it was written by somebody else, who did not
 * vouch for it. A number without that mark came with the word of whoever wrote it, or was proven by a code.
 */
export function hasUnprovenPhone({ phone, unprovenPhone }: Professional): boolean {
  return phone !== undefined && unprovenPhone?.number === phone;
}

/** The person with that number proven; as they were when they have another one by now. Pure. */
export function withProvenPhone(person: Professional, number: string): Professional {
  if (person.phone !== number) return person;
  const { unprovenPhone: _proven, ...rest } = person;
  return rest;
}
