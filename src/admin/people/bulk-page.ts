import { AppError, isAppError, randomId } from '#kernel/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { asConfirmed } from '../acts/fresh.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { checkReason, toRefusal, type Refusal } from '../forms.ts';
import { BULK_ACTIONS, MOST_AT_ONCE, type BulkAction } from './bulk-actions.ts';
import { createBulkRunPages } from './bulk-run-pages.ts';
import { whyOf, type BulkRunner } from './bulk-runner.ts';
import type { BulkLine, BulkRuns } from './bulk-runs.ts';
import type { Choices } from './choices.ts';
import { checkGift } from './membership-acts.ts';
import { membershipInput, membershipTyped, withLastDay, type TypedMembership } from './membership-pages.ts';
import { nameOf } from './seen.ts';

/** What would become of one person. */
interface Line extends BulkLine {
  /** `null`: nobody whom this administrator sees. */
  readonly name: string | null;
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
 * `/admin/people/bulk`: one act on several people: first what would become of each, then the act, which the runner
 * does. A form sent twice is one order.
 */
export function createBulkPage(
  routes: Router,
  context: AdminContext,
  {
    choices,
    runs,
    runner,
  }: { readonly choices: Choices; readonly runs: BulkRuns; readonly runner: BulkRunner },
): void {
  const { http, desk, directory, acts, clock } = context;
  const { begin } = createBulkRunPages(routes, context, { runs, runner });

  function askedIn(form: Form): Asked {
    const action = BULK_ACTIONS.find(({ value }) => value === form.get('action'));
    if (!action)
      throw new AppError({ code: 'admin.invalid', status: 422, publicMessage: 'Choisissez un acte.' });
    const subs = [...new Set(form.all('sub'))];
    if (subs.length === 0) throw nobodyChosen();
    if (subs.length > MOST_AT_ONCE) throw tooMany();
    return { action, subs, held: membershipTyped(form), reason: form.get('reason').trim() };
  }

  const heldOf = ({ action, held }: Asked) => (action.takesProfile ? membershipInput(held) : {});

  async function preview({ authority, administrator }: Clerk, asked: Asked): Promise<readonly Line[]> {
    const held = heldOf(asked);
    const act = runner.actOf(asked.action.value);
    const stateOf = async (sub: string): Promise<Line['state']> => {
      if (!act) return 'refused';
      // The page of the order leads to the sign-in that it may ask for.
      const { changes, needsSecondPerson } = await acts.preview(
        asConfirmed(administrator, clock),
        act,
        runner.inputOf({ held }, sub),
      );
      if (Object.keys(changes).length === 0) return 'same';
      return needsSecondPerson ? 'proposed' : 'done';
    };
    const lines: Line[] = [];
    for (const sub of asked.subs) {
      const person = /^[\w-]{1,128}$/u.test(sub) ? await directory.professionals.get(sub) : null;
      const name = person && authority.reaches('account', 'read', person) ? nameOf(person) : null;
      try {
        lines.push({ sub, name, state: await stateOf(sub) });
      } catch (error) {
        if (!isAppError(error)) throw error;
        lines.push({ sub, name, state: 'refused', why: whyOf(error, name !== null) });
      }
    }
    return lines;
  }

  async function show(
    ctx: Context,
    { authority }: Clerk,
    asked: Asked,
    more: { readonly lines?: readonly Line[]; readonly go?: string; readonly refusal?: Refusal },
  ): Promise<void> {
    const { action, subs, held, reason } = asked;
    const { lines = [], go = randomId(), refusal } = more;
    await http.render(ctx, 'admin/people-bulk', {
      title: action.label,
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      action,
      subs,
      typed: held,
      reason,
      lines,
      go,
      // Without lines there is nothing to confirm: where and what is asked first.
      isReady: lines.length > 0,
      count: (state: Line['state']) => lines.filter(line => line.state === state).length,
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['membership', 'give']),
      profiles: choices.profiles(authority),
    });
  }

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
      await begin(ctx, clerk, form, { ...asked, action: action.value, held: heldOf(asked) });
    }),
  );
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
