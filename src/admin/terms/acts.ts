import type { Terms } from '#accounts/index.ts';
import type { Clock } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { instantField, lineField } from '../people/fields.ts';

/** As long as the region file allows. */
export const MAX_TEXT = 200_000;

const versionField = z
  .string()
  .trim()
  .regex(/^[A-Za-z\d][A-Za-z\d._-]{0,63}$/u, 'Écrivez 1 à 64 lettres, chiffres, points ou tirets.')
  // The address of the page that publishes.
  .refine(version => version !== 'new', 'Choisissez un autre nom de version.');

/** What is asked of who publishes a version of a text. */
export const publicationFields = {
  version: versionField,
  title: lineField(200),
  text: z
    .string()
    .transform(text => text.replace(/\r\n?/gu, '\n').trim())
    .pipe(z.string().min(1, 'Ce champ est nécessaire.').max(MAX_TEXT, 'Ce texte est trop long.')),
  /** Absent: at once. */
  from: instantField.optional(),
};

const publishInput = z.strictObject(publicationFields);

const postponeInput = z.strictObject({ version: z.string(), from: instantField });

type Publication = z.output<typeof publishInput>;

/** The règlement: versions are added, never changed; only the date of one that is still to come moves. */
export interface TermsActs {
  readonly publish: Act<Publication, void>;
  readonly postpone: Act<z.output<typeof postponeInput>, void>;
}

export function createTermsActs(deps: { readonly terms: Terms; readonly clock: Clock }): TermsActs {
  const { terms, clock } = deps;

  /** A minute may pass between a click and its arrival. */
  const LATENESS_MS = 60_000;

  function assertNotPast(fromMs: number): void {
    if (fromMs < clock.nowMs() - LATENESS_MS)
      throw invalidFields({ from: 'Choisissez une date à venir : personne n’a pu accepter ce texte avant.' });
  }

  return {
    publish: {
      name: 'terms.publish',
      type: 'terms',
      action: 'publish',
      title: 'Publier une version du règlement',
      event: defineActEvent('admin.terms.published', 'Version du règlement publiée'),
      schema: publishInput,
      about: ({ version }) => ({ id: version }),
      async plan({ version, title, text, from }, { actor }) {
        if (await terms.get(version))
          throw conflict('admin.terms_version_taken', {
            publicMessage: 'Cette version existe déjà, et son texte ne change jamais.',
            hint: 'Donnez un autre nom à la nouvelle version.',
          });
        const fromMs = from ?? clock.nowMs();
        assertNotPast(fromMs);
        return {
          target: version,
          changes: changesBetween({}, { version, title, text, from: new Date(fromMs).toISOString() }),
          apply: () => terms.put({ version, title, text, fromMs }, actor),
        };
      },
    },

    postpone: {
      name: 'terms.postpone',
      type: 'terms',
      action: 'publish',
      title: 'Changer la date d’entrée en vigueur',
      event: defineActEvent('admin.terms.postponed', 'Date d’entrée en vigueur du règlement changée'),
      schema: postponeInput,
      about: ({ version }) => ({ id: version }),
      async plan({ version, from }, { actor }) {
        const known = await terms.get(version);
        if (!known) throw notFound();
        if (known.fromMs <= clock.nowMs())
          throw conflict('admin.terms_in_force', {
            publicMessage: 'Cette version est déjà en vigueur : sa date ne change plus.',
            hint: 'Publiez une nouvelle version.',
          });
        assertNotPast(from);
        return {
          target: version,
          changes: changesBetween(
            { from: new Date(known.fromMs).toISOString() },
            { from: new Date(from).toISOString() },
          ),
          apply: () => terms.postpone(version, from, actor),
        };
      },
    },
  };
}
