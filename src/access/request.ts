import { z } from 'zod';
import { AppError } from '#kernel/index.ts';
import { patientKeySchema } from './records/keys.ts';

/** What an application asks, in the words of AuthZEN 1.0 and of contract §7. Unknown members are ignored, as AuthZEN asks. */
const name = z.string().min(1, 'attendu un texte non vide').max(256, 'attendu 256 caractères au plus');
const optional = <T extends z.ZodType>(schema: T) => schema.optional();

export const requestSchema = z
  .object({
    subject: z.object({ type: name, id: name }),
    action: z.object({ name }),
    resource: z.object({
      type: name,
      id: name,
      properties: optional(
        z.object({ network: optional(name), organisation: optional(name), profile: optional(name) }),
      ),
    }),
    context: optional(
      z.object({
        sid: optional(name),
        acr: optional(name),
        purpose: optional(name),
        reason: optional(z.string().max(2000, 'attendu 2 000 caractères au plus')),
        on_behalf_of: optional(name),
        time: optional(z.iso.datetime({ offset: true })),
      }),
    ),
  })
  .superRefine(({ resource }, problems) => {
    if (resource.type !== 'patient_record') return;
    const key = patientKeySchema.safeParse(resource.id);
    const message = key.error?.issues[0]?.message;
    if (message !== undefined) problems.addIssue({ code: 'custom', path: ['resource', 'id'], message });
  });

export type DecisionRequest = z.output<typeof requestSchema>;

/**
 * Path → sentence. SECURITY: sentences say what was expected and never quote what was sent, which may be a patient.
 */
export function fieldsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(
    error.issues.map(issue => [issue.path.map(String).join('.') || 'body', sentenceOf(issue)] as const),
  );
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'membre inconnu';
  if (issue.code === 'invalid_type') return `attendu : ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_format' && issue.format === 'datetime')
    return 'attendu : un instant ISO 8601 avec décalage horaire';
  if (issue.code === 'invalid_union') return 'attendu : l’une des formes documentées';
  if (issue.code === 'invalid_value') return `attendu : ${issue.values.map(String).join(', ')}`;
  return /^attendu/u.test(issue.message) ? issue.message : 'valeur refusée';
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'un texte',
  object: 'un objet',
  array: 'une liste',
  boolean: 'un booléen',
};

/** `access.malformed_request` (400), naming each wrong field. */
export function malformed(fields: Readonly<Record<string, string>>): AppError {
  return new AppError({
    code: 'access.malformed_request',
    status: 400,
    publicMessage: 'La requête n’a pas la forme attendue.',
    fields,
  });
}

/** Reads `body` by `schema`. Throws `access.malformed_request` (400). */
export function readAs<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const read = schema.safeParse(body);
  if (!read.success) throw malformed(fieldsOf(read.error));
  return read.data;
}
