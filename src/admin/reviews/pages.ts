import type Router from '@koa/router';
import type { Context } from 'koa';
import { isAppError } from '#kernel/index.ts';
import type { AdminContext } from '../context.ts';
import {
  checkReason,
  doneSentence,
  queryText,
  submitAct,
  textsOf,
  toRefusal,
  type Refusal,
} from '../forms.ts';
import type { Clerk } from '../desk.ts';
import { endOfDay, startOfDay } from '../people/days.ts';
import { actorOf } from '../acts/act.ts';
import type { LaunchAct } from './launch-act.ts';
import { restorableUntil, type LineActs } from './line-acts.ts';
import type { LineView, ReviewViews } from './views.ts';

const PAGE = 50;
const CAMPAIGNS_PAGE = 20;

const DONE: Readonly<Record<string, string>> = {
  launched: 'La revue est lancée. Ceux qui ont à répondre sont prévenus par courriel à son début.',
  kept: 'Les profils sont conservés.',
  removed: 'Les profils sont retirés.',
  shortened: 'Les profils se termineront à la date choisie.',
  partly: 'Une partie des réponses est enregistrée ; ce qui reste dans la liste n’a pas pu l’être.',
  restored: 'Le profil est rétabli.',
};

/** What the list of a campaign is narrowed to. */
const SHOWN: Readonly<Record<string, (line: LineView) => boolean>> = {
  mine: ({ state, isMine }) => state === 'pending' && isMine,
  pending: ({ state }) => state === 'pending',
  suspended: ({ state }) => state === 'suspended',
  all: () => true,
};

interface Parts {
  readonly views: ReviewViews;
  readonly launch: LaunchAct;
  readonly line: LineActs;
}

/** `/admin/reviews`: the campaigns, the launch of one, and the answers to one. */
export function createReviewPages(routes: Router, context: AdminContext, parts: Parts): void {
  const { http, desk } = context;
  const { views, line: acts } = parts;

  routes.get('/admin/reviews', ctx =>
    desk.openFor(ctx, ['review', 'read'], async ({ administrator, authority }) => {
      const all = await views.seen(authority);
      const first = Math.max(0, Number.parseInt(queryText(ctx, 'from') ?? '0', 10) || 0);
      const page = all.slice(first, first + CAMPAIGNS_PAGE);
      await http.render(ctx, 'admin/reviews', {
        rows: await views.counted(page, authority, actorOf(administrator)),
        total: all.length,
        isFirst: first === 0,
        next: all.length > first + CAMPAIGNS_PAGE ? `/admin/reviews?from=${first + CAMPAIGNS_PAGE}` : null,
        mayLaunch: authority.mayAnywhere('review', 'launch'),
      });
    }),
  );

  /** The page of a campaign; `refusal` when an answer from there was refused. */
  async function showCampaign(ctx: Context, clerk: Clerk, refusal?: Refusal): Promise<void> {
    const { administrator, authority } = clerk;
    const { campaign, view, lines } = await views.open(
      String(ctx.params['id']),
      authority,
      actorOf(administrator),
    );
    const asked = queryText(ctx, 'show') ?? (view.mine > 0 ? 'mine' : 'all');
    const show = Object.hasOwn(SHOWN, asked) ? asked : 'all';
    const after = queryText(ctx, 'after') ?? '';
    const shown = lines.filter(SHOWN[show] ?? (() => true));
    const rest = shown.filter(({ key }) => key > after);
    const rows = rest.slice(0, PAGE);
    const base = `/admin/reviews/${campaign.id}`;
    await http.render(ctx, 'admin/review', {
      title: campaign.name,
      alert: refusal ?? null,
      done: doneSentence(ctx, DONE),
      review: view,
      show,
      rows,
      found: shown.length,
      isFirst: after === '',
      next: rest.length > PAGE ? `${base}?show=${show}&after=${rows.at(-1)?.key ?? ''}` : null,
      mayAnswer: view.state === 'open' && rows.some(({ isMine, state }) => isMine && isAnswerable(state)),
      mayRestore: view.state === 'closed' && context.clock.nowMs() < restorableUntil(campaign),
      restorableUntilMs: restorableUntil(campaign),
      daysLeft: Math.max(0, Math.ceil((campaign.endMs - context.clock.nowMs()) / 86_400_000)),
    });
  }

  routes.get('/admin/reviews/new', ctx =>
    desk.openFor(ctx, ['review', 'launch'], clerk => showLaunch(ctx, clerk, {})),
  );

  async function showLaunch(
    ctx: Context,
    { authority }: Clerk,
    typed: Readonly<Record<string, string | undefined>>,
    refusal?: Refusal,
  ): Promise<void> {
    const networks = (await context.directory.networks.all())
      .filter(({ id }) => authority.mayInNetwork('review', 'launch', id))
      .map(({ id, name }) => ({ value: id, label: name }));
    const organisations = (await context.directory.organisations.all())
      .filter(({ id }) => id !== 'region' && authority.may('review', 'launch', { organisation: id }))
      .map(({ id, name }) => ({ value: id, label: name }));
    await http.render(ctx, 'admin/review-form', {
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      typed,
      networks,
      organisations: [{ value: 'region', label: 'Toute la région' }, ...organisations],
    });
  }

  routes.post('/admin/reviews/new', ctx =>
    desk.openFor(ctx, ['review', 'launch'], async clerk => {
      const typed = textsOf(await http.readForm(ctx), ['name', 'network', 'organisation', 'from', 'to']);
      const { from, to } = typed;
      const input = {
        ...typed,
        ...(from !== undefined && { from: startOfDay(from) }),
        ...(to !== undefined && { to: endOfDay(to) }),
      };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: parts.launch, input },
        {
          again: refusal => showLaunch(ctx, clerk, typed, refusal),
          then: outcome =>
            outcome.state === 'done' ? `/admin/reviews/${outcome.result.id}?done=launched` : '/admin/reviews',
        },
      );
    }),
  );

  routes.get('/admin/reviews/:id', ctx =>
    desk.openFor(ctx, ['review', 'read'], clerk => showCampaign(ctx, clerk)),
  );

  /** What takes something away is confirmed on a page of its own, with its reason. */
  async function showConfirmation(
    ctx: Context,
    { administrator, authority }: Clerk,
    asked: {
      readonly keys: readonly string[];
      readonly choice: string;
      readonly to: string;
      readonly reason: string;
    },
    refusal?: Refusal,
  ): Promise<void> {
    const id = String(ctx.params['id']);
    const { view, lines } = await views.open(id, authority, actorOf(administrator));
    await http.render(ctx, 'admin/review-confirm', {
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      review: view,
      ...asked,
      lines: lines.filter(({ key, isMine }) => isMine && asked.keys.includes(key)),
    });
  }

  routes.post('/admin/reviews/:id', ctx =>
    desk.openFor(ctx, ['review', 'decide'], async clerk => {
      const id = String(ctx.params['id']);
      await views.open(id, clerk.authority, actorOf(clerk.administrator));
      const form = await http.readForm(ctx);
      const one = form.get('one');
      const keys = one === '' ? form.all('line').slice(0, PAGE) : [one];
      const choice = one === '' ? form.get('choice') : 'keep';
      const [to, reason] = [form.get('to').trim(), form.get('reason').trim()];
      if (keys.length === 0) return showCampaign(ctx, clerk, NOTHING_TICKED);
      const asked = { keys, choice, to, reason };
      if (choice !== 'keep') {
        if (!form.has('confirmed')) return showConfirmation(ctx, clerk, asked);
        try {
          checkReason(reason === '' ? undefined : reason);
        } catch (error) {
          return again(ctx, clerk, asked, error);
        }
      }
      let done = 0;
      let failure: unknown;
      for (const key of keys) {
        const input = {
          review: id,
          line: key,
          choice,
          ...(choice === 'shorten' && to !== '' && { to: endOfDay(to) }),
          ...(reason !== '' && { reason }),
        };
        try {
          await context.acts.perform(clerk.administrator, acts.decide, input, {
            via: 'page',
            source: http.source(ctx),
            ...(reason !== '' && { reason }),
          });
          done += 1;
        } catch (error) {
          if (!isAppError(error) || error.status >= 500) throw error;
          failure ??= error;
        }
      }
      if (done === 0) return again(ctx, clerk, asked, failure);
      http.redirect(ctx, `/admin/reviews/${id}?done=${done < keys.length ? 'partly' : PAST[choice]}`);
    }),
  );

  async function again(
    ctx: Context,
    clerk: Clerk,
    asked: Parameters<typeof showConfirmation>[2],
    failure: unknown,
  ): Promise<void> {
    // SECURITY: a line of another branch is answered like one that does not exist.
    if (!isAppError(failure) || failure.status === 404) throw failure;
    const refusal = toRefusal(failure);
    if (asked.choice === 'keep' || failure.status !== 422) await showCampaign(ctx, clerk, refusal);
    else await showConfirmation(ctx, clerk, asked, refusal);
    ctx.status = failure.status;
  }

  const restorePath = '/admin/reviews/:id/lines/:line/restore';

  async function showRestore(
    ctx: Context,
    { administrator, authority }: Clerk,
    typed = '',
    refusal?: Refusal,
  ) {
    const { id, line: key } = ctx.params as { id: string; line: string };
    const { view, lines } = await views.open(id, authority, actorOf(administrator));
    // What cannot be given back, or not by this person, is said before the form is shown.
    await context.acts.preview(administrator, acts.restore, {
      review: id,
      line: key,
      reason: 'Motif à donner',
    });
    await http.render(ctx, 'admin/review-restore', {
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      review: view,
      line: lines.find(line => line.key === key),
      reason: typed,
    });
  }

  routes.get(restorePath, ctx => desk.openFor(ctx, ['review', 'decide'], clerk => showRestore(ctx, clerk)));

  routes.post(restorePath, ctx =>
    desk.openFor(ctx, ['review', 'decide'], async clerk => {
      const { id, line } = ctx.params as { id: string; line: string };
      const { reason } = textsOf(await http.readForm(ctx), ['reason']);
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.restore, input: { review: id, line, reason }, reason, needsReason: true },
        {
          again: refusal => showRestore(ctx, clerk, reason, refusal),
          then: () => `/admin/reviews/${id}?show=all&done=restored`,
        },
      );
    }),
  );
}

const PAST: Readonly<Record<string, string>> = { keep: 'kept', remove: 'removed', shorten: 'shortened' };

/** A profile that was kept may still be taken away before the end. */
const isAnswerable = (state: LineView['state']) => state === 'pending' || state === 'keep';

const NOTHING_TICKED: Refusal = {
  code: 'admin.review_nothing_chosen',
  message: 'Aucune ligne n’est cochée.',
  hint: 'Cochez les personnes pour lesquelles vous répondez.',
  fields: {},
};
