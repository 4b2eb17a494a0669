import type { Notice } from '#access/index.ts';
import type { Network } from '#directory/index.ts';
import { latestInForce } from '#texts/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, submitAct, textsOf, type Refusal } from '../forms.ts';
import { instantOfParis } from '../paris-time.ts';
import { MAX_TEXT } from '../terms/acts.ts';
import type { NoticeActs } from './notice-acts.ts';

/** A whole notice is written in its form; an accent is six bytes there. */
const FORM = { maxBytes: 1024 * 1024, maxValue: MAX_TEXT };

const DONE: Readonly<Record<string, string>> = { published: 'La version est publiée.' };

const FIELDS = ['version', 'title', 'text', 'from'] as const;
const NEW = { version: '', title: '', text: '', from: '' };

/** `/admin/networks/:id/notices`: what a network gives its patients to read, version by version. */
export function createNoticePages(routes: Router, context: AdminContext, acts: NoticeActs): void {
  const { http, desk, directory, notices, clock, catalogue, administration } = context;
  const PAGE = '/admin/networks/:id/notices';

  async function networkOf(ctx: Context, { authority }: Clerk): Promise<Network> {
    const id = String(ctx.params['id']);
    const network = await directory.networks.get(id);
    if (!network || !authority.mayInNetwork('network', 'read', id)) throw notFound();
    return network;
  }

  /** SECURITY: a stale sign-in is renewed before the form is shown, not after it was filled in. */
  async function publisherOf(ctx: Context, clerk: Clerk): Promise<Network> {
    const network = await networkOf(ctx, clerk);
    const { type, action } = acts.publish;
    const decision = await administration.judge(clerk.administrator, { type, action, id: network.id });
    if (!decision.decision) throw refusedBy(decision);
    return network;
  }

  const mayPublish = ({ id }: Network, { authority }: Clerk) =>
    authority.may('network', 'update', { network: id });

  async function shown(notice: Notice, all: readonly Notice[], { authority }: Clerk) {
    const { version, title, fromMs, publishedAtMs, publishedBy } = notice;
    const nowMs = clock.nowMs();
    const isCurrent = latestInForce(all, nowMs)?.id === notice.id;
    const publisher = (await catalogue.entries()).find(({ sub }) => sub === publishedBy);
    return {
      version,
      title,
      fromMs,
      publishedAtMs,
      // SECURITY: the name of a person of another branch is not told.
      publishedBy:
        publisher && authority.reaches('account', 'read', publisher)
          ? `${publisher.givenName} ${publisher.familyName}`
          : null,
      state: fromMs > nowMs ? 'coming' : isCurrent ? 'current' : 'former',
    };
  }

  routes.get(PAGE, ctx =>
    desk.openFor(ctx, ['network', 'read'], async clerk => {
      const network = await networkOf(ctx, clerk);
      const all = await notices.list(network.id);
      await http.render(ctx, 'admin/network-notices', {
        network: { id: network.id, name: network.name },
        rows: await Promise.all(all.map(notice => shown(notice, all, clerk))),
        mayPublish: mayPublish(network, clerk),
        done: doneSentence(ctx, DONE),
      });
    }),
  );

  const renderForm = (ctx: Context, { id, name }: Network, typed: typeof NEW, refusal: Refusal | null) =>
    http.render(ctx, 'admin/network-notice-new', {
      network: { id, name },
      typed,
      alert: refusal,
      errors: refusal?.fields ?? {},
    });

  routes.get(`${PAGE}/new`, ctx =>
    desk.openFor(ctx, ['network', 'update'], async clerk =>
      renderForm(ctx, await publisherOf(ctx, clerk), NEW, null),
    ),
  );

  routes.post(`${PAGE}/new`, ctx =>
    desk.openFor(ctx, ['network', 'update'], async clerk => {
      const network = await networkOf(ctx, clerk);
      const { from, ...texts } = textsOf(await http.readForm(ctx, FORM), FIELDS);
      const input = { id: network.id, ...texts, ...(from !== undefined && { from: instantOfParis(from) }) };
      const typed = { ...NEW, ...texts, from: from ?? '' };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.publish, input },
        {
          again: refusal => renderForm(ctx, network, typed, refusal),
          then: () => `/admin/networks/${network.id}/notices?done=published`,
        },
      );
    }),
  );

  routes.get(`${PAGE}/:notice`, (ctx, next) => {
    if (ctx.params['notice'] === 'new') return next();
    return desk.openFor(ctx, ['network', 'read'], async clerk => {
      const network = await networkOf(ctx, clerk);
      const all = await notices.list(network.id);
      const notice = all.find(({ version }) => version === ctx.params['notice']);
      if (!notice) throw notFound();
      await http.render(ctx, 'admin/network-notice', {
        network: { id: network.id, name: network.name },
        text: notice.text,
        ...(await shown(notice, all, clerk)),
      });
    });
  });
}
