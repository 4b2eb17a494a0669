import type { EmergencyRegister } from '#access/index.ts';
import { AppError } from '#kernel/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act } from '../acts/act.ts';
import { conflict, notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';

/** What was found, in the words of the pages and of the trail. */
export const VERDICTS = {
  justified: 'Justifié',
  unjustified: 'Non justifié',
} as const;

export type Verdict = keyof typeof VERDICTS;

const SHORTEST_WORDS = 10;
const LONGEST_WORDS = 1000;

const input = z.strictObject({
  use: idField,
  /** SECURITY: they may name somebody: kept sealed with the use, never in the trail. */
  words: z
    .string()
    .trim()
    .min(SHORTEST_WORDS, 'Dites en quelques mots ce qui fonde cet avis.')
    .max(LONGEST_WORDS, 'Écrivez 1 000 caractères au plus.'),
});

type ExamineAct = Act<z.output<typeof input>, void>;

export type EmergencyActs = Readonly<Record<Verdict, ExamineAct>>;

/** The examination of one use, once: two acts, so that the trail tells one finding from the other by its kind. */
export function createEmergencyActs({
  emergencies,
}: {
  readonly emergencies: EmergencyRegister;
}): EmergencyActs {
  const examine = (verdict: Verdict, name: string, title: string, told: string): ExamineAct => ({
    name,
    type: 'emergency',
    action: 'review',
    title,
    event: defineActEvent(`admin.emergency.${verdict}`, told),
    schema: input,
    about: ({ use }) => ({ id: use }),
    async resolve({ use }) {
      const found = await emergencies.get(use);
      if (!found) throw notFound();
      return { network: found.network };
    },
    async plan({ use: id, words }, { actor }) {
      const use = await emergencies.get(id);
      if (!use) throw notFound();
      if (use.account === actor) throw ownUse();
      if (use.review) throw alreadyExamined();
      return {
        account: use.account,
        target: id,
        changes: { review: [null, VERDICTS[verdict]] },
        apply: async () => void (await emergencies.review(id, { verdict, by: actor, words })),
      };
    },
  });
  return {
    justified: examine(
      'justified',
      'emergency.justify',
      'Juger l’accès justifié',
      'Accès d’urgence examiné : justifié',
    ),
    unjustified: examine(
      'unjustified',
      'emergency.reject',
      'Juger l’accès non justifié',
      'Accès d’urgence examiné : non justifié',
    ),
  };
}

function ownUse(): AppError {
  return new AppError({
    code: 'admin.own_emergency',
    status: 403,
    publicMessage: 'On n’examine pas ses propres accès : un autre administrateur le fera.',
  });
}

function alreadyExamined(): AppError {
  return conflict('admin.emergency_examined', {
    publicMessage: 'Cet accès a déjà été examiné.',
    hint: 'Son avis est enregistré et ne change plus.',
  });
}
