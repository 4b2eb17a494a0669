import { z } from 'zod';
import type Router from '@koa/router';
import type { AdminContext } from '../context.ts';
import { API_ROOT } from './endpoint.ts';
import type { ApiRoute } from './route.ts';

/** What the page shows of a member of a request. */
interface Member {
  readonly name: string;
  readonly place: 'adresse' | 'recherche' | 'corps';
  readonly isNeeded: boolean;
  readonly kind: string;
}

/** `/admin/api`: the table of routes for people to read, for whoever has any office. */
export function createApiPage(
  routes: Router,
  { http, desk, issuer }: Pick<AdminContext, 'http' | 'desk' | 'issuer'>,
  table: readonly ApiRoute[],
): void {
  let described: ReturnType<typeof groupsOf> | undefined;
  routes.get('/admin/api', ctx =>
    desk.open(ctx, () =>
      // Described when it is first read: every schema is translated for it, and most instances are never asked.
      http.render(ctx, 'admin/api', {
        groups: (described ??= groupsOf(table)),
        root: `${issuer.replace(/\/$/u, '')}${API_ROOT}`,
      }),
    ),
  );
}

function groupsOf(table: readonly ApiRoute[]) {
  return [...new Set(table.map(({ tag }) => tag))].map(tag => ({
    tag,
    routes: table.filter(route => route.tag === tag).map(describe),
  }));
}

function describe(route: ApiRoute) {
  const { name, method, path, scope, summary, answers } = route;
  return {
    name,
    method,
    path,
    scope,
    summary,
    needsVersion: route.current !== undefined,
    takesKey: method === 'POST',
    members: [
      ...membersOf(route.params, 'adresse'),
      ...membersOf(route.query, 'recherche'),
      ...membersOf(route.body, 'corps'),
    ],
    answers: Object.entries(answers).map(([status, { words }]) => ({ status, words })),
  };
}

function membersOf(schema: z.ZodType | undefined, place: Member['place']): readonly Member[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).map(([name, field]) => ({
    name,
    place,
    isNeeded: place === 'adresse' || !field.safeParse(undefined).success,
    kind: kindOf(field),
  }));
}

/** A word or two: the whole schema is in the document. */
function kindOf(field: z.ZodType): string {
  const written = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
  if (written.enum) return written.enum.join(', ');
  const kinds = [...(written.anyOf ?? [written])].filter(each => each.const !== '').map(wordOf);
  return [...new Set(kinds)].join(' ou ');
}

function wordOf({ format, type }: z.core.JSONSchema.JSONSchema): string {
  const name = format ?? String(type ?? 'texte');
  return KINDS[name] ?? name;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'texte',
  integer: 'nombre',
  array: 'liste',
  null: 'null',
  email: 'adresse électronique',
  'date-time': 'instant ISO 8601',
};
