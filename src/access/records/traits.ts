import { z } from 'zod';
import { fold } from '#kernel/index.ts';

/** The strict traits of the national identity vigilance rules (RNIV), for a patient without a qualified INS. */
const text = z.string().trim().min(1).max(200);

export const traitsSchema = z.strictObject({
  birth_family_name: text,
  birth_given_name: text,
  birth_date: z.iso.date(),
  /** An INSEE code (5 characters) or a name. */
  birth_place: text,
  sex: z.enum(['M', 'F', 'I', 'm', 'f', 'i']),
});

export type Traits = z.output<typeof traitsSchema>;

/** One same text for one same person, however it was typed: case, accents, hyphens, apostrophes and spaces do not count. */
export function canonicalTraits(traits: Traits): string {
  const name = (value: string) => fold(value.replace(/[^\p{L}\p{N}]+/gu, ' '));
  return JSON.stringify([
    name(traits.birth_family_name),
    name(traits.birth_given_name),
    traits.birth_date,
    name(traits.birth_place),
    traits.sex.toUpperCase(),
  ]);
}
