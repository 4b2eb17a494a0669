import { isLogin } from '#accounts/index.ts';
import { checkPersonId } from '#kernel/index.ts';
import { z } from 'zod';

/*
 * What is typed about people, wherever it comes from: a page, a file, the API, SCIM. Sentences are French: whoever
 * typed reads them.
 */

export const idField = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/u, 'Cet élément n’existe pas.');

export function lineField(max: number) {
  return z
    .string()
    .trim()
    .min(1, 'Ce champ est nécessaire.')
    .max(max, `Écrivez ${max} caractères au plus.`)
    .regex(/^[^\p{Cc}]*$/u, 'Écrivez sur une seule ligne.');
}

export const emailField = z
  .string()
  .trim()
  .pipe(z.email('Cette adresse électronique n’est pas valable.').max(254, 'Cette adresse est trop longue.'));

/** International form; a French number may be typed as it is dialled. */
export const phoneField = z
  .string()
  .transform(text => text.replace(/[\s.()-]/gu, '').replace(/^0(?=[1-9]\d{8}$)/u, '+33'))
  .pipe(z.string().regex(/^\+\d{6,15}$/u, 'Écrivez un numéro tel que 06 12 34 56 78 ou +33 6 12 34 56 78.'));

/** A national identifier with its prefix; a bare RPPS number (11 digits) is taken for what it is. */
export const nationalIdField = z.string().transform((text, context) => {
  const typed = text.replace(/\s/gu, '');
  const checked = checkPersonId(/^\d{11}$/u.test(typed) ? `8${typed}` : typed);
  if (checked.ok) return checked.id.value;
  const message =
    checked.problem === 'checksum'
      ? 'Le dernier chiffre ne correspond pas : vérifiez le numéro RPPS.'
      : 'Écrivez un numéro RPPS de 11 chiffres, ou un identifiant national avec son préfixe.';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** An instant (ISO 8601 with offset), read as epoch milliseconds. */
export const instantField = z.iso
  .datetime({ offset: true, error: 'Écrivez une date et une heure valables.' })
  .transform(text => Date.parse(text));

export const loginField = z
  .string()
  .trim()
  .refine(isLogin, 'Un identifiant a de 1 à 64 lettres, chiffres, points ou tirets.');

/** Who somebody is. */
export const identityFields = {
  given_name: lineField(100),
  family_name: lineField(100),
  civility: z.enum(['M', 'MME'], 'Choisissez une civilité de la liste.').optional(),
  profession: lineField(10).optional(),
  specialties: z.array(lineField(10)).max(50, '50 savoir-faire au plus.').default([]),
  email: emailField.optional(),
  phone: phoneField.optional(),
  /** True for a number that whoever writes it vouches for; else its owner is asked for a code at a sign-in. */
  phone_verified: z.boolean().optional(),
  national_ids: z.array(nationalIdField).max(20, '20 identifiants au plus.').default([]),
};

/** A profile in a network, within an organisation, for a time. */
export const membershipFields = {
  network: idField,
  organisation: idField.optional(),
  profile: idField,
  from: instantField.optional(),
  to: instantField.optional(),
};
