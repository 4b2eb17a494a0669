import { z } from 'zod';
import { wrongResourceId } from './records/keys.ts';

/** What an application asks, in the words of AuthZEN 1.0 and of contract §7. Unknown members are ignored, as AuthZEN asks. */
const name = z.string().min(1, 'Attendu : un texte non vide.').max(256, 'Attendu : 256 caractères au plus.');
const optional = <T extends z.ZodType>(schema: T) => schema.optional();

/** The four parts of a request, as they are written; a search leaves some of them open. */
export const requestParts = {
  subject: z.object({ type: name, id: name }),
  action: z.object({ name }),
  resource: z.object({
    type: name,
    id: name,
    properties: optional(
      z.object({
        network: optional(name),
        organisation: optional(name),
        profile: optional(name),
        rcp: optional(name),
      }),
    ),
  }),
  context: optional(
    z.object({
      sid: optional(name),
      acr: optional(name),
      purpose: optional(name),
      reason: optional(z.string().max(2000, 'Attendu : 2 000 caractères au plus.')),
      on_behalf_of: optional(name),
      time: optional(z.iso.datetime({ offset: true })),
    }),
  ),
};

/** SECURITY: names of resources go to the trail: an INS there would name a patient to whoever reads it. */
export const namedResource = requestParts.resource.superRefine(({ type, id }, problems) => {
  const message = wrongResourceId(type, id);
  if (message !== undefined) problems.addIssue({ code: 'custom', path: ['id'], message });
});

export const requestSchema = z.object({ ...requestParts, resource: namedResource });

export type DecisionRequest = z.output<typeof requestSchema>;
