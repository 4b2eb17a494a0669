import { z } from 'zod';
import type { Caller } from '../caller.ts';
import type { Decider } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { FieldError } from '#kernel/index.ts';
import { fieldErrors, malformed, readAs } from '../malformed.ts';
import { requestSchema } from '../request.ts';

/** SPEC: AuthZEN 1.0 §7.1: several questions in one request, with defaults and three ways to end. */
const MOST_ITEMS = 1000;

/** Decisions under way at once: they share the fsync of their traces. */
const AT_ONCE = 64;

const part = z.looseObject({}).optional();

const envelopeSchema = z.looseObject({
  subject: part,
  action: part,
  resource: part,
  context: part,
  evaluations: z
    .array(z.unknown())
    .max(MOST_ITEMS, `Attendu : ${MOST_ITEMS} évaluations au plus.`)
    .optional(),
  options: z
    .looseObject({
      evaluations_semantic: z
        .enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
        .default('execute_all'),
    })
    .optional(),
});

/** What a malformed item gets: a refusal that is no decision, and leaves no trace. */
interface ItemError {
  readonly decision: false;
  readonly context: {
    readonly error: {
      readonly status: 400;
      readonly code: 'access.malformed_request';
      readonly message: string;
      readonly errors: readonly FieldError[];
    };
  };
}

type Answer = Decision | ItemError;

export interface Evaluations {
  readonly evaluations: readonly Answer[];
}

/**
 * Answers an `evaluations` body; without items it is one single evaluation (AuthZEN 1.0 §7.1). Throws
 * `access.malformed_request` (400) for a malformed envelope, and 503 as `Decider.decide`.
 */
export async function evaluateAll(
  body: unknown,
  caller: Caller,
  decider: Decider,
): Promise<Decision | Evaluations> {
  if (typeof body !== 'object' || body === null) throw malformed('body', 'wrong_type', 'Attendu : un objet.');
  const { evaluations = [], options, ...defaults } = readAs(envelopeSchema, body);
  if (evaluations.length === 0) return decider.decide(readAs(requestSchema, body), caller);
  const answer = async (item: unknown): Promise<Answer> => {
    const merged =
      typeof item === 'object' && item !== null && !Array.isArray(item) ? { ...defaults, ...item } : item;
    const read = requestSchema.safeParse(merged);
    if (read.success) return decider.decide(read.data, caller);
    const error = {
      status: 400,
      code: 'access.malformed_request',
      message: 'Cette évaluation n’a pas la forme attendue.',
      errors: fieldErrors(read.error, merged),
    } as const;
    return { decision: false, context: { error } };
  };
  const semantic = options?.evaluations_semantic ?? 'execute_all';
  if (semantic === 'execute_all') return { evaluations: await inGroups(evaluations, answer) };
  const last = semantic === 'permit_on_first_permit';
  const answers: Answer[] = [];
  for (const item of evaluations) {
    const given = await answer(item);
    answers.push(given);
    if (given.decision === last) break;
  }
  return { evaluations: answers };
}

async function inGroups(
  items: readonly unknown[],
  answer: (item: unknown) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE)
    answers.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(answer))));
  return answers;
}
