import { z } from 'zod';

/* What the API answers about imports. An import is its author's alone: nobody else is answered any of this. */

const instant = z.iso.datetime({ offset: true });

const KINDS = ['create', 'attach', 'update', 'nothing', 'homonym', 'refused'] as const;

export const importSchema = z
  .strictObject({
    import: z.string(),
    file: z.string(),
    state: z.enum(['checked', 'running', 'stopped', 'done']),
    stopped_by: z.enum(['rights']).nullable(),
    lines: z.int(),
    /** What the check found. */
    found: z.strictObject(
      Object.fromEntries(KINDS.map(kind => [kind, z.int()])) as Record<(typeof KINDS)[number], z.ZodInt>,
    ),
    ignored_columns: z.array(z.string()),
    /** What became of the lines so far. */
    done: z.int(),
    failed: z.int(),
    left: z.int(),
    mails: z.strictObject({ due: z.int(), sent: z.int(), unreached: z.int() }),
    checked_at: instant,
    started_at: instant.nullable(),
    ended_at: instant.nullable(),
  })
  .meta({ id: 'Import', description: 'Une liste de professionnels, de sa vérification à sa fin.' });

export const importLineSchema = z
  .strictObject({
    line: z.int(),
    kind: z.enum(KINDS),
    state: z.enum(['waiting', 'done', 'failed', 'left']),
    sub: z.string().nullable(),
    errors: z.array(z.strictObject({ column: z.string(), message: z.string() })),
    warnings: z.array(z.string()),
    candidates: z.array(z.strictObject({ sub: z.string(), words: z.string() })),
    choice: z.string().nullable(),
    result: z.string().nullable(),
    code: z.string().nullable(),
  })
  .meta({ id: 'ImportLine', description: 'Une ligne : ce qu’elle ferait, puis ce qu’elle a fait.' });

export const LINE_KINDS = KINDS;
export const IMPORT_COMPONENTS: readonly z.ZodType[] = [importSchema, importLineSchema];
