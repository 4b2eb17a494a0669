/**
 * The image of facts in memory: people and records as packed numbers, filled from the store, emptied by the change log.
 * Answers only what it is sure of; whoever asks goes to the store for the rest. Owns no rule (`rules/packed.ts`).
 */
export { createFactsFeed, type FactsFeed } from './feed.ts';
export { createFactsImage, type FactsImage } from './image.ts';
export { CONSENTED, INFORMED, KIND, KIND_BITS, KIND_MASK } from './pack-record.ts';
export {
  bitOfMembership,
  FIRST_MEMBERSHIP,
  organisationOfMembership,
  profileBit,
  profileOfMembership,
} from './pack-person.ts';
