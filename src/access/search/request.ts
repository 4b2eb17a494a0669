import { z } from 'zod';
import { namedResource, requestParts } from '../request.ts';

/** SPEC: AuthZEN 1.0 §8: what is looked for has its type only; an `id` there is ignored. */

const { subject, action, resource, context } = requestParts;

/** A search answers what is open in the ordinary way (contract §7): emergencies are asked one by one. */
const ordinaryContext = context.refine(asked => asked?.purpose === undefined || asked.purpose === 'normal', {
  path: ['purpose'],
  message: 'Attendu : normal, une recherche ne répond pas pour les urgences.',
});

const page = z
  .object({
    token: z.string().max(4096, 'Attendu : 4 096 caractères au plus.').optional(),
    limit: z.int('Attendu : un entier.').min(0, 'Attendu : un entier positif ou nul.').optional(),
  })
  .optional();

export const subjectSearchSchema = z.object({
  subject: subject.omit({ id: true }),
  action,
  resource: namedResource,
  context: ordinaryContext,
  page,
});

export const resourceSearchSchema = z.object({
  subject,
  action,
  resource: resource.omit({ id: true }),
  context: ordinaryContext,
  page,
});

export const actionSearchSchema = z.object({
  subject,
  resource: namedResource,
  context: ordinaryContext,
  page,
});

export type SubjectSearch = z.output<typeof subjectSearchSchema>;
export type ResourceSearch = z.output<typeof resourceSearchSchema>;
export type ActionSearch = z.output<typeof actionSearchSchema>;
