import { AppError } from '#kernel/index.ts';
import { z } from 'zod';
import { actorOf } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import {
  BOUNDS,
  reportOf,
  sheetFile,
  SHEET_TYPES,
  SOMEBODY_ELSE,
  template,
  type ImportAuthor,
  type ImportDoc,
  type ImportLine,
  type ListFiles,
} from '../files/index.ts';
import { idField, lineField } from '../people/fields.ts';
import { formatField, sheetKind } from './export-routes.ts';
import { dryRun } from './act-route.ts';
import { importLineSchema, importSchema, LINE_KINDS } from './import-schemas.ts';
import { cursorOf, toCursor } from './paging.ts';
import { defineRoute, type ApiAnswer, type ApiRoute, type Caller, type Words } from './route.ts';
import { pageSchema, pagingFields, previewSchema } from './schemas.ts';
import { toInstant } from './views.ts';

const TAG = 'Imports';
const one = { schema: importSchema, words: { fr: 'L’import', en: 'The import' } };
const named = z.strictObject({ import: idField });

/** What a step changes of the state of an import. */
const STEPS = {
  start: ['checked', 'running', { fr: 'Confirmer un import', en: 'Confirm an import' }],
  stop: ['running', 'stopped', { fr: 'Arrêter un import', en: 'Stop an import' }],
  resume: ['stopped', 'running', { fr: 'Reprendre un import', en: 'Resume an import' }],
} as const satisfies Record<string, readonly [ImportDoc['state'], ImportDoc['state'], Words]>;

/** Lists of professionals brought in, as at the page: checked, confirmed, done by the job, reported. */
export function importRoutes({
  administration,
  files,
}: Pick<AdminContext, 'administration'> & { readonly files: ListFiles }): readonly ApiRoute[] {
  const { importer, imports } = files;

  async function authorOf({ administrator }: Caller): Promise<ImportAuthor> {
    const authority = await administration.authorityOf(administrator);
    if (!authority.mayAnywhere('account', 'create')) throw notFound();
    return { sub: actorOf(administrator), administrator, authority };
  }

  const find = async (caller: Caller, id: string) => importer.find(await authorOf(caller), id);
  const shown = async (caller: Caller, id: string): Promise<ApiAnswer> => ({
    status: 200,
    body: viewOf(await find(caller, id)),
  });

  const stepRoute = (step: keyof typeof STEPS) => {
    const [from, to, summary] = STEPS[step];
    return defineRoute({
      name: `${step}Import`,
      method: 'POST',
      path: `/imports/{import}/${step}`,
      scope: 'admin:write',
      tag: TAG,
      summary,
      params: named,
      query: z.strictObject({ dry_run: dryRun }),
      answers: {
        200: {
          schema: z.union([importSchema, previewSchema]),
          words: { fr: 'L’import, ou ce qui changerait (dry_run)', en: 'The import, or what would change' },
        },
      },
      async handle(call) {
        const { import: id } = call.params;
        if (call.query.dry_run === 'true') {
          const { state } = await find(call, id);
          const changes = state === from ? { state: { before: from, after: to } } : {};
          return { status: 200, body: { changes, needs_second_person: false } };
        }
        await importer[step](await authorOf(call), id, call.source);
        return shown(call, id);
      },
    });
  };

  /** The lines that match, from behind `after` on; one more than `limit` says that there is another page. */
  async function linesOf(
    doc: ImportDoc,
    {
      kind,
      after = 0,
      limit,
    }: { readonly kind: string | undefined; readonly after: number; readonly limit: number },
  ): Promise<readonly ImportLine[]> {
    const found: ImportLine[] = [];
    for await (const line of imports.lines(doc)) {
      if (line.number <= after || (kind !== undefined && line.kind !== kind)) continue;
      if (found.push(line) > limit) break;
    }
    return found;
  }

  return [
    defineRoute({
      name: 'listImports',
      method: 'GET',
      path: '/imports',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister ses imports', en: 'List one’s own imports' },
      answers: {
        200: {
          schema: z.strictObject({ items: z.array(importSchema) }),
          words: { fr: 'Les plus récents d’abord', en: 'The newest first' },
        },
      },
      async handle(call) {
        return { status: 200, body: { items: (await importer.list(await authorOf(call))).map(viewOf) } };
      },
    }),
    defineRoute({
      name: 'checkImport',
      method: 'POST',
      path: '/imports',
      scope: 'admin:write',
      tag: TAG,
      summary: {
        fr: 'Déposer une liste et la vérifier, sans rien changer',
        en: 'Send a list and check it; changes nothing',
      },
      query: z.strictObject({
        name: lineField(100)
          .optional()
          .meta({ description: 'Nom du fichier, pour les traces. / Name of the file, for the trail.' }),
        network: idField.optional(),
        organisation: idField.optional(),
        profile: idField.optional(),
      }),
      file: { types: [...Object.values(SHEET_TYPES), 'application/octet-stream'], maxBytes: BOUNDS.bytes },
      answers: { 201: { ...one, words: { fr: 'La liste vérifiée', en: 'The list, checked' } } },
      async handle(call) {
        const { name = 'liste', ...defaults } = call.query;
        if (call.file.length === 0) throw fileRefused('Joignez le fichier : un CSV ou un classeur .xlsx.');
        const author = await authorOf(call);
        const file = { name, content: call.file };
        const checked = await importer.check(author, { file, defaults, source: call.source });
        if ('problem' in checked) throw fileRefused(checked.problem);
        return { ...(await shown(call, checked.id)), status: 201, location: `/imports/${checked.id}` };
      },
    }),
    defineRoute({
      name: 'getImportTemplate',
      method: 'GET',
      path: '/imports/template',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire le modèle d’une liste', en: 'Get the template of a list' },
      query: z.strictObject({ format: formatField }),
      answers: { 200: sheetKind },
      async handle(call) {
        await authorOf(call);
        return { status: 200, file: sheetFile({ ...template, format: call.query.format }) };
      },
    }),
    defineRoute({
      name: 'getImport',
      method: 'GET',
      path: '/imports/{import}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Suivre un import', en: 'Follow an import' },
      params: named,
      answers: { 200: one },
      handle: call => shown(call, call.params.import),
    }),
    defineRoute({
      name: 'listImportLines',
      method: 'GET',
      path: '/imports/{import}/lines',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Lire ce que chaque ligne ferait, ou a fait',
        en: 'Read what each line would do, or did',
      },
      params: named,
      query: z.strictObject({
        ...pagingFields,
        kind: z.enum(LINE_KINDS, 'Choisissez un résultat de la vérification.').optional(),
      }),
      answers: { 200: { schema: pageSchema(importLineSchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        const { kind, limit, after } = call.query;
        const doc = await find(call, call.params.import);
        const from = after === undefined ? 0 : Number.parseInt(cursorOf(after), 10) || 0;
        const found = await linesOf(doc, { kind, after: from, limit });
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const next = found.length > limit && last ? toCursor(String(last.number)) : undefined;
        return {
          status: 200,
          next,
          body: { items: items.map(lineOf), ...(next !== undefined && { next }) },
        };
      },
    }),
    defineRoute({
      name: 'chooseImportHomonyms',
      method: 'PUT',
      path: '/imports/{import}/choices',
      scope: 'admin:write',
      tag: TAG,
      summary: { fr: 'Dire qui sont les homonymes', en: 'Say who the namesakes are' },
      params: named,
      query: z.strictObject({ dry_run: dryRun }),
      body: z.strictObject({
        choices: z
          .array(
            z.strictObject({
              line: z.int('Écrivez un nombre entier.'),
              choice: z.union([z.literal(SOMEBODY_ELSE), idField]).meta({
                description: 'Le `sub` d’un candidat, ou `new`. / The `sub` of a candidate, or `new`.',
              }),
            }),
          )
          .min(1, 'Choisissez pour une ligne au moins.')
          .max(1_000, 'Mille choix à la fois au plus.'),
      }),
      answers: { 200: one },
      async handle(call) {
        const { import: id } = call.params;
        const author = await authorOf(call);
        await importer.find(author, id);
        const made = new Map(call.body.choices.map(({ line, choice }) => [line, choice]));
        if (call.query.dry_run !== 'true') await importer.choose(author, id, made);
        return shown(call, id);
      },
    }),
    stepRoute('start'),
    stepRoute('stop'),
    stepRoute('resume'),
    defineRoute({
      name: 'getImportReport',
      method: 'GET',
      path: '/imports/{import}/report',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire le rapport d’un import', en: 'Get the report of an import' },
      params: named,
      query: z.strictObject({ format: formatField }),
      answers: { 200: sheetKind },
      async handle(call) {
        const doc = await find(call, call.params.import);
        const { format } = call.query;
        return { status: 200, file: sheetFile({ ...reportOf(imports.lines(doc)), format }) };
      },
    }),
  ];
}

const viewOf = (doc: ImportDoc): z.input<typeof importSchema> => ({
  import: doc.id,
  file: doc.fileName,
  state: doc.state,
  stopped_by: doc.stoppedBy ?? null,
  lines: doc.lines,
  found: { ...doc.counts },
  ignored_columns: [...doc.ignoredColumns],
  done: doc.done,
  failed: doc.failed,
  left: doc.left,
  mails: { due: doc.toAnnounce, sent: doc.announced, unreached: doc.unreached },
  checked_at: toInstant(doc.checkedAtMs) ?? '',
  started_at: toInstant(doc.startedAtMs),
  ended_at: toInstant(doc.endedAtMs),
});

const lineOf = (line: ImportLine): z.input<typeof importLineSchema> => ({
  line: line.number,
  kind: line.kind,
  state: line.state,
  sub: line.sub ?? null,
  errors: line.errors.map(({ column, message }) => ({ column, message })),
  warnings: [...line.warnings],
  candidates: (line.candidates ?? []).map(({ sub, words }) => ({ sub, words })),
  choice: line.choice ?? null,
  result: line.result ?? null,
  code: line.code ?? null,
});

function fileRefused(problem: string): AppError {
  return new AppError({
    code: 'admin.file_refused',
    status: 422,
    publicMessage: 'Ce fichier n’est pas accepté.',
    errors: [{ path: 'body', code: 'invalid', message: problem }],
  });
}
