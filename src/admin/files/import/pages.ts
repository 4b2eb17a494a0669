import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { checkFresh } from '../../acts/fresh.ts';
import type { AdminContext } from '../../context.ts';
import type { Clerk } from '../../desk.ts';
import { queryText } from '../../forms.ts';
import { createChoices } from '../../people/choices.ts';
import { isFormat, sendSheet } from '../send.ts';
import { BOUNDS } from '../sheets/sheet.ts';
import type { Importer } from './importer.ts';
import type { Imports } from './imports.ts';
import type { ImportDoc, ImportLine, LineKind } from './line.ts';
import { KIND_TITLES, KINDS, reportOf, template } from './words.ts';

const ROOT = '/admin/people/import';
const LINES_A_PAGE = 50;
/** How often a page of progress asks again: by a header, so that it needs no script. */
const REFRESH_SECONDS = 3;

/** What is shown first: what asks for something to be done. */
const FIRST_SHOWN: readonly LineKind[] = ['homonym', 'refused', 'create', 'update', 'attach', 'nothing'];

/** `/admin/people/import`: a list of professionals, from the file to the report. */
export function createImportPages(
  routes: Router,
  context: AdminContext,
  { importer, imports }: { readonly importer: Importer; readonly imports: Imports },
): void {
  const { http, desk, directory } = context;
  const choices = createChoices(directory);

  const forImporters = (ctx: Context, show: (clerk: Clerk) => Promise<void>) =>
    desk.openFor(ctx, ['account', 'create'], show);

  async function showForm(
    ctx: Context,
    clerk: Clerk,
    refusal?: { readonly problem: string; readonly code: string; readonly values?: object },
  ): Promise<void> {
    const { authority } = clerk;
    await http.render(ctx, 'admin/import', {
      alert: refusal ? { code: refusal.code, message: refusal.problem } : null,
      values: refusal?.values ?? {},
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['membership', 'give']),
      profiles: choices
        .profiles(authority)
        .filter(({ value }) => !context.administration.policy().isPrivileged(value)),
      recent: (await importer.list(clerk)).map(doc => ({ ...doc, words: stateWords(doc) })),
    });
    if (refusal) ctx.status = 422;
  }

  routes.get(ROOT, ctx => forImporters(ctx, clerk => showForm(ctx, clerk)));

  routes.get(`${ROOT}/template.:format`, ctx =>
    forImporters(ctx, async () => {
      const { format } = ctx.params;
      if (!isFormat(format)) return ctx.throw(404);
      sendSheet(ctx, { ...template, format });
    }),
  );

  routes.post(ROOT, ctx =>
    forImporters(ctx, async clerk => {
      try {
        const { form, file } = await http.readUpload(ctx, BOUNDS.bytes);
        const defaults = {
          network: form.get('network') || undefined,
          organisation: form.get('organisation') || undefined,
          profile: form.get('profile') || undefined,
        };
        const refuse = (problem: string) =>
          showForm(ctx, clerk, { problem, code: 'admin.file_refused', values: defaults });
        if (!file) return await refuse('Choisissez un fichier.');
        const checked = await importer.check(clerk, { file, defaults, source: http.source(ctx) });
        if ('problem' in checked) return await refuse(checked.problem);
        http.redirect(ctx, `${ROOT}/${checked.id}`);
      } catch (error) {
        if (!isAppError(error, 'http.too_large')) throw error;
        await showForm(ctx, clerk, { problem: error.publicMessage, code: error.code });
      }
    }),
  );

  routes.get(`${ROOT}/:id`, ctx =>
    forImporters(ctx, async clerk => {
      const doc = await importer.find(clerk, String(ctx.params['id']));
      // Whoever is about to confirm it signs in before, and not after, the button.
      if (doc.state === 'checked' || doc.state === 'stopped')
        checkFresh(context, clerk.administrator, ['account', 'open']);
      if (doc.state === 'checked') return showCheck(ctx, doc);
      if (doc.state === 'running') ctx.set('Refresh', String(REFRESH_SECONDS));
      const handled = doc.done + doc.failed + doc.left;
      await http.render(ctx, 'admin/import-progress', {
        doc,
        handled,
        isMailing: doc.state === 'running' && doc.nextChunk >= doc.chunks,
        words: stateWords(doc),
      });
    }),
  );

  async function showCheck(ctx: Context, doc: ImportDoc): Promise<void> {
    const asked = KINDS.find(kind => kind === queryText(ctx, 'show'));
    const shown = asked ?? FIRST_SHOWN.find(kind => doc.counts[kind] > 0) ?? 'create';
    const from = Math.max(0, Math.trunc(Number(queryText(ctx, 'from') ?? 0)) || 0);
    const lines: ImportLine[] = [];
    let matching = 0;
    let chosen = 0;
    for await (const line of imports.lines(doc)) {
      if (line.kind === 'homonym' && line.choice !== undefined) chosen += 1;
      if (line.kind !== shown) continue;
      if (matching >= from && lines.length < LINES_A_PAGE) lines.push(line);
      matching += 1;
    }
    const { create, attach, update, nothing, homonym } = doc.counts;
    await http.render(ctx, 'admin/import-check', {
      doc,
      shown,
      lines,
      tabs: KINDS.filter(kind => doc.counts[kind] > 0).map(kind => ({
        kind,
        label: KIND_TITLES[kind],
        count: doc.counts[kind],
      })),
      chosen,
      unchosen: homonym - chosen,
      toDo: create + attach + update + chosen,
      isUseless: create + attach + update + chosen === 0,
      nothing,
      previous: from > 0 ? Math.max(0, from - LINES_A_PAGE) : null,
      next: from + LINES_A_PAGE < matching ? from + LINES_A_PAGE : null,
      from,
    });
  }

  routes.post(`${ROOT}/:id/choices`, ctx =>
    forImporters(ctx, async clerk => {
      const form = await http.readForm(ctx);
      const id = String(ctx.params['id']);
      const doc = await importer.find(clerk, id);
      const made = new Map<number, string>();
      for await (const { kind, number } of imports.lines(doc)) {
        const choice = kind === 'homonym' ? form.get(`choice.${number}`) : '';
        if (choice !== '') made.set(number, choice);
      }
      await importer.choose(clerk, id, made);
      const from = /^\d{1,5}$/u.test(form.get('from')) ? form.get('from') : '0';
      http.redirect(ctx, `${ROOT}/${id}?show=homonym&from=${from}`);
    }),
  );

  const move = (name: string, work: (clerk: Clerk, id: string, source: string) => Promise<void>) =>
    routes.post(`${ROOT}/:id/${name}`, ctx =>
      forImporters(ctx, async clerk => {
        await http.readForm(ctx);
        const id = String(ctx.params['id']);
        await work(clerk, id, http.source(ctx));
        http.redirect(ctx, `${ROOT}/${id}`);
      }),
    );
  move('confirm', importer.start);
  move('stop', importer.stop);
  move('resume', importer.resume);

  routes.get(`${ROOT}/:id/report.:format`, ctx =>
    forImporters(ctx, async clerk => {
      const { format } = ctx.params;
      const doc = await importer.find(clerk, String(ctx.params['id']));
      if (!isFormat(format)) return ctx.throw(404);
      sendSheet(ctx, { ...reportOf(imports.lines(doc)), format });
    }),
  );
}

function stateWords({ state, stoppedBy, nextChunk, chunks }: ImportDoc): string {
  if (state === 'checked') return 'Vérifiée, à confirmer';
  if (state === 'stopped') return stoppedBy === 'rights' ? 'Arrêtée : vos droits ont changé' : 'Arrêtée';
  if (state === 'done') return 'Terminée';
  return nextChunk >= chunks ? 'Envoi des courriels' : 'En cours';
}
