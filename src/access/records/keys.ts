import { z } from 'zod';
import { insKey } from '#kernel/index.ts';

const KEY = /^[A-Za-z0-9_-]{1,128}$/u;

const SENTENCES = {
  form: 'Attendu : une clé de patient : 1 à 128 caractères parmi A-Z, a-z, 0-9, _ et -.',
  ins: 'Attendu : une clé de patient, pas un INS.',
};

const INS_DIGITS = 13;
const KEY_DIGITS = 2;

/** An INS or a NIR (with or without its two-digit key, however it is spaced) that somebody sends where the opaque key belongs. */
function looksLikeIns(text: string): boolean {
  if (text.length < INS_DIGITS) return false;
  const compact = text.replaceAll(/[\s._-]/gu, '').toUpperCase();
  if (compact.length !== INS_DIGITS && compact.length !== INS_DIGITS + KEY_DIGITS) return false;
  const key = insKey(compact.slice(0, INS_DIGITS));
  return key !== null && (compact.length === INS_DIGITS || compact.slice(INS_DIGITS) === key);
}

const WITHIN_A_TEXT = /(?<!\d)[1-8](?:[\s._-]?[\dAB]){14}(?!\d)/giu;

/** Whether an INS with its right key stands somewhere in what people write. Without its key it is a number like others. */
export const holdsIns = (text: string): boolean =>
  [...text.matchAll(WITHIN_A_TEXT)].some(([found]) => looksLikeIns(found));

/**
 * The version of a notice as applications and files name it. SECURITY: it stands in the audit log as it is, so an INS is
 * refused.
 */
export const noticeReader = (sentences: { readonly form: string; readonly ins: string }) =>
  z
    .string()
    .regex(/^[^\p{Cc}]{1,128}$/u, sentences.form)
    .refine(text => !holdsIns(text), sentences.ins);

/** What is wrong with the name of a resource of that type, in words; `undefined`: nothing. A resource that is no patient has any name but the identity of one. */
export function wrongResourceId(type: string, id: string): string | undefined {
  if (type !== 'patient_record')
    return looksLikeIns(id) ? 'Attendu : un identifiant, pas un INS.' : undefined;
  if (!KEY.test(id)) return SENTENCES.form;
  return looksLikeIns(id) ? SENTENCES.ins : undefined;
}

/**
 * The opaque key of a patient, with the sentences of its reader. SECURITY: a valid INS in its place is refused, so
 * that an integrator's mistake never reaches the store, the logs or the audit.
 */
export const patientKeyReader = (sentences: { readonly form: string; readonly ins: string }) =>
  z
    .string()
    .regex(KEY, sentences.form)
    .refine(text => !looksLikeIns(text), sentences.ins);

export const patientKeySchema = patientKeyReader(SENTENCES);

/**
 * A word of a request as the log may keep it. SECURITY: callers may put anything into a subject or an action: what
 * does not look like an identifier, or looks like an INS, is not written.
 */
export function traceable(word: string): string {
  return /^[A-Za-z0-9_.:-]{1,128}$/u.test(word) && !looksLikeIns(word) ? word : '(illisible)';
}
