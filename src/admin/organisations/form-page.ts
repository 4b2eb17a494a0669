import type { Authority } from '#access/index.ts';
import type { Organisation } from '#directory/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { queryText, submitAct, textsOf, type Refusal } from '../forms.ts';
import { createReference, prefillStructure, type PrefillNote } from '../reference/index.ts';
import type { OrganisationActs } from './acts.ts';
import type { OrganisationPages } from './pages.ts';
import { branchOf } from './tree.ts';

/** The fields as they stand in the form. */
interface Typed {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly finess?: string | undefined;
  readonly parent?: string | undefined;
  readonly networks: readonly string[];
}

/** Adding an establishment, and changing what is known of one. */
export function createOrganisationForm(
  routes: Router,
  context: AdminContext,
  acts: OrganisationActs,
  { visible }: OrganisationPages,
): void {
  const { http, desk, directory } = context;
  const reference = createReference(context);

  async function showForm(
    ctx: Context,
    authority: Authority,
    typed: Typed,
    {
      organisation,
      refusal,
      prefill,
    }: {
      organisation?: Organisation | undefined;
      refusal?: Refusal;
      prefill?: PrefillNote | undefined;
    },
  ): Promise<void> {
    const all = await directory.organisations.all();
    const isNew = organisation === undefined;
    // Its place and its networks are shown to whoever may change them.
    const mayPlace = authority.may('organisation', 'create', { organisation: organisation?.id });
    const parents = branchOf(all, authority).filter(({ organisation: { id } }) => id !== organisation?.id);
    await http.render(ctx, 'admin/organisation-form', {
      title: isNew ? 'Ajouter un établissement' : `Modifier ${organisation.name}`,
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      organisation: organisation ?? null,
      typed,
      prefill: prefill ?? null,
      isNew,
      mayPlace: isNew || mayPlace,
      parents: parents.map(({ organisation: { id, name }, depth }) => ({
        value: id,
        label: `${'\u2003'.repeat(depth)}${name}`,
      })),
      networks: (await directory.networks.all())
        .filter(({ id }) => authority.mayInNetwork('network', 'read', id))
        .map(({ id, name }) => ({ id, name })),
    });
  }

  const typedIn = (form: Form): Typed => ({
    ...textsOf(form, ['id', 'name', 'finess', 'parent']),
    networks: form.all('networks'),
  });

  routes.get('/admin/organisations/new', ctx =>
    desk.openFor(ctx, ['organisation', 'create'], async ({ authority }) => {
      const known = await prefillStructure(reference, queryText(ctx, 'from_finess'));
      const typed = { parent: queryText(ctx, 'parent'), networks: [], ...known?.values };
      await showForm(ctx, authority, typed, { prefill: known?.note });
    }),
  );

  routes.post('/admin/organisations/new', ctx =>
    desk.openFor(ctx, ['organisation', 'create'], async clerk => {
      const typed = typedIn(await http.readForm(ctx));
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.create, input: typed },
        {
          again: refusal => showForm(ctx, clerk.authority, typed, { refusal }),
          then: outcome =>
            outcome.state === 'done'
              ? `/admin/organisations/${outcome.result.id}?done=created`
              : '/admin/organisations',
        },
      );
    }),
  );

  routes.get('/admin/organisations/:id/edit', ctx =>
    desk.openFor(ctx, ['organisation', 'update'], async ({ administrator, authority }) => {
      const organisation = await visible(String(ctx.params['id']), authority);
      const { id, name, finess, parent, networks } = organisation;
      const decision = await context.acts.judge(administrator, acts.update, { id });
      if (!decision.decision) throw refusedBy(decision);
      await showForm(ctx, authority, { name, finess, parent, networks }, { organisation });
    }),
  );

  routes.post('/admin/organisations/:id/edit', ctx =>
    desk.openFor(ctx, ['organisation', 'update'], async clerk => {
      const { authority } = clerk;
      const organisation = await visible(String(ctx.params['id']), authority);
      const { id } = organisation;
      const form = await http.readForm(ctx);
      const typed = typedIn(form);
      const input = {
        id,
        // An emptied field is one that is to be emptied; the name then says that it is needed.
        name: form.get('name'),
        finess: form.get('finess').trim(),
        ...(authority.may('organisation', 'create', { organisation: id }) && {
          parent: form.get('parent'),
          networks: typed.networks,
        }),
      };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.update, input },
        {
          again: refusal => showForm(ctx, authority, typed, { organisation, refusal }),
          then: () => `/admin/organisations/${id}?done=changed`,
        },
      );
    }),
  );
}
