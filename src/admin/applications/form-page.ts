import type { Authority } from '#access/index.ts';
import { clientAuthMethodOf, GRANT_TYPES, type Application } from '#directory/index.ts';
import type { Form } from '#http/index.ts';
import { ACR_LADDER, isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import { submitAct, toRefusal, type Refusal } from '../forms.ts';
import { ACR_WORDS } from '../networks/words.ts';
import { branchOf } from '../organisations/tree.ts';
import type { ApplicationActs } from './acts.ts';
import { pathOf, type ApplicationPages } from './pages.ts';
import { newApplication } from './settings.ts';
import { GRANTS, METHODS, scopeChoice } from './words.ts';

/** The form's fields with one text each; what a page shows again when it was refused. */
const TEXTS = [
  'name',
  'network',
  'branch',
  'backchannel_logout_uri',
  'minimum_acr',
  'token_endpoint_auth_method',
  'jwks_uri',
  'tls_client_auth_subject_dn',
] as const;
const LISTS = ['redirect_uris', 'post_logout_redirect_uris'] as const;
const SWITCHES = ['require_pkce', 'asserts_acr', 'can_simulate'] as const;

/** Adding an application, and changing one. */
export function createApplicationForm(
  routes: Router,
  context: AdminContext,
  acts: ApplicationActs,
  pages: ApplicationPages,
): void {
  const { http, desk, directory, ports, base } = context;

  async function showForm(
    ctx: Context,
    authority: Authority,
    typed: Readonly<Record<string, unknown>>,
    { application, refusal }: { application?: Application; refusal?: Refusal },
  ): Promise<void> {
    const choices = (labels: Readonly<Record<string, string>>) =>
      Object.entries(labels).map(([value, label]) => ({ value, label }));
    const { signInScopes, apiScopes } = ports.relyingParties;
    const known = new Set([...signInScopes, ...apiScopes]);
    await http.render(ctx, 'admin/application-form', {
      title: application ? `Modifier ${application.name}` : 'Ajouter une application',
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      application: application ?? null,
      back: application ? pathOf(application) : '/admin/applications',
      typed,
      grants: choices(GRANTS),
      methods: choices(METHODS),
      signInScopes: signInScopes.map(scopeChoice),
      apiScopes: [...apiScopes, ...(application?.scopes ?? []).filter(scope => !known.has(scope))].map(
        scopeChoice,
      ),
      levels: [
        { value: '', label: 'Celui du service (niveau 1 : mot de passe)' },
        ...ACR_LADDER.map(acr => ({ value: acr, label: ACR_WORDS[acr] ?? acr })),
      ],
      networks: (await directory.networks.all())
        .filter(({ id }) => authority.mayInNetwork('network', 'read', id))
        .map(({ id, name }) => ({ value: id, label: name })),
      organisations: branchOf(await directory.organisations.all(), authority).map(
        ({ organisation: { id, name }, depth }) => ({ value: id, label: `${'\u2003'.repeat(depth)}${name}` }),
      ),
    });
  }

  routes.get('/admin/applications/new', ctx =>
    desk.openFor(ctx, ['application_settings', 'create'], async clerk => {
      await pages.demand(clerk, 'create');
      await showForm(ctx, clerk.authority, { ...typedOf(newApplication('', base.isTraining)), name: '' }, {});
    }),
  );

  routes.post('/admin/applications/new', ctx =>
    desk.openFor(ctx, ['application_settings', 'create'], async clerk => {
      const form = await http.readForm(ctx);
      const input = { client_id: form.get('client_id').trim(), ...inputOf(form) };
      try {
        const outcome = await context.acts.perform(clerk.administrator, acts.create, input, {
          via: 'page',
          source: http.source(ctx),
        });
        if (outcome.state !== 'done') return http.redirect(ctx, '/admin/applications');
        const { client_id: id, client_secret: secret } = outcome.result;
        if (secret === null) return http.redirect(ctx, `${pathOf({ id })}?done=changed`);
        // SECURITY: the secret stands on this answer alone: no address, no cookie and no log has it.
        await http.render(ctx, 'admin/application-secret', {
          isNew: true,
          name: input.name,
          id,
          secret,
          until: null,
          back: pathOf({ id }),
        });
      } catch (error) {
        if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
        await showForm(ctx, clerk.authority, typedIn(form), { refusal: toRefusal(error) });
        ctx.status = error.status;
      }
    }),
  );

  routes.get('/admin/applications/:id/edit', ctx =>
    desk.openFor(ctx, ['application_settings', 'update'], async clerk => {
      const application = await pages.visible(ctx, clerk.authority);
      await pages.demand(clerk, 'update', application);
      await showForm(ctx, clerk.authority, typedOf(application), { application });
    }),
  );

  routes.post('/admin/applications/:id/edit', ctx =>
    desk.openFor(ctx, ['application_settings', 'update'], async clerk => {
      const application = await pages.visible(ctx, clerk.authority);
      const form = await http.readForm(ctx);
      const asked = { act: acts.update, input: { client_id: application.id, ...inputOf(form) } };
      await submitAct(context, ctx, clerk, asked, {
        again: refusal => showForm(ctx, clerk.authority, typedIn(form), { application, refusal }),
        then: () => `${pathOf(application)}?done=changed`,
      });
    }),
  );
}

const linesOf = (text: string) =>
  text
    .split(/\r?\n/u)
    .map(line => line.trim())
    .filter(line => line !== '');

/** What the form asks for: every field of it, an emptied one as an empty text. */
function inputOf(form: Form) {
  return {
    ...Object.fromEntries(TEXTS.map(field => [field, form.get(field).trim()])),
    name: form.get('name'),
    ...Object.fromEntries(LISTS.map(field => [field, linesOf(form.get(field))])),
    ...Object.fromEntries(SWITCHES.map(field => [field, form.has(field)])),
    grant_types: form.all('grant_types'),
    scopes: form.all('scopes'),
    kiosk: { url: form.get('kiosk_url').trim(), description: form.get('kiosk_description').trim() },
  };
}

function typedIn(form: Form): Readonly<Record<string, unknown>> {
  const texts = [...TEXTS, ...LISTS, 'client_id', 'kiosk_url', 'kiosk_description'];
  return {
    ...Object.fromEntries(texts.map(field => [field, form.get(field)])),
    ...Object.fromEntries(SWITCHES.map(field => [field, form.has(field)])),
    grant_types: form.all('grant_types'),
    scopes: form.all('scopes'),
  };
}

function typedOf(application: Application): Readonly<Record<string, unknown>> {
  return {
    client_id: application.id,
    name: application.name,
    network: application.network,
    branch: application.branch,
    redirect_uris: application.redirectUris.join('\n'),
    post_logout_redirect_uris: application.postLogoutRedirectUris.join('\n'),
    backchannel_logout_uri: application.backchannelLogoutUri,
    grant_types: application.grantTypes.filter(type => GRANT_TYPES.some(known => known === type)),
    scopes: application.scopes,
    minimum_acr: application.minimumAcr,
    token_endpoint_auth_method: clientAuthMethodOf(application),
    jwks_uri: application.jwksUri,
    tls_client_auth_subject_dn: application.tlsClientAuthSubjectDn,
    require_pkce: application.requirePkce,
    asserts_acr: application.assertsAcr,
    can_simulate: application.canSimulate,
    kiosk_url: application.kiosk?.url,
    kiosk_description: application.kiosk?.description,
  };
}
