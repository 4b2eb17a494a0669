import type { Authority } from '#access/index.ts';
import type { Application } from '#directory/index.ts';
import { allowImagesFrom } from '#http/index.ts';
import { fold } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Act } from '../acts/act.ts';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, queryText, submitAct, type Refusal } from '../forms.ts';
import { hasSecretMeans } from './settings.ts';
import { GRANTS, METHODS, remarksOn, scopeChoice } from './words.ts';

const PAGE = 50;

const DONE: Readonly<Record<string, string>> = {
  changed: 'L’application est enregistrée.',
  logo: 'Le logo est changé.',
  'logo-removed': 'Le logo est retiré.',
  'previous-ended': 'L’ancien secret ne compte plus.',
};

/** What the other pages of an application need of this one. */
export interface ApplicationPages {
  /** The application, within the branch. Throws `admin.not_found` (404). */
  readonly visible: (ctx: Context, authority: Authority) => Promise<Application>;
  readonly show: (
    ctx: Context,
    application: Application,
    authority: Authority,
    refusal?: Refusal,
  ) => Promise<void>;
  /** Throws what a page of that act answers before it shows its form: a fresh sign-in is asked first. */
  readonly demand: (
    clerk: Clerk,
    action: 'create' | 'update' | 'rotate_secret',
    application?: Application,
  ) => Promise<void>;
  /** A button there: an act on the application without further input, whose refusal is said on that page. */
  readonly button: (
    path: string,
    button: {
      readonly right: 'update' | 'rotate_secret';
      readonly act: Act<{ readonly client_id: string }, unknown>;
      /** Which of the sentences the page shows afterwards. */
      readonly done: string;
    },
  ) => void;
}

export function pathOf({ id }: Pick<Application, 'id'>): string {
  return `/admin/applications/${encodeURIComponent(id)}`;
}

/** `/admin/applications` and the page of one of them. */
export function createApplicationPages(routes: Router, context: AdminContext): ApplicationPages {
  const { http, desk, directory, clock, administration } = context;
  const { applications, networks, organisations } = directory;

  const isVisible = ({ network, branch }: Application, authority: Authority) =>
    authority.may('application_settings', 'read', { network, organisation: branch });

  const visible: ApplicationPages['visible'] = async (ctx, authority) => {
    const application = await applications.get(String(ctx.params['id']));
    if (!application || !isVisible(application, authority)) throw notFound();
    return application;
  };

  const demand: ApplicationPages['demand'] = async ({ administrator }, action, application) => {
    const decision = await administration.judge(administrator, {
      type: 'application_settings',
      action,
      id: application?.id ?? '*',
      network: application?.network,
      organisation: application?.branch,
    });
    if (!decision.decision) throw refusedBy(decision);
  };

  const nameOf = async (
    register: { get(id: string): Promise<{ name: string } | null> },
    id: string | undefined,
  ) => (id === undefined ? null : ((await register.get(id))?.name ?? id));

  const show: ApplicationPages['show'] = async (ctx, application, authority, refusal) => {
    const nowMs = clock.nowMs();
    const { network, branch, kiosk, previousSecretUntilMs } = application;
    if (kiosk?.logo !== undefined && URL.canParse(kiosk.logo)) allowImagesFrom(ctx, [kiosk.logo]);
    const place = { network, organisation: branch };
    await http.render(ctx, 'admin/application', {
      title: application.name,
      alert: refusal ?? null,
      done: doneSentence(ctx, DONE),
      application,
      base: pathOf(application),
      network: await nameOf(networks, network),
      branch: await nameOf(organisations, branch),
      grants: Object.entries(GRANTS).flatMap(([value, label]) =>
        application.grantTypes.includes(value) ? [label] : [],
      ),
      method:
        Object.entries(METHODS).find(([value]) => value === application.tokenEndpointAuthMethod)?.[1] ?? null,
      scopes: application.scopes.map(scopeChoice),
      hasSecretMeans: hasSecretMeans(application),
      previousUntilMs:
        previousSecretUntilMs !== undefined && nowMs < previousSecretUntilMs ? previousSecretUntilMs : null,
      remarks: remarksOn(application, nowMs),
      signsIn: application.grantTypes.includes('authorization_code'),
      mayUpdate: authority.may('application_settings', 'update', place),
      mayRotate: authority.may('application_settings', 'rotate_secret', place),
    });
  };

  const button: ApplicationPages['button'] = (path, { right, act, done }) => {
    routes.post(`/admin/applications/:id/${path}`, ctx =>
      desk.openFor(ctx, ['application_settings', right], async clerk => {
        const application = await visible(ctx, clerk.authority);
        await http.readForm(ctx);
        await submitAct(
          context,
          ctx,
          clerk,
          { act, input: { client_id: application.id } },
          {
            again: refusal => show(ctx, application, clerk.authority, refusal),
            then: () => `${pathOf(application)}?done=${done}`,
          },
        );
      }),
    );
  };

  routes.get('/admin/applications', ctx =>
    desk.openFor(ctx, ['application_settings', 'read'], async ({ authority }) => {
      const text = queryText(ctx, 'q');
      const network = queryText(ctx, 'network');
      const after = queryText(ctx, 'after');
      const words = fold(text ?? '').split(/\s+/u);
      const found = (await applications.all()).filter(
        application =>
          isVisible(application, authority) &&
          (network === undefined || application.network === network) &&
          words.every(word => `${fold(application.name)}\n${fold(application.id)}`.includes(word)),
      );
      const start = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1;
      const rows = found.slice(start, start + PAGE);
      const last = rows.at(-1)?.id;
      const linkTo = (more: Record<string, string>) =>
        `/admin/applications?${new URLSearchParams({
          ...(text !== undefined && { q: text }),
          ...(network !== undefined && { network }),
          ...more,
        })}`;
      await http.render(ctx, 'admin/applications', {
        text,
        network,
        networks: (await networks.all())
          .filter(({ id }) => authority.mayInNetwork('network', 'read', id))
          .map(({ id, name }) => ({ value: id, label: name })),
        total: found.length,
        rows: await Promise.all(
          rows.map(async application => ({
            name: application.name,
            id: application.id,
            href: pathOf(application),
            network: await nameOf(networks, application.network),
            acr: application.minimumAcr ?? null,
            hasWarning: remarksOn(application, clock.nowMs()).some(({ kind }) => kind === 'warn'),
          })),
        ),
        isFirst: start === 0,
        next: last !== undefined && start + PAGE < found.length ? linkTo({ after: last }) : null,
        first: linkTo({}),
        mayCreate: authority.mayAnywhere('application_settings', 'create'),
      });
    }),
  );

  routes.get('/admin/applications/:id', (ctx, next) => {
    if (ctx.params['id'] === 'new') return next();
    return desk.openFor(ctx, ['application_settings', 'read'], async ({ authority }) =>
      show(ctx, await visible(ctx, authority), authority),
    );
  });

  return { visible, show, demand, button };
}
