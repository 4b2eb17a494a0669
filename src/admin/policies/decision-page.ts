import { PURPOSES, RECORD_ACTIONS } from '#access/index.ts';
import { ACR, ACR_LADDER, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import { textsOf, toRefusal, type Refusal } from '../forms.ts';
import type { PolicyActs } from './acts.ts';
import { actionWords, purposeWords } from './words.ts';

const FIELDS = ['account', 'type', 'id', 'action', 'network', 'acr', 'purpose', 'reason'] as const;

type Typed = Partial<Record<(typeof FIELDS)[number], string>>;

/** `/admin/policies/decision`: what would be decided for a person, and why. */
export function createDecisionPages(routes: Router, context: AdminContext, acts: PolicyActs): void {
  const { http, desk, directory } = context;

  async function render(ctx: Context, typed: Typed, text: string | null, refusal: Refusal | null) {
    const networks = await directory.networks.all();
    await http.render(ctx, 'admin/policies-decision', {
      typed,
      text,
      networks: networks.map(({ id, name }) => ({ value: id, label: name })),
      actions: [...RECORD_ACTIONS, 'open'].map(action => ({
        value: action,
        label: action === 'open' ? 'ouvrir (une application)' : actionWords(action),
      })),
      purposes: PURPOSES.map(purpose => ({ value: purpose, label: purposeWords(purpose) })),
      levels: ACR_LADDER.map((acr, index) => ({ value: acr, label: `Niveau ${index + 1}` })),
      alert: refusal,
      errors: refusal?.fields ?? {},
    });
  }

  routes.get('/admin/policies/decision', ctx =>
    desk.openFor(ctx, ['policy', 'test'], async () => {
      const [network] = await directory.networks.all();
      // The ordinary question; what is not asked is cleared by hand.
      const usual = { action: 'read', acr: ACR.code, ...(network && { network: network.id }) };
      await render(ctx, usual, null, null);
    }),
  );

  // A patient key never stands in an address: the answer is shown by the POST itself.
  routes.post('/admin/policies/decision', ctx =>
    desk.openFor(ctx, ['policy', 'test'], async ({ administrator }) => {
      const typed: Typed = textsOf(await http.readForm(ctx), FIELDS);
      try {
        const outcome = await context.acts.perform(administrator, acts.explain, typed, {
          via: 'page',
          source: http.source(ctx),
        });
        await render(ctx, typed, outcome.state === 'done' ? outcome.result.text : null, null);
      } catch (error) {
        if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
        await render(ctx, typed, null, toRefusal(error));
        ctx.status = error.status;
      }
    }),
  );
}
