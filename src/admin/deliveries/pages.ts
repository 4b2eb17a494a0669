import type { Delivery } from '#notify/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, type Refusal } from '../forms.ts';
import type { DeliveryActs } from './acts.ts';

const PAGE = 50;

const DONE: Readonly<Record<string, string>> = {
  retried: 'L’envoi sera tenté dans les secondes qui viennent.',
  all: 'Les envois abandonnés seront tentés dans les secondes qui viennent.',
  dropped: 'L’envoi est supprimé.',
};

const STATES = ['due', 'dead', 'delivered'] as const;

/** What failed, in words. */
const REASONS: Readonly<Record<string, string>> = {
  undeliverable: 'Refusé par le destinataire',
  'notify.undeliverable': 'Refusé par le destinataire',
  'admin.webhook_failed': 'L’application n’a pas répondu, ou a refusé',
  'notify.delivery_failed': 'Le serveur du destinataire ne l’a pas encore accepté',
  'notify.sms_off': 'Aucune passerelle de SMS n’est configurée',
  delivery_failed: 'L’envoi a échoué',
  retries_exhausted: 'Toujours refusé après 24 heures',
  too_late: 'Il serait arrivé trop tard pour servir',
};

/** What a carrier said after it had taken the message, with its code. */
const CARRIED = /^notify\.(undelivered|failed)(?:\.(\d+))?$/u;

function reasonOf(reason: string | undefined): string | null {
  if (reason === undefined) return null;
  const [carried, , code] = CARRIED.exec(reason) ?? [];
  if (carried === undefined) return REASONS[reason] ?? 'L’envoi a échoué';
  return `Non remis au téléphone par l’opérateur${code === undefined ? '' : ` (code ${code})`}`;
}

/** `/admin/deliveries`: what leaves the service and how it fares. SECURITY: neither contents nor whole addresses. */
export function createDeliveryPages(routes: Router, context: AdminContext, acts: DeliveryActs): void {
  const { http, desk, deliveries } = context;

  /** Deliveries are the region’s own: no branch has its share of them. */
  function assertReads({ authority }: Clerk): void {
    if (!authority.may('delivery', 'read', {})) throw notFound();
  }

  const shown = (delivery: Delivery) => ({ ...delivery, reason: reasonOf(delivery.reason) });

  async function deliveryOf(ctx: Context): Promise<Delivery> {
    const delivery = await deliveries.get(String(ctx.params['delivery']));
    if (!delivery) throw notFound();
    return delivery;
  }

  async function renderList(ctx: Context, { authority }: Clerk, refusal: Refusal | null) {
    const state = STATES.find(each => each === ctx.query['state']) ?? 'dead';
    const asked = ctx.query['after'];
    const after = typeof asked === 'string' && asked !== '' ? asked.slice(0, 1_000) : undefined;
    const [health, page] = await Promise.all([
      deliveries.health(),
      deliveries.list(state, { after, limit: PAGE }),
    ]);
    const first = `/admin/deliveries?state=${state}`;
    await http.render(ctx, 'admin/deliveries', {
      ...health,
      state,
      rows: page.items.map(shown),
      isFirst: after === undefined,
      first,
      next: page.next === undefined ? null : `${first}&${new URLSearchParams({ after: page.next })}`,
      mayRetry: authority.may('delivery', 'retry', {}),
      maySubscribe: authority.may('delivery', 'subscribe', {}),
      alert: refusal,
      done: DONE[String(ctx.query['done'])] ?? null,
    });
  }

  const renderOne = (ctx: Context, { authority }: Clerk, delivery: Delivery, refusal: Refusal | null) =>
    http.render(ctx, 'admin/delivery', {
      ...shown(delivery),
      mayRetry: authority.may('delivery', 'retry', {}),
      alert: refusal,
    });

  routes.get('/admin/deliveries', ctx =>
    desk.openFor(ctx, ['delivery', 'read'], async clerk => {
      assertReads(clerk);
      await renderList(ctx, clerk, null);
    }),
  );

  routes.post('/admin/deliveries', ctx =>
    desk.openFor(ctx, ['delivery', 'retry'], async clerk => {
      await http.readForm(ctx);
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.retryAll, input: {} },
        {
          again: refusal => renderList(ctx, clerk, refusal),
          then: () => '/admin/deliveries?done=all',
        },
      );
    }),
  );

  routes.get('/admin/deliveries/:delivery', ctx =>
    desk.openFor(ctx, ['delivery', 'read'], async clerk => {
      assertReads(clerk);
      await renderOne(ctx, clerk, await deliveryOf(ctx), null);
    }),
  );

  routes.post('/admin/deliveries/:delivery', ctx =>
    desk.openFor(ctx, ['delivery', 'retry'], async clerk => {
      const isDropped = (await http.readForm(ctx)).get('step') === 'drop';
      const delivery = await deliveryOf(ctx);
      const act = isDropped ? acts.drop : acts.retry;
      await submitAct(
        context,
        ctx,
        clerk,
        { act, input: { delivery: delivery.id } },
        {
          again: refusal => renderOne(ctx, clerk, delivery, refusal),
          then: () => `/admin/deliveries?done=${isDropped ? 'dropped' : 'retried'}`,
        },
      );
    }),
  );

  routes.get('/admin/deliveries/:delivery/drop', ctx =>
    desk.openFor(ctx, ['delivery', 'retry'], async clerk => {
      assertReads(clerk);
      await http.render(ctx, 'admin/delivery-drop', shown(await deliveryOf(ctx)));
    }),
  );
}
