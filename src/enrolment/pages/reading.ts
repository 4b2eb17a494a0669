import { fold, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { EnrolmentContext } from '../context.ts';
import { identityRead } from '../events.ts';
import { isBeingWritten } from '../life.ts';
import type { WaitingReading } from '../readers.ts';
import type { AccountRequest, Proven } from '../request.ts';
import { waitsForTheirWord, type Answers } from '../steps.ts';

const STEP = '/request/number';

/**
 * Reading a card, or Pro Santé Connect, in the step « Identification »: the browser leaves from there and comes back there,
 * into the same draft, with all that was typed. Resolves to what sends it there.
 */
export function createReadingPages(routes: Router, context: EnrolmentContext) {
  const { http, browsers, requests, readers, audit } = context;

  async function keep({ id }: AccountRequest, reading: WaitingReading): Promise<void> {
    await requests.save(id, request => ({ ...request, reading }));
  }

  async function leave(ctx: Context, request: AccountRequest, method: string): Promise<void> {
    const departure = await readers.leave(method, http.source(ctx)).catch((error: unknown) => {
      if (!isAppError(error) || error.status !== 503) throw error;
      return { method, place: '', address: STEP, refusal: error.code };
    });
    if (!departure) return http.redirect(ctx, STEP);
    const { address, ...reading } = departure;
    // ORDER: what is waited for is kept before the browser leaves.
    await keep(request, reading);
    return http.redirect(ctx, address);
  }

  async function attach(ctx: Context, request: AccountRequest, proven: Proven): Promise<void> {
    if (!isNamedOtherwise(request, proven)) {
      await requests.save(request.id, ({ reading: _done, ...before }) => ({ ...before, proven }));
    } else if (request.askedBy) {
      return keep(request, { method: proven.method, place: '', refusal: 'enrolment.another_person' });
    } else {
      browsers.keep(ctx, await requests.begin(request.answers.terms, proven, placesOf(request)));
    }
    await audit.record(identityRead, {
      source: http.source(ctx),
      outcome: 'success',
      data: { request: request.id, method: proven.method },
    });
  }

  async function judge(ctx: Context, request: AccountRequest, waiting: WaitingReading): Promise<void> {
    const { method, place } = waiting;
    try {
      const reading = await readers.read(waiting, ctx.querystring, http.source(ctx));
      if (reading.kind === 'read') return await attach(ctx, request, { ...reading.identity, method });
      const refusal = reading.kind === 'known' ? 'enrolment.known_person' : reading.code;
      await keep(request, { method, place, refusal });
    } catch (error) {
      if (!isAppError(error) || error.status !== 503) throw error;
      await keep(request, { method, place, refusal: error.code });
    }
  }

  // SECURITY: what came back counts only in the browser of the draft that waits for it, and once.
  routes.get('/request/arrival', async ctx => {
    const request = await browsers.find(ctx);
    const isWaiting = request && isBeingWritten(request.life) && !waitsForTheirWord(request);
    if (!isWaiting || !request.reading || request.proven) return http.redirect(ctx, '/request');
    await judge(ctx, request, request.reading);
    // Also takes what came back out of the address bar.
    return http.redirect(ctx, STEP);
  });

  return { leave };
}

/**
 * What a draft that was under way in this browser gives to the one under a proven name. SECURITY: a draft of its own, with
 * no address, no telephone and no link of before: on a shared workstation that draft may be somebody else's, who would
 * then read the mail of the account.
 */
export function placesOf({ answers: { address, workplace, interests } }: AccountRequest): Partial<Answers> {
  return { ...(address && { address }), ...(workplace && { workplace }), ...(interests && { interests }) };
}

/** The draft bears another name than the proof: neither the family name nor the given one agree. */
function isNamedOtherwise({ answers: { name } }: AccountRequest, proven: Proven): boolean {
  if (!name) return false;
  return fold(name.familyName) !== fold(proven.familyName) && fold(name.givenName) !== fold(proven.givenName);
}
