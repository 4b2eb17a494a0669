import { AppError, isAppError } from '#kernel/index.ts';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import type { Acts, Outcome } from '../acts/perform.ts';
import { invalidFields } from '../acts/refusals.ts';
import { lineField } from '../people/fields.ts';
import {
  readPart,
  type AnswerKind,
  type ApiAnswer,
  type ApiRoute,
  type Caller,
  type FileBody,
} from './route.ts';
import { previewSchema, proposedSchema } from './schemas.ts';

interface ActRouteInit<I, R> extends Pick<
  ApiRoute,
  'name' | 'method' | 'path' | 'tag' | 'summary' | 'maxBytes'
> {
  readonly act: Act<I, R>;
  /** The body is a file: the act reads it, in base64, as this field. */
  readonly file?: FileBody & { readonly field: string };
  /** What the act's input needs besides, and callers do not choose. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Whoever reads the trail later will ask why. */
  readonly needsReason?: boolean;
  /** What the caller may not ask by itself, whatever the policy says. Throws `AppError`. */
  readonly check?: (caller: Caller, input: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly answers: Readonly<Record<number, AnswerKind>>;
  /** The thing as it stands, by the names in the address. */
  readonly current?: (caller: Caller, named: Names) => Promise<object>;
  /** What is answered once the act was done. */
  readonly then: (
    caller: Caller,
    done: Extract<Outcome<R>, { state: 'done' }>,
    named: Names,
  ) => Promise<ApiAnswer>;
}

export const reasonField = lineField(300)
  .optional()
  .meta({ description: 'Pourquoi ; conservé dans les traces. / Why; kept in the trail.' });

export const dryRun = z.enum(['true', 'false'], 'Écrivez « true » ou « false ».').optional().meta({
  description: 'Dit ce que l’acte ferait, sans rien écrire. / Tells what would change; writes nothing.',
});

const actQuery = z.strictObject({ dry_run: dryRun });
const reason = reasonField;
/** A removal has no body, a file no members: why it is done stands in the address. */
const reasonQuery = actQuery.extend({ reason });

export const ACT_ANSWERS: Readonly<Record<number, AnswerKind>> = {
  200: {
    schema: previewSchema,
    words: { fr: 'Ce que l’acte ferait (dry_run)', en: 'What the act would do (dry_run)' },
  },
  202: {
    schema: proposedSchema,
    words: { fr: 'Attend une seconde personne', en: 'Awaits a second person' },
  },
};

/** Makes routes that perform acts: validated by the act's own schema, through the one door of administration. */
export function createActRoutes(acts: Acts) {
  return function actRoute<I, R>(init: ActRouteInit<I, R>): ApiRoute {
    const { act, fixed = {}, current, method, file } = init;
    const hasMembers = method !== 'DELETE' && !file;
    const names = namesIn(init.path);
    const shape = shapeOf(act);
    const params = z.strictObject(Object.fromEntries(names.map(name => [name, shape[name] ?? z.string()])));
    const query = hasMembers ? actQuery : reasonQuery;
    const body = hasMembers
      ? bodySchemaOf(shape, [...names, ...Object.keys(fixed)], method === 'PATCH')
      : undefined;

    async function preview({ administrator }: Caller, input: unknown): Promise<ApiAnswer> {
      return previewAnswer(await acts.preview(administrator, act, input));
    }

    async function perform(caller: Caller, input: unknown, why: string | undefined, named: Names) {
      const outcome = await acts.perform(caller.administrator, act, input, {
        via: 'api',
        source: caller.source,
        reason: why,
      });
      if (outcome.state === 'done') return init.then(caller, outcome, named);
      const { proposal } = outcome;
      return { status: 202, body: { proposal }, location: `/proposals/${proposal}` };
    }

    return {
      ...init,
      scope: 'admin:write',
      params,
      query,
      body,
      answers: answersOf(init.answers),
      current: current && (async call => current(call, readPart(params, call.params, 'path.') as Names)),
      async handle(call) {
        const named = readPart(params, call.params, 'path.') as Names;
        const asked = reasonQuery.parse(readPart(query, call.query, 'query.'));
        const why = reason.parse((readPart(body, call.body, '') as { reason?: unknown }).reason);
        // The act reads what was sent, not what was made of it here: both have the same schema.
        const { reason: _why, ...given } = call.body as Readonly<Record<string, unknown>>;
        const own = 'reason' in shape && why !== undefined ? { reason: why } : {};
        const sent = file && call.file.length > 0 ? { [file.field]: call.file.toString('base64') } : {};
        const input = { ...withoutNulls(given, shape), ...own, ...fixed, ...sent, ...named };
        await init.check?.(call, input);
        if (init.needsReason === true && why === undefined && asked.reason === undefined)
          throw invalidFields({ [hasMembers ? 'reason' : 'query.reason']: 'Ce champ est nécessaire.' });
        const answered =
          asked.dry_run === 'true' ? preview(call, input) : perform(call, input, why ?? asked.reason, named);
        return file
          ? answered.catch((error: unknown) => Promise.reject(onBody(error, file.field)))
          : answered;
      },
    };
  };
}

/** What an act would change. */
export function previewAnswer({
  changes,
  needsSecondPerson,
}: Awaited<ReturnType<Acts['preview']>>): ApiAnswer {
  const shown = Object.entries(changes).map(([field, [before, after]]) => [field, { before, after }]);
  return {
    status: 200,
    body: { changes: Object.fromEntries(shown) as object, needs_second_person: needsSecondPerson },
  };
}

/** What is wrong with the field is wrong with the file. */
export function onBody(error: unknown, field: string): unknown {
  if (!isAppError(error) || !error.errors) return error;
  const { code, status, publicMessage, errors } = error;
  const mended = errors.map(each => (each.path === field ? { ...each, path: 'body' } : each));
  return new AppError({ code, status, publicMessage, errors: mended });
}

type Names = Readonly<Record<string, string>>;

/** A dry run answers 200 beside whatever the route answers. */
function answersOf(own: ActRouteInit<unknown, unknown>['answers']): ApiRoute['answers'] {
  const ok = own[200];
  const both = ok?.schema && { 200: { words: ok.words, schema: z.union([ok.schema, previewSchema]) } };
  return { ...ACT_ANSWERS, ...own, ...both };
}

function namesIn(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/gu)].map(([, name = '']) => name);
}

type Shape = Readonly<Record<string, z.ZodType>>;

function shapeOf({ name, schema }: Pick<Act, 'name' | 'schema'>): Shape {
  if (!(schema instanceof z.ZodObject)) throw new TypeError(`the act ${name} takes no object`);
  return schema.shape as Shape;
}

/**
 * SECURITY: what the address names is no member of the body: an id there would be refused as unknown, never believed
 * instead of the other. SPEC: RFC 7396: in a merge patch, `null` takes the value away.
 */
function bodySchemaOf(shape: Shape, elsewhere: readonly string[], isPatch: boolean): z.ZodObject {
  const own = Object.entries(shape).filter(([name]) => !elsewhere.includes(name));
  const fields = own.map(([name, field]) => [
    name,
    isPatch && emptyOf(field) !== undefined ? field.nullable() : field,
  ]);
  return z.strictObject({ reason, ...Object.fromEntries(fields) } as Shape);
}

/** What takes such a value away, in the words of acts: an empty text or list. */
function emptyOf(field: z.ZodType): '' | readonly [] | undefined {
  if (field.safeParse('').success) return '';
  return field.safeParse([]).success ? [] : undefined;
}

function withoutNulls(given: Readonly<Record<string, unknown>>, shape: Shape): object {
  const entries = Object.entries(given).map(([name, value]) => {
    const field = shape[name];
    return [name, value === null && field ? emptyOf(field) : value];
  });
  return Object.fromEntries(entries) as object;
}
