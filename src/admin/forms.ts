import type { Form, Http } from '#http/index.ts';
import { isAppError, type AppError } from '#kernel/index.ts';
import type { Context } from 'koa';
import type { Act } from './acts/act.ts';
import type { Acts, Outcome } from './acts/perform.ts';
import { invalidFields } from './acts/refusals.ts';
import { STEP_UPS, type Clerk } from './desk.ts';
import { IDENTITY_PATH } from './identity-page.ts';

/** A refusal, as a page shows it: the alert, and the sentence of each field. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Where the person makes good what was missing, in another tab: what was typed stays in this one. */
  readonly remedy?: { readonly href: string; readonly label: string };
  /** Field → sentences. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** What a page does after an act: shows the form again, or goes on. */
export interface Continuation<R> {
  /** Renders the page again, with what was typed. */
  readonly again: (refusal: Refusal) => Promise<void>;
  /** The path to go on to; `done` of its query names the sentence that the next page shows. */
  readonly then: (outcome: Outcome<R>) => string;
}

/**
 * Performs an act from a page. A refusal that the person can mend shows the form again with status 4xx, nothing lost;
 * a 404 and a failure of ours go to the error page.
 */
export async function submitAct<I, R>(
  deps: { readonly http: Http; readonly acts: Acts },
  ctx: Context,
  clerk: Clerk,
  asked: {
    readonly act: Act<I, R>;
    readonly input: unknown;
    readonly reason?: string | undefined;
    /** Whoever reads the trail later will ask why: without a reason, the form comes back. */
    readonly needsReason?: boolean;
  },
  next: Continuation<R>,
): Promise<void> {
  const { http, acts } = deps;
  try {
    if (asked.needsReason === true) checkReason(asked.reason);
    const outcome = await acts.perform(clerk.administrator, asked.act, asked.input, {
      via: 'page',
      source: http.source(ctx),
      reason: asked.reason,
    });
    http.redirect(ctx, next.then(outcome));
  } catch (error) {
    if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
    await next.again(toRefusal(error));
    ctx.status = error.status;
  }
}

/** Long enough to explain, short enough for the trail. */
const MAX_REASON = 300;

/** Throws `admin.invalid` (422) for a reason that says nothing, or too much. */
export function checkReason(reason: string | undefined): void {
  if (reason === undefined || reason.trim() === '')
    throw invalidFields({ reason: 'Dites en quelques mots pourquoi : le motif reste dans les traces.' });
  if (reason.length > MAX_REASON)
    throw invalidFields({ reason: `Écrivez ${MAX_REASON} caractères au plus.` });
}

export function toRefusal({ code, publicMessage, hint, errors }: AppError): Refusal {
  const fields: Record<string, string[]> = {};
  const isStepUp = STEP_UPS[code] !== undefined;
  // `national_ids.0` is an error of the field `national_ids`.
  for (const { path, message } of errors ?? []) (fields[path.split('.')[0] ?? ''] ??= []).push(message);
  return {
    code,
    message: publicMessage,
    ...(hint !== undefined && { hint }),
    ...(isStepUp && { hint: STAYS_HERE, remedy: CONFIRM_IDENTITY }),
    fields,
  };
}

const STAYS_HERE =
  'Ce que vous avez écrit reste sur cette page : confirmez votre identité dans un nouvel onglet, puis revenez ici et envoyez de nouveau.';
const CONFIRM_IDENTITY = { href: IDENTITY_PATH, label: 'Confirmer mon identité' };

/** The texts of these fields, as typed; absent ones are left out, so that a schema may see that they are missing. */
export function textsOf<N extends string>(form: Form, names: readonly N[]): Partial<Record<N, string>> {
  const texts: Partial<Record<N, string>> = {};
  for (const name of names) {
    const text = form.get(name).trim();
    if (text !== '') texts[name] = text;
  }
  return texts;
}

/** One value of the query, cut to what anybody types; `undefined` when it is empty or repeated. */
export function queryText(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 200) : undefined;
}

/** The sentence that `?done=` names in `sentences`; `null` for none and for anything else. */
export function doneSentence(ctx: Context, sentences: Readonly<Record<string, string>>): string | null {
  const key = queryText(ctx, 'done') ?? '';
  return Object.hasOwn(sentences, key) ? (sentences[key] ?? null) : null;
}
