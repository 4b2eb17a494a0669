import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Act } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, submitAct, textsOf, toRefusal, type Refusal } from '../forms.ts';
import type { WebhookActs } from './acts.ts';
import { TEST_KIND, WEBHOOK_KINDS } from './kinds.ts';
import type { Attempt, Subscription, WebhookStore } from './subscriptions.ts';

const LIST = '/admin/webhooks';
const pathOf = ({ id }: Pick<Subscription, 'id'>) => `${LIST}/${id}`;

const DONE: Readonly<Record<string, string>> = {
  subscribed: 'L’application est abonnée. Elle vérifie chaque jeton avec les clés publiques du service.',
  removed: 'L’abonnement est supprimé.',
  paused: 'L’abonnement est suspendu : rien ne part plus vers cette application.',
  resumed: 'L’abonnement reprend avec les événements à venir.',
  tested: 'L’essai part. Son résultat paraît plus bas dans quelques secondes : rechargez la page.',
};

const KIND_LABELS: Readonly<Record<Attempt['kind'], string>> = { ...WEBHOOK_KINDS, [TEST_KIND]: 'Essai' };
const KIND_OPTIONS = Object.entries(WEBHOOK_KINDS).map(([value, label]) => ({ value, label }));

const FAILURES: Readonly<Record<string, string>> = {
  'notify.undeliverable': 'L’application n’en veut plus, ou son adresse est interdite',
  'admin.webhook_failed': 'L’application n’a pas répondu, ou a refusé',
};

/** As many of the newest deliveries as a page shows. */
const SHOWN = 20;

interface Typed {
  readonly url?: string | undefined;
  readonly network?: string | undefined;
  readonly organisation?: string | undefined;
  readonly format?: string | undefined;
  readonly audience?: string | undefined;
  readonly events: readonly string[];
}

/** `/admin/webhooks`: which applications are told what, their secret once, their newest deliveries. */
export function createWebhookPages(
  routes: Router,
  context: AdminContext,
  acts: WebhookActs,
  { subscriptions, attempts }: WebhookStore,
): void {
  const { http, desk, directory } = context;

  const forSubscribers = (ctx: Context, show: (clerk: Clerk) => Promise<void>) =>
    desk.openFor(ctx, ['delivery', 'subscribe'], async clerk => {
      // They are the region’s own: no branch has its share of them.
      if (!clerk.authority.may('delivery', 'subscribe', {})) throw notFound();
      await show(clerk);
    });

  async function subscriptionOf(ctx: Context): Promise<Subscription> {
    const found = await subscriptions.get(String(ctx.params['webhook']));
    if (!found) throw notFound();
    return found;
  }

  async function placeNames() {
    const [networks, organisations] = await Promise.all([
      directory.networks.all(),
      directory.organisations.all(),
    ]);
    const options = (all: readonly { readonly id: string; readonly name: string }[]) =>
      all.map(({ id, name }) => ({ value: id, label: name }));
    return { networks: options(networks), organisations: options(organisations) };
  }

  async function viewOf(subscription: Subscription) {
    const { networks, organisations } = await placeNames();
    const nameOf = (options: typeof networks, id: string | undefined) =>
      id === undefined ? null : (options.find(({ value }) => value === id)?.label ?? id);
    const { id, host, isPaused, kinds, createdAtMs, previousSecret, previousUntilMs } = subscription;
    return {
      id,
      host,
      isPaused,
      createdAtMs,
      kinds: kinds.map(kind => KIND_LABELS[kind]),
      network: nameOf(networks, subscription.network),
      organisation: nameOf(organisations, subscription.organisation),
      href: pathOf(subscription),
      audience: subscription.format === 'set' ? (subscription.audience ?? '') : null,
      previousUntilMs: previousSecret === undefined ? null : (previousUntilMs ?? null),
    };
  }

  async function showOne(ctx: Context, subscription: Subscription, refusal: Refusal | null): Promise<void> {
    const { items } = await attempts.list('subscription', { prefix: `${subscription.id} `, limit: SHOWN });
    await http.render(ctx, 'admin/webhook', {
      ...(await viewOf(subscription)),
      alert: refusal,
      done: doneSentence(ctx, DONE),
      deliveries: items.map(attempt => ({
        ...attempt,
        title: KIND_LABELS[attempt.kind],
        failure: attempt.code === undefined ? null : (FAILURES[attempt.code] ?? 'L’envoi a échoué'),
      })),
    });
  }

  const showForm = async (ctx: Context, typed: Typed, refusal?: Refusal) =>
    http.render(ctx, 'admin/webhook-form', {
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      typed,
      kinds: KIND_OPTIONS,
      ...(await placeNames()),
    });

  // SECURITY: the secret stands on this answer alone: no address, no cookie and no log has it.
  const showSecret = (
    ctx: Context,
    about: { readonly href: string; readonly isNew: boolean; readonly secret: string },
  ) => http.render(ctx, 'admin/webhook-secret', about);

  routes.get(LIST, ctx =>
    forSubscribers(ctx, async () => {
      const all = await subscriptions.all();
      await http.render(ctx, 'admin/webhooks', {
        rows: await Promise.all(all.map(viewOf)),
        done: doneSentence(ctx, DONE),
      });
    }),
  );

  routes.get(`${LIST}/new`, ctx => forSubscribers(ctx, () => showForm(ctx, { events: [] })));

  routes.post(`${LIST}/new`, ctx =>
    forSubscribers(ctx, async clerk => {
      const form = await http.readForm(ctx);
      const typed: Typed = {
        ...textsOf(form, ['url', 'network', 'organisation', 'format', 'audience']),
        events: form.all('events'),
      };
      try {
        const outcome = await context.acts.perform(clerk.administrator, acts.create, typed, {
          via: 'page',
          source: http.source(ctx),
        });
        if (outcome.state !== 'done') return http.redirect(ctx, LIST);
        const { webhook: id, secret } = outcome.result;
        if (secret === null) http.redirect(ctx, `${pathOf({ id })}?done=subscribed`);
        else await showSecret(ctx, { href: pathOf({ id }), isNew: true, secret });
      } catch (error) {
        await again(ctx, error, refusal => showForm(ctx, typed, refusal));
      }
    }),
  );

  routes.get(`${LIST}/:webhook`, (ctx, next) => {
    if (ctx.params['webhook'] === 'new') return next();
    return forSubscribers(ctx, async () => showOne(ctx, await subscriptionOf(ctx), null));
  });

  routes.post(`${LIST}/:webhook/rotate`, ctx =>
    forSubscribers(ctx, async clerk => {
      await http.readForm(ctx);
      const subscription = await subscriptionOf(ctx);
      try {
        const outcome = await context.acts.perform(
          clerk.administrator,
          acts.rotate,
          { webhook: subscription.id },
          { via: 'page', source: http.source(ctx) },
        );
        if (outcome.state !== 'done') return http.redirect(ctx, pathOf(subscription));
        await showSecret(ctx, { href: pathOf(subscription), isNew: false, secret: outcome.result.secret });
      } catch (error) {
        await again(ctx, error, refusal => showOne(ctx, subscription, refusal));
      }
    }),
  );

  const steps: readonly (readonly [string, Act<{ webhook: string }, void>, string])[] = [
    ['pause', acts.pause, 'paused'],
    ['resume', acts.resume, 'resumed'],
    ['test', acts.test, 'tested'],
    ['remove', acts.remove, 'removed'],
  ];
  for (const [step, act, done] of steps)
    routes.post(`${LIST}/:webhook/${step}`, ctx =>
      forSubscribers(ctx, async clerk => {
        await http.readForm(ctx);
        const subscription = await subscriptionOf(ctx);
        await submitAct(
          context,
          ctx,
          clerk,
          { act, input: { webhook: subscription.id } },
          {
            again: refusal => showOne(ctx, subscription, refusal),
            then: () => `${step === 'remove' ? LIST : pathOf(subscription)}?done=${done}`,
          },
        );
      }),
    );

  for (const step of ['remove', 'rotate'])
    routes.get(`${LIST}/:webhook/${step}`, ctx =>
      forSubscribers(ctx, async () =>
        http.render(ctx, 'admin/webhook-confirm', { ...(await viewOf(await subscriptionOf(ctx))), step }),
      ),
    );

  async function again(ctx: Context, error: unknown, show: (refusal: Refusal) => Promise<void>) {
    if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
    await show(toRefusal(error));
    ctx.status = error.status;
  }
}
