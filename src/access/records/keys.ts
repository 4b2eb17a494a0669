import { z } from 'zod';
import { insKey } from '#kernel/index.ts';

const KEY = /^[A-Za-z0-9_-]{1,128}$/u;

/** An INS or a NIR (with or without its two-digit key, however it is spaced) that somebody sends where the opaque key belongs. */
function looksLikeIns(text: string): boolean {
  const compact = text.replaceAll(/[\s._-]/gu, '').toUpperCase();
  const key = insKey(compact.slice(0, 13));
  return key !== null && (compact.length === 13 || compact.slice(13) === key);
}

/** The name of a resource that is no patient: free, but for the identity of one. */
export const notAnIns = z
  .string()
  .refine(text => !looksLikeIns(text), 'Attendu : un identifiant, pas un INS.');

/**
 * The opaque key of a patient, with the sentences of its reader. SECURITY: a valid INS in its place is refused, so
 * that an integrator's mistake never reaches the store, the logs or the audit.
 */
export const patientKeyReader = (sentences: { readonly form: string; readonly ins: string }) =>
  z
    .string()
    .regex(KEY, sentences.form)
    .refine(text => !looksLikeIns(text), sentences.ins);

export const patientKeySchema = patientKeyReader({
  form: 'Attendu : une clé de patient : 1 à 128 caractères parmi A-Z, a-z, 0-9, _ et -.',
  ins: 'Attendu : une clé de patient, pas un INS.',
});

/**
 * A word of a request as the log may keep it. SECURITY: callers may put anything into a subject or an action: what
 * does not look like an identifier, or looks like an INS, is not written.
 */
export function traceable(word: string): string {
  return /^[A-Za-z0-9_.:-]{1,128}$/u.test(word) && !looksLikeIns(word) ? word : '(illisible)';
}
