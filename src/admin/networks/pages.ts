import type { Authority } from '#access/index.ts';
import { LEVEL_KEYS, isInForce, type Network } from '#directory/index.ts';
import type { Form } from '#http/index.ts';
import { ACR_LADDER, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, submitAct, textsOf, toRefusal, type Refusal } from '../forms.ts';
import type { NetworkActs } from './acts.ts';
import { ACR_WORDS, LEVELS, RCP_REGISTRATION_LABELS, REGIME_EFFECTS, REGIME_LABELS } from './words.ts';

const DONE: Readonly<Record<string, string>> = {
  created: 'Le réseau est ajouté.',
  changed: 'Les informations sont enregistrées.',
};

interface Typed {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly regime?: string | undefined;
  readonly security_contact?: string | undefined;
  readonly rcp_registration?: string | undefined;
  /** Per key of `LEVELS`; empty for the level of the service. */
  readonly levels: Readonly<Record<string, string>>;
}

/** `/admin/networks`: the networks of the region, their regime and the levels that they ask. */
export function createNetworkPages(routes: Router, context: AdminContext, acts: NetworkActs): void {
  const { http, desk, directory, catalogue, clock } = context;
  const { networks, organisations, applications } = directory;

  async function visible(ctx: Context, authority: Authority): Promise<Network> {
    const id = String(ctx.params['id']);
    const network = await networks.get(id);
    if (!network || !authority.mayInNetwork('network', 'read', id)) throw notFound();
    return network;
  }

  /** How many are concerned, within the branch. */
  async function figuresOf({ id }: Network, authority: Authority) {
    const nowMs = clock.nowMs();
    const [people, places, clients] = await Promise.all([
      catalogue.entries(),
      organisations.all(),
      applications.all(),
    ]);
    const isHeld = (held: { readonly network: string; readonly organisation?: string }) =>
      held.network === id && authority.may('membership', 'read', held);
    return {
      people: people.filter(
        entry =>
          authority.reaches('account', 'read', entry) &&
          entry.memberships.some(held => isHeld(held) && isInForce(held, nowMs)),
      ).length,
      organisations: places.filter(
        place =>
          authority.may('organisation', 'read', { organisation: place.id }) &&
          (place.networks.length === 0 || place.networks.includes(id)),
      ).length,
      applications: authority.mayAnywhere('application_settings', 'read')
        ? clients.filter(
            ({ network, branch }) =>
              network === id &&
              authority.may('application_settings', 'read', { network, organisation: branch }),
          ).length
        : null,
    };
  }

  async function showForm(
    ctx: Context,
    typed: Typed,
    { network, refusal }: { network?: Network; refusal?: Refusal },
  ): Promise<void> {
    await http.render(ctx, 'admin/network-form', {
      title: network ? `Modifier ${network.name}` : 'Ajouter un réseau',
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      network: network ?? null,
      typed,
      regimes: Object.entries(REGIME_LABELS).map(([value, label]) => ({ value, label })),
      registrations: Object.entries(RCP_REGISTRATION_LABELS).map(([value, label]) => ({ value, label })),
      levels: Object.entries(LEVELS).map(([key, { label, ofService }]) => ({
        id: `level_${key}`,
        label,
        value: typed.levels[key] ?? '',
        options: [
          { value: '', label: `Celui du service (${ACR_WORDS[ofService]?.toLowerCase()})` },
          ...ACR_LADDER.map(acr => ({ value: acr, label: ACR_WORDS[acr] ?? acr })),
        ],
      })),
    });
  }

  const typedIn = (form: Form): Typed => ({
    ...textsOf(form, ['id', 'name', 'regime', 'security_contact', 'rcp_registration']),
    levels: Object.fromEntries(LEVEL_KEYS.map(key => [key, form.get(`level_${key}`)])),
  });

  routes.get('/admin/networks', ctx =>
    desk.openFor(ctx, ['network', 'read'], async ({ authority }) => {
      const all = await networks.all();
      await http.render(ctx, 'admin/networks', {
        rows: all
          .filter(({ id }) => authority.mayInNetwork('network', 'read', id))
          .map(({ id, name, regime }) => ({ id, name, regime: REGIME_LABELS[regime] })),
        mayCreate: authority.mayAnywhere('network', 'create'),
      });
    }),
  );

  routes.get('/admin/networks/new', ctx =>
    desk.openFor(ctx, ['network', 'create'], () => showForm(ctx, { levels: {} }, {})),
  );

  routes.post('/admin/networks/new', ctx =>
    desk.openFor(ctx, ['network', 'create'], async clerk => {
      const typed = typedIn(await http.readForm(ctx));
      const { levels, ...texts } = typed;
      const chosen = Object.entries(levels).filter(([, acr]) => acr !== '');
      const input = { ...texts, minimum_acr: Object.fromEntries(chosen) };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.create, input },
        {
          again: refusal => showForm(ctx, typed, { refusal }),
          then: outcome =>
            outcome.state === 'done'
              ? `/admin/networks/${outcome.result.id}?done=created`
              : '/admin/networks',
        },
      );
    }),
  );

  routes.get('/admin/networks/:id', (ctx, next) => {
    if (ctx.params['id'] === 'new') return next();
    return desk.openFor(ctx, ['network', 'read'], async ({ authority }) => {
      const network = await visible(ctx, authority);
      await http.render(ctx, 'admin/network', {
        title: network.name,
        done: doneSentence(ctx, DONE),
        network,
        regime: REGIME_LABELS[network.regime],
        registration: RCP_REGISTRATION_LABELS[network.rcpRegistration ?? ''],
        levels: Object.entries(LEVELS).map(([key, { label, ofService }]) => ({
          label,
          acr: network.minimumAcr[key] ?? ofService,
          isOwn: network.minimumAcr[key] !== undefined,
        })),
        figures: await figuresOf(network, authority),
        validators: network.validators?.length ?? 0,
        notices: (await context.notices.list(network.id)).length,
        mayUpdate: authority.may('network', 'update', { network: network.id }),
      });
    });
  });

  routes.get('/admin/networks/:id/edit', ctx =>
    desk.openFor(ctx, ['network', 'update'], async ({ administrator, authority }) => {
      const network = await visible(ctx, authority);
      const decision = await context.acts.judge(administrator, acts.update, { id: network.id });
      if (!decision.decision) throw refusedBy(decision);
      const { name, regime, minimumAcr, securityContact, rcpRegistration } = network;
      const typed = { name, regime, security_contact: securityContact, rcp_registration: rcpRegistration };
      await showForm(ctx, { ...typed, levels: minimumAcr }, { network });
    }),
  );

  /** The regime decides over every record of the network: what it does is said before, and why is asked. */
  async function showRegime(
    ctx: Context,
    { authority }: Clerk,
    asked: { readonly network: Network; readonly regime: Network['regime']; readonly typed: Typed },
    problem?: string,
  ): Promise<void> {
    const { network, regime, typed } = asked;
    await http.render(ctx, 'admin/network-regime', {
      network,
      typed,
      problem: problem ?? null,
      reason: '',
      before: REGIME_LABELS[network.regime],
      after: REGIME_LABELS[regime],
      effects: REGIME_EFFECTS[regime],
      figures: await figuresOf(network, authority),
    });
  }

  routes.post('/admin/networks/:id/edit', ctx =>
    desk.openFor(ctx, ['network', 'update'], async clerk => {
      const network = await visible(ctx, clerk.authority);
      const form = await http.readForm(ctx);
      const typed = typedIn(form);
      const input = {
        id: network.id,
        name: form.get('name'),
        regime: typed.regime,
        minimum_acr: typed.levels,
        security_contact: form.get('security_contact'),
        rcp_registration: form.get('rcp_registration'),
      };
      const reason = form.get('reason').trim();
      const regime = changedRegime(network, typed);
      if (regime && reason === '') {
        try {
          await context.acts.preview(clerk.administrator, acts.update, input);
        } catch (error) {
          if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
          await showForm(ctx, typed, { network, refusal: toRefusal(error) });
          ctx.status = error.status;
          return;
        }
        await showRegime(
          ctx,
          clerk,
          { network, regime, typed },
          form.has('reason') ? 'Écrivez pourquoi.' : undefined,
        );
        if (form.has('reason')) ctx.status = 422;
        return;
      }
      const asked = { act: acts.update, input, ...(reason !== '' && { reason: reason.slice(0, 500) }) };
      await submitAct(context, ctx, clerk, asked, {
        again: refusal => showForm(ctx, typed, { network, refusal }),
        then: () => `/admin/networks/${network.id}?done=changed`,
      });
    }),
  );
}

/** The other regime, when the form asks for it. */
function changedRegime(network: Network, { regime }: Typed): Network['regime'] | undefined {
  const known = (Object.keys(REGIME_LABELS) as Network['regime'][]).find(candidate => candidate === regime);
  return known === network.regime ? undefined : known;
}
