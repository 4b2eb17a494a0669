import { ROOT_ORGANISATION, type Authority } from '#access/index.ts';
import { logoPathFor, pathOfLogo, type Organisation } from '#directory/index.ts';
import type Router from '@koa/router';
import type { AdminContext } from '../context.ts';
import { notFound } from '../acts/refusals.ts';
import { doneSentence, queryText, type Refusal } from '../forms.ts';
import { isDoubtfulFiness } from './fields.ts';
import { branchOf, narrow } from './tree.ts';

/** How many stand on one page of the list. */
const PAGE = 100;
/** Services shown on the page of an establishment; the list shows them all. */
const MOST_CHILDREN = 50;

const DONE: Readonly<Record<string, string>> = {
  created: 'L’établissement est ajouté.',
  changed: 'Les informations sont enregistrées.',
  logo: 'Le logo est changé.',
  'logo-removed': 'Le logo est retiré.',
  referent: 'Le référent est désigné.',
  'referent-removed': 'Le référent est retiré.',
};

/** What the other pages of an establishment need of this one. */
export interface OrganisationPages {
  /** The organisation, within the branch. Throws `admin.not_found` (404). */
  readonly visible: (id: string, authority: Authority) => Promise<Organisation>;
  /** Renders its page; `refusal` when an act from there was refused. */
  readonly show: (
    ctx: Parameters<AdminContext['http']['render']>[0],
    organisation: Organisation,
    authority: Authority,
    refusal?: Refusal,
  ) => Promise<void>;
}

/** `/admin/organisations` and the page of one of them. */
export function createOrganisationPages(routes: Router, context: AdminContext): OrganisationPages {
  const { http, desk, directory } = context;
  const { organisations, networks, professionals } = directory;

  async function visible(id: string, authority: Authority): Promise<Organisation> {
    const organisation = await organisations.get(id);
    if (!organisation || !authority.may('organisation', 'read', { organisation: id })) throw notFound();
    return organisation;
  }

  /** SECURITY: who left the branch is counted, not named. */
  async function referentsOf({ referents = [] }: Organisation, authority: Authority) {
    const people = await Promise.all(referents.map(sub => professionals.get(sub)));
    return people.map((person, index) => {
      const isSeen = person !== null && authority.reaches('account', 'read', person);
      return {
        sub: referents[index] ?? '',
        name: isSeen ? `${person.givenName} ${person.familyName}` : null,
        email: isSeen ? (person.email ?? null) : null,
        phone: isSeen ? (person.phone ?? null) : null,
        isActive: person?.status === 'active',
      };
    });
  }

  async function nameOfParent({ parent }: Organisation, authority: Authority) {
    if (parent === undefined || !authority.may('organisation', 'read', { organisation: parent })) return null;
    const above = await organisations.get(parent);
    // The root of the tree needs no row of its own (contract §3).
    return above ? { id: above.id, name: above.name } : null;
  }

  async function networkNames(ids: readonly string[], authority: Authority) {
    const known = await Promise.all(ids.map(id => networks.get(id)));
    return known.flatMap(network =>
      network && authority.mayInNetwork('network', 'read', network.id)
        ? [{ id: network.id, name: network.name }]
        : [],
    );
  }

  const show: OrganisationPages['show'] = async (ctx, organisation, authority, refusal) => {
    const { id, parent } = organisation;
    const all = await organisations.all();
    const children = all.filter(other => other.parent === id && other.id !== id);
    const mayUpdate = authority.may('organisation', 'update', { organisation: id });
    await http.render(ctx, 'admin/organisation', {
      title: organisation.name,
      alert: refusal ?? null,
      done: doneSentence(ctx, DONE),
      organisation,
      isRoot: id === ROOT_ORGANISATION,
      isFinessDoubtful: isDoubtfulFiness(organisation.finess),
      parent: await nameOfParent(organisation, authority),
      networks: await networkNames(organisation.networks, authority),
      children: children.slice(0, MOST_CHILDREN).map(child => ({ id: child.id, name: child.name })),
      hiddenChildren: Math.max(0, children.length - MOST_CHILDREN),
      referents: await referentsOf(organisation, authority),
      logo: organisation.logo === undefined ? null : pathOfLogo(organisation.logo),
      inheritedLogo:
        organisation.logo === undefined ? ((await logoPathFor(organisations, parent)) ?? null) : null,
      mayUpdate,
      mayCreate: authority.may('organisation', 'create', { organisation: id }),
    });
  };

  routes.get('/admin/organisations', ctx =>
    desk.openFor(ctx, ['organisation', 'read'], async ({ authority }) => {
      const text = queryText(ctx, 'q');
      const after = queryText(ctx, 'after');
      const found = narrow(branchOf(await organisations.all(), authority), text ?? '');
      const start =
        after === undefined ? 0 : found.findIndex(({ organisation }) => organisation.id === after) + 1;
      const rows = found.slice(start, start + PAGE);
      const last = rows.at(-1)?.organisation.id;
      const linkTo = (more: Record<string, string>) =>
        `/admin/organisations?${new URLSearchParams({ ...(text !== undefined && { q: text }), ...more })}`;
      await http.render(ctx, 'admin/organisations', {
        text,
        total: found.length,
        isFirst: start === 0,
        rows: await Promise.all(
          rows.map(
            async ({ organisation: { id, name, finess, networks: joined, referents = [] }, depth }) => ({
              id,
              name,
              finess: finess ?? null,
              // A list that is narrowed is no tree any more.
              depth: text === undefined ? depth : 0,
              networks: (await networkNames(joined, authority)).map(network => network.name),
              referents: referents.length,
            }),
          ),
        ),
        next: last !== undefined && start + PAGE < found.length ? linkTo({ after: last }) : null,
        first: linkTo({}),
        mayCreate: authority.mayAnywhere('organisation', 'create'),
      });
    }),
  );

  routes.get('/admin/organisations/:id', (ctx, next) => {
    if (ctx.params['id'] === 'new') return next();
    return desk.openFor(ctx, ['organisation', 'read'], async ({ authority }) =>
      show(ctx, await visible(String(ctx.params['id']), authority), authority),
    );
  });

  return { visible, show };
}
