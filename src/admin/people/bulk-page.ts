import { AppError, isAppError } from '#kernel/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Act } from '../acts/act.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { checkReason, toRefusal, type Refusal } from '../forms.ts';
import { BULK_ACTIONS, MOST_AT_ONCE, type BulkAction } from './bulk-actions.ts';
import type { Choices } from './choices.ts';
import type { PeopleActs } from './index.ts';
import { checkGift } from './membership-acts.ts';
import { membershipInput, membershipTyped, withLastDay, type TypedMembership } from './membership-pages.ts';
import { nameOf } from './seen.ts';

/** What would become, or became, of one person. */
interface Line {
  readonly sub: string;
  /** `null`: nobody whom this administrator sees. */
  readonly name: string | null;
  readonly state: 'done' | 'same' | 'proposed' | 'refused';
  /** Why it is refused. */
  readonly why?: string;
}

interface Asked {
  readonly action: BulkAction;
  readonly subs: readonly string[];
  readonly held: TypedMembership;
  readonly reason: string;
}

/** A form that names every person of a go, and the rest of its fields. */
const BOUNDS = { maxBytes: 64 * 1024, maxValue: 4096, maxFields: MOST_AT_ONCE + 20 };

/**
 * `/admin/people/bulk`: one act on several people: first what would become of each, then the act, then the report. Each
 * person is judged and recorded apart, as if the act were done from their page; a second sending changes nothing more.
 */
export function createBulkPage(
  routes: Router,
  context: AdminContext,
  people: PeopleActs,
  choices: Choices,
): void {
  const { http, desk, directory, acts } = context;
  const actOf: Readonly<Record<string, Act>> = {
    suspend: people.account.suspend,
    reactivate: people.account.reactivate,
    'end-sessions': people.account.endSessions,
    open: people.account.open,
    give: people.membership.give,
  };

  function askedIn(form: Form): Asked {
    const action = BULK_ACTIONS.find(({ value }) => value === form.get('action'));
    if (!action)
      throw new AppError({ code: 'admin.invalid', status: 422, publicMessage: 'Choisissez un acte.' });
    const subs = [...new Set(form.all('sub'))];
    if (subs.length === 0) throw nobodyChosen();
    if (subs.length > MOST_AT_ONCE) throw tooMany();
    return { action, subs, held: membershipTyped(form), reason: form.get('reason').trim() };
  }

  const inputOf = ({ action, held }: Asked, sub: string) => ({
    sub,
    ...(action.takesProfile && membershipInput(held)),
  });

  /** One after the other: an act on many people never slows the sign-ins of others. */
  async function each(
    { authority }: Clerk,
    { subs }: Asked,
    run: (sub: string) => Promise<Line['state']>,
  ): Promise<readonly Line[]> {
    const lines: Line[] = [];
    for (const sub of subs) {
      const person = /^[\w-]{1,128}$/u.test(sub) ? await directory.professionals.get(sub) : null;
      const name = person && authority.reaches('account', 'read', person) ? nameOf(person) : null;
      try {
        lines.push({ sub, name, state: await run(sub) });
      } catch (error) {
        if (!isAppError(error)) throw error;
        lines.push({ sub, name, state: 'refused', why: whyOf(error, name !== null) });
      }
    }
    return lines;
  }

  const preview = (clerk: Clerk, asked: Asked) =>
    each(clerk, asked, async sub => {
      const act = actOf[asked.action.value];
      if (!act) return 'refused';
      const { changes, needsSecondPerson } = await acts.preview(
        clerk.administrator,
        act,
        inputOf(asked, sub),
      );
      if (Object.keys(changes).length === 0) return 'same';
      return needsSecondPerson ? 'proposed' : 'done';
    });

  const perform = (ctx: Context, clerk: Clerk, asked: Asked) =>
    each(clerk, asked, async sub => {
      const act = actOf[asked.action.value];
      if (!act) return 'refused';
      const outcome = await acts.perform(clerk.administrator, act, inputOf(asked, sub), {
        via: 'page',
        source: http.source(ctx),
        ...(asked.reason !== '' && { reason: asked.reason }),
      });
      if (outcome.state === 'proposed') return 'proposed';
      return Object.keys(outcome.changes).length === 0 ? 'same' : 'done';
    });

  async function show(
    ctx: Context,
    { authority }: Clerk,
    asked: Asked,
    more: { readonly lines?: readonly Line[]; readonly isReport?: boolean; readonly refusal?: Refusal },
  ): Promise<void> {
    const { action, subs, held, reason } = asked;
    const { lines = [], isReport = false, refusal } = more;
    await http.render(ctx, 'admin/people-bulk', {
      title: action.label,
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      action,
      subs,
      typed: held,
      reason,
      lines,
      isReport,
      // Without lines there is nothing to confirm: where and what is asked first.
      isReady: lines.length > 0 && !isReport,
      count: (state: Line['state']) => lines.filter(line => line.state === state).length,
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['membership', 'give']),
      profiles: choices.profiles(authority),
    });
  }

  routes.get('/admin/people/bulk', ctx =>
    desk.openFor(ctx, ['account', 'read'], async () => http.redirect(ctx, '/admin/people')),
  );

  routes.post('/admin/people/bulk', ctx =>
    desk.openFor(ctx, ['account', 'read'], async clerk => {
      const form = await http.readForm(ctx, BOUNDS);
      const asked = askedIn(form);
      const { action, held, reason } = asked;
      const isConfirmed = form.get('step') === 'confirm';
      // The first time, where and which profile was not asked yet.
      if (action.takesProfile && !form.has('network')) {
        const profile = 'utilisateur_cancerologie';
        return show(ctx, clerk, { ...asked, held: { ...held, profile } }, {});
      }
      try {
        if (action.takesProfile) await checkGift(directory, membershipInput(held));
      } catch (error) {
        if (!isAppError(error) || error.status >= 500) throw error;
        await show(ctx, clerk, asked, { refusal: withLastDay(toRefusal(error)) });
        ctx.status = error.status;
        return;
      }
      const missing = isConfirmed && action.needsReason ? missingReason(reason) : undefined;
      if (missing || !isConfirmed) {
        await show(ctx, clerk, asked, {
          lines: await preview(clerk, asked),
          ...(missing && { refusal: missing }),
        });
        if (missing) ctx.status = 422;
        return;
      }
      await show(ctx, clerk, asked, { lines: await perform(ctx, clerk, asked), isReport: true });
    }),
  );
}

/** Somebody who is seen is not said to be nobody: what is missing is the right over the whole account. */
function whyOf({ code, publicMessage }: AppError, isSeen: boolean): string {
  return isSeen && code === 'admin.not_found'
    ? 'Cet acte revient à l’administrateur régional.'
    : publicMessage;
}

function missingReason(reason: string): Refusal | undefined {
  try {
    checkReason(reason);
    return undefined;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return toRefusal(error);
  }
}

function nobodyChosen(): AppError {
  return new AppError({
    code: 'admin.nobody_chosen',
    status: 422,
    publicMessage: 'Personne n’est choisi.',
    hint: 'Revenez à la liste et cochez les personnes.',
  });
}

function tooMany(): AppError {
  return new AppError({
    code: 'admin.too_many_chosen',
    status: 422,
    publicMessage: `On agit sur ${MOST_AT_ONCE} personnes au plus à la fois.`,
    hint: 'Revenez à la liste et choisissez-en moins.',
  });
}
