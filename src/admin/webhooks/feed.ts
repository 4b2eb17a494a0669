import { treeOf } from '#access/index.ts';
import type { AuditLog } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { WebhookDelivery } from './delivery.ts';
import { eventOf, type WebhookEvent } from './kinds.ts';
import type { Subscription, WebhookStore } from './subscriptions.ts';

/** A line is in the store a little after its instant, and clocks of instances differ: the last minute is read again. */
const OVERLAP_MS = 60_000;
const CURSOR = 'trail';

/**
 * Follows the trail, and queues for each receiver what it asked for: at least once, whoever did it (a page, a file,
 * another instance). INVARIANT: the cursor moves after everything before it is durably queued; what is read again has
 * the same id, and is queued once.
 */
export function createWebhookFeed(deps: {
  readonly audit: Pick<AuditLog, 'forwards'>;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly delivery: WebhookDelivery;
  readonly store: WebhookStore;
}): () => Promise<void> {
  const { audit, clock, directory, delivery } = deps;
  const { subscriptions, feed } = deps.store;

  /** The organisations where the person belongs at this moment. */
  async function placesOf(sub: string | undefined) {
    const person = sub === undefined ? null : await directory.professionals.get(sub);
    if (!person) return [];
    const home = person.branch === undefined ? [] : [{ network: undefined, organisation: person.branch }];
    return [...home, ...person.memberships];
  }

  async function run(): Promise<void> {
    const nowMs = clock.nowMs();
    const told = (await subscriptions.all()).filter(({ isPaused }) => !isPaused);
    const cursor = await feed.get(CURSOR);
    if (told.length > 0) {
      const tree = treeOf(await directory.organisations.all());
      const since = (cursor?.atMs ?? nowMs) - OVERLAP_MS;
      for await (const line of audit.forwards({ fromMs: since, toMs: nowMs + 1 })) {
        const event = eventOf(line);
        if (event === null) continue;
        for (const subscription of told)
          if (await concerns(event, subscription, tree)) await delivery.enqueue(subscription, event);
      }
    }
    await feed.put({ id: CURSOR, atMs: nowMs });
  }

  async function concerns(
    { kind, at, data }: WebhookEvent,
    { kinds, network, organisation, sinceMs }: Subscription,
    tree: ReturnType<typeof treeOf>,
  ): Promise<boolean> {
    if (!kinds.includes(kind) || Date.parse(at) < sinceMs) return false;
    if (network === undefined && organisation === undefined) return true;
    const isThere = (place: {
      readonly network?: string | undefined;
      readonly organisation?: string | undefined;
    }) =>
      (network === undefined || place.network === network) &&
      (organisation === undefined ||
        (place.organisation !== undefined && tree.isWithin(place.organisation, organisation)));
    if (data['network'] !== undefined) return isThere(data);
    return (await placesOf(data['account'])).some(isThere);
  }

  return run;
}
