import type { EmergencyState } from '#access/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, queryText, submitAct, type Refusal } from '../forms.ts';
import { invalidFields } from '../acts/refusals.ts';
import { toRefusal } from '../forms.ts';
import { VERDICTS, type EmergencyActs, type Verdict } from './acts.ts';
import type { EmergencyViews, UseInFull } from './views.ts';

const PAGE = 50;

const DONE: Readonly<Record<string, string>> = {
  justified: 'L’accès est jugé justifié.',
  unjustified: 'L’accès est jugé non justifié.',
};

const STATES: Readonly<Record<EmergencyState | 'all', string>> = {
  awaiting: 'À examiner',
  unjustified: 'Non justifiés',
  justified: 'Justifiés',
  exempt: 'Centre 15',
  all: 'Tous',
};

const isState = (text: string): text is EmergencyState | 'all' => Object.hasOwn(STATES, text);
const isVerdict = (text: string): text is Verdict => Object.hasOwn(VERDICTS, text);

/** `/admin/emergencies`: what was opened by break-glass or for centre 15, to examine. */
export function createEmergencyPages(
  routes: Router,
  context: AdminContext,
  { views, acts }: { readonly views: EmergencyViews; readonly acts: EmergencyActs },
): void {
  const { http, desk } = context;

  routes.get('/admin/emergencies', ctx =>
    desk.openFor(ctx, ['emergency', 'read'], async ({ sub, authority }) => {
      const networks = await views.networks(authority);
      const network = queryText(ctx, 'network') ?? networks[0]?.id;
      if (network === undefined) throw notFound();
      const asked = queryText(ctx, 'state') ?? 'awaiting';
      const state = isState(asked) ? asked : 'awaiting';
      const after = queryText(ctx, 'after');
      const { items, next } = await views.list(
        { actor: sub, authority },
        { network, state, after, limit: PAGE },
      );
      const first = `/admin/emergencies?${new URLSearchParams({ network, state })}`;
      await http.render(ctx, 'admin/emergencies', {
        done: doneSentence(ctx, DONE),
        networks: networks.map(({ id, name }) => ({ value: id, label: name })),
        network,
        state,
        states: Object.entries(STATES).map(([value, label]) => ({ value, label })),
        title: STATES[state],
        rows: items,
        isFirst: after === undefined,
        first,
        next: next === undefined ? null : `${first}&${new URLSearchParams({ after: next })}`,
        statistics: `/admin/emergencies/statistics?${new URLSearchParams({ network })}`,
      });
    }),
  );

  async function open(ctx: Context, { sub, authority }: Clerk): Promise<UseInFull> {
    const reader = { actor: sub, authority, source: http.source(ctx), via: 'page' } as const;
    return views.open(String(ctx.params['use']), reader);
  }

  async function show(
    ctx: Context,
    clerk: Clerk,
    use: UseInFull,
    typed: { readonly verdict?: string; readonly words?: string },
    refusal: Refusal | null,
  ): Promise<void> {
    const mayExamine =
      clerk.authority.mayAnywhere('emergency', 'review') && !use.isOwn && use.review === null;
    await http.render(ctx, 'admin/emergency', {
      use,
      typed,
      alert: refusal,
      errors: refusal?.fields ?? {},
      verdicts: VERDICTS,
      mayExamine,
      mayReadTrail: clerk.authority.mayAnywhere('audit', 'read'),
    });
  }

  routes.get('/admin/emergencies/:use', (ctx, next) => {
    if (/^statistics(?:\.|$)/u.test(String(ctx.params['use']))) return next();
    return desk.openFor(ctx, ['emergency', 'read'], async clerk =>
      show(ctx, clerk, await open(ctx, clerk), {}, null),
    );
  });

  routes.post('/admin/emergencies/:use', ctx =>
    desk.openFor(ctx, ['emergency', 'review'], async clerk => {
      const form = await http.readForm(ctx);
      const typed = { verdict: form.get('verdict'), words: form.get('words') };
      const use = String(ctx.params['use']);
      const again = async (refusal: Refusal) => show(ctx, clerk, await open(ctx, clerk), typed, refusal);
      if (!isVerdict(typed.verdict)) {
        await again(toRefusal(invalidFields({ verdict: 'Dites si l’accès était justifié.' })));
        ctx.status = 422;
        return;
      }
      const { verdict, words } = typed;
      const asked = { act: acts[verdict], input: { use, words } };
      await submitAct(context, ctx, clerk, asked, {
        again,
        then: () => `/admin/emergencies?${new URLSearchParams({ done: verdict })}`,
      });
    }),
  );
}
