import { patientKeyReader } from '#access/index.ts';
import { z } from 'zod';
import { readInput } from '../acts/refusals.ts';

const key = patientKeyReader({
  form: 'Indiquez une clé de dossier : lettres, chiffres, « _ » et « - ».',
  ins: 'Indiquez la clé du dossier, pas l’INS du patient.',
});

/** The opaque key of a patient. Throws `admin.invalid` (422). SECURITY: an INS in its place goes no further, nor into the trail. */
export function readRecordKey(text: string): string {
  return readInput(z.object({ record: key }), { record: text }).record;
}

/** True for what may stand in the trail as an identifier: no INS, no name. */
export function isKey(text: string): boolean {
  return key.safeParse(text).success;
}
