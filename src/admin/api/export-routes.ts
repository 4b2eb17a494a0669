import type { AdminContext } from '../context.ts';
import { actorOf } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import { giveOut, SHEET_FORMATS, SHEET_TYPES, type ListFiles } from '../files/index.ts';
import { z } from 'zod';
import { defineRoute, type ApiRoute } from './route.ts';

export const formatField = z
  .enum(SHEET_FORMATS, 'Choisissez csv ou xlsx.')
  .default('csv')
  .meta({ description: 'Format du fichier. / Format of the file.' });
export const sheetKind = {
  types: Object.values(SHEET_TYPES),
  words: { fr: 'Le fichier', en: 'The file' },
} as const;

const filterField = z.string().trim().min(1, 'Écrivez au moins un caractère.').max(200, 'C’est trop long.');

const SUMMARIES: Readonly<Record<string, readonly [fr: string, en: string]>> = {
  people: ['Exporter la liste des personnes de la branche', 'Export the people of the branch'],
  organisations: ['Exporter la liste des établissements', 'Export the organisations'],
  applications: ['Exporter la liste des applications', 'Export the applications'],
  networks: ['Exporter la liste des réseaux', 'Export the networks'],
};

/** Lists as files, each taking away traced. */
export function exportRoutes({
  administration,
  audit,
  files,
}: Pick<AdminContext, 'administration' | 'audit'> & { readonly files: ListFiles }): readonly ApiRoute[] {
  return files.lists.map(list => {
    const { name } = list;
    const [fr, en] = SUMMARIES[name] ?? [name, name];
    return defineRoute({
      name: `export${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`,
      method: 'GET',
      path: `/exports/${name}`,
      scope: 'admin:read',
      tag: 'Fichiers',
      summary: { fr, en },
      query: z.strictObject({
        format: formatField,
        ...Object.fromEntries(list.filters.map(filter => [filter, filterField.optional()])),
      }),
      answers: { 200: sheetKind },
      async handle({ administrator, source, query: { format, ...asked } }) {
        const authority = await administration.authorityOf(administrator);
        if (!authority.mayAnywhere(...list.right)) throw notFound();
        const filter = Object.fromEntries(
          Object.entries(asked).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        );
        const taker = { actor: actorOf(administrator), authority, source };
        return { status: 200, file: await giveOut(audit, list, taker, { format, filter }) };
      },
    });
  });
}
