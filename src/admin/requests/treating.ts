import type { Authority, Place } from '#access/index.ts';
import type {
  AccountRequest,
  Actor,
  Errand,
  LifeEvent,
  RequestsOffice,
  StepKind,
  Treatment,
} from '#enrolment/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { z } from 'zod';
import { defineActEvent, type Act, type Changes, type Performer } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';

/** Where a request is treated: in the branch of its establishment, or in the region as a whole. */
export function placeOf({ life: { handler } }: AccountRequest): Place {
  return handler?.kind === 'local' ? { organisation: handler.organisation } : {};
}

/** True for a request that was sent and that this authority may read. SECURITY: a draft is nobody else’s. */
export function maySee(authority: Authority, request: AccountRequest): boolean {
  return request.life.sentAt !== undefined && authority.may('account_request', 'read', placeOf(request));
}

/** What every act on a request names: which one, and the turn of it that was looked at. */
export interface OnRequest {
  readonly request: string;
  readonly turn: number;
}

/** What an act does to a request, besides the event of its life. */
interface Doing {
  /** French words of the history. */
  readonly words?: string | undefined;
  readonly changes: Changes;
  readonly event: LifeEvent;
  readonly errand?: Errand;
  /** What must be durable before the request names it. */
  readonly prepare?: () => Promise<void>;
  readonly also?: (before: AccountRequest) => AccountRequest;
}

export interface Treating {
  /** A request that was sent. Throws `admin.not_found` (404). */
  sent(id: string): Promise<AccountRequest>;
  /** An act on a request, one event of its life: judged where it is treated, done in one compare-and-set. */
  act<I extends OnRequest>(init: {
    readonly name: string;
    readonly title: string;
    readonly past: string;
    readonly kind: (input: I) => StepKind;
    readonly schema: z.ZodType<I>;
    readonly plan: (request: AccountRequest, input: I, by: Performer) => Promise<Doing>;
  }): Act<I, void>;
}

export function createTreating(deps: {
  readonly enrolment: RequestsOffice;
  readonly clock: Clock;
}): Treating {
  const { enrolment, clock } = deps;
  const { requests } = enrolment;

  async function sent(id: string): Promise<AccountRequest> {
    const request = await requests.get(id);
    if (request?.life.sentAt === undefined) throw notFound();
    return request;
  }

  return {
    sent,
    act: ({ name, title, past, kind, schema, plan }) => ({
      name: `account_request.${name}`,
      type: 'account_request',
      action: 'decide',
      title,
      event: defineActEvent(`admin.account_request.${name}`, past),
      schema,
      about: ({ request }) => ({ id: request }),
      resolve: async ({ request }) => placeOf(await sent(request)),
      async plan(input, by) {
        const request = await sent(input.request);
        const actor: Actor = { kind: 'administrator', sub: by.actor };
        const { words, changes, event, errand, prepare, also = same } = await plan(request, input, by);
        requests.check(request, actor, event);
        const step = {
          kind: kind(input),
          at: clock.now(),
          by: by.actor,
          ...(words !== undefined && { words }),
        };
        return {
          target: request.id,
          changes,
          async apply() {
            await prepare?.();
            await requests.act(
              request.id,
              actor,
              () => event,
              before => ({ ...withStep(also(before), step), ...(errand && { errand }) }),
            );
          },
        };
      },
    }),
  };
}

const same = (request: AccountRequest) => request;

/** More than anybody reads of one request; the first stays, for it says how it began. */
const MOST_STEPS = 200;

export function withStep(request: AccountRequest, step: Treatment['steps'][number]): AccountRequest {
  const { steps = [], ...rest } = request.treatment ?? {};
  const kept = steps.length < MOST_STEPS ? steps : [...steps.slice(0, 1), ...steps.slice(2)];
  return { ...request, treatment: { ...rest, steps: [...kept, step] } };
}
