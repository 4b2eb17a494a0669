import { fold } from '#kernel/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import { whichClientField } from '../applications/fields.ts';
import { idField } from '../people/fields.ts';
import { pageOf } from './paging.ts';
import { defineRoute, type ApiRoute, type Words } from './route.ts';
import { applicationSchema, networkSchema, organisationSchema, pageSchema, pagingFields } from './schemas.ts';
import type { Authority } from '#access/index.ts';
import type { Views } from './views.ts';

interface Register<T extends { readonly id: string; readonly name: string }> {
  readonly tag: string;
  /** `/organisations` */
  readonly path: string;
  readonly list: { readonly name: string; readonly summary: Words };
  readonly get: { readonly name: string; readonly summary: Words };
  readonly schema: z.ZodType;
  /** How the address names one. */
  readonly key: 'id' | 'client_id';
  /** What an id looks like. */
  readonly keyField: z.ZodType<string>;
  readonly all: () => Promise<readonly T[]>;
  readonly one: (id: string) => Promise<T | null>;
  /** SECURITY: what is beyond the branch is neither listed, counted nor read. */
  readonly isVisible: (thing: T, authority: Authority) => boolean;
  readonly view: (thing: T, authority: Authority) => object | Promise<object>;
}

const listQuery = z.strictObject({
  ...pagingFields,
  q: z.string().trim().min(1, 'Écrivez au moins un caractère.').max(200, 'C’est trop long.').optional(),
});

/** Organisations, networks and applications, read. */
export function structureRoutes(
  deps: Pick<AdminContext, 'administration' | 'directory'> & { readonly views: Views },
): readonly ApiRoute[] {
  const { administration, directory, views } = deps;

  function routesOf<T extends { readonly id: string; readonly name: string }>(
    register: Register<T>,
  ): readonly ApiRoute[] {
    const { tag, path, schema, view, isVisible } = register;
    return [
      defineRoute({
        ...register.list,
        method: 'GET',
        path,
        scope: 'admin:read',
        tag,
        query: listQuery,
        answers: { 200: { schema: pageSchema(schema), words: { fr: 'Une page de la liste', en: 'A page' } } },
        async handle({ administrator, query: { q, limit, after } }) {
          const authority = await administration.authorityOf(administrator);
          const wanted = fold(q ?? '');
          const found = (await register.all()).filter(
            thing => isVisible(thing, authority) && `${fold(thing.name)}\n${fold(thing.id)}`.includes(wanted),
          );
          const page = pageOf(found, ({ name, id }) => `${fold(name)}\u0000${id}`, { limit, after });
          const items = await Promise.all(page.items.map(async thing => view(thing, authority)));
          const { next } = page;
          return {
            status: 200,
            next,
            body: { items, total: found.length, ...(next !== undefined && { next }) },
          };
        },
      }),
      defineRoute({
        ...register.get,
        method: 'GET',
        path: `${path}/{${register.key}}`,
        scope: 'admin:read',
        tag,
        params: z.strictObject({ [register.key]: register.keyField }),
        answers: { 200: { schema, words: { fr: 'L’élément', en: 'The item' } } },
        async handle({ administrator, params }) {
          const id = String(params[register.key]);
          const authority = await administration.authorityOf(administrator);
          const thing = await register.one(id);
          if (!thing || !isVisible(thing, authority)) throw notFound();
          return { status: 200, body: await view(thing, authority) };
        },
      }),
    ];
  }

  const { organisations, networks, applications } = directory;
  return [
    ...routesOf({
      tag: 'Établissements',
      path: '/organisations',
      list: {
        name: 'listOrganisations',
        summary: { fr: 'Lister les établissements de la branche', en: 'List organisations of the branch' },
      },
      get: { name: 'getOrganisation', summary: { fr: 'Lire un établissement', en: 'Read an organisation' } },
      schema: organisationSchema,
      key: 'id',
      keyField: idField,
      all: () => organisations.all(),
      one: id => organisations.get(id),
      isVisible: ({ id }, authority) => authority.may('organisation', 'read', { organisation: id }),
      view: views.organisation,
    }),
    ...routesOf({
      tag: 'Réseaux',
      path: '/networks',
      list: { name: 'listNetworks', summary: { fr: 'Lister les réseaux', en: 'List networks' } },
      get: { name: 'getNetwork', summary: { fr: 'Lire un réseau', en: 'Read a network' } },
      schema: networkSchema,
      key: 'id',
      keyField: idField,
      all: () => networks.all(),
      one: id => networks.get(id),
      isVisible: ({ id }, authority) => authority.mayInNetwork('network', 'read', id),
      view: views.network,
    }),
    ...routesOf({
      tag: 'Applications',
      path: '/applications',
      list: { name: 'listApplications', summary: { fr: 'Lister les applications', en: 'List applications' } },
      get: { name: 'getApplication', summary: { fr: 'Lire une application', en: 'Read an application' } },
      schema: applicationSchema,
      key: 'client_id',
      keyField: whichClientField,
      all: () => applications.all(),
      one: id => applications.get(id),
      isVisible: ({ network, branch: organisation }, authority) =>
        authority.may('application_settings', 'read', { network, organisation }),
      view: views.application,
    }),
  ];
}
