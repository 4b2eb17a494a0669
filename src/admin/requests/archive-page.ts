import { Readable } from 'node:stream';
import { EXTENSIONS, nameOf, type AccountRequest } from '#enrolment/index.ts';
import { Zip, ZipPassThrough } from 'fflate';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { defineActEvent } from '../acts/act.ts';
import type { AdminContext } from '../context.ts';
import { queryText } from '../forms.ts';
import { endOfDay, startOfDay } from '../people/days.ts';
import { nameOf as nameOfPerson } from '../people/seen.ts';
import { createArchive, ENDED, type ArchiveFilter, type Ended } from './archive.ts';
import type { FilePages } from './file-page.ts';
import { createFileView } from './file-view.ts';
import { workplaceWords } from './list-page.ts';
import { STATES } from './words.ts';

const PAGE = 50;

/** Everything of a request leaves at once: who took it is known. */
export const requestExported = defineActEvent(
  'admin.account_request.exported',
  'Demande de compte exportée avec ses justificatifs',
);

/** `/admin/requests/archive`: what was decided, and when. */
export function createArchivePage(routes: Router, context: AdminContext): void {
  const { http, desk } = context;
  const archive = createArchive(context);

  routes.get('/admin/requests/archive', ctx =>
    desk.openFor(ctx, ['account_request', 'read'], async ({ authority }) => {
      const asked = askedBy(ctx);
      const after = queryText(ctx, 'after');
      const page = await archive.page(authority, asked.filter, { after, limit: PAGE });
      const linkTo = (more: Readonly<Record<string, string>>) =>
        `/admin/requests/archive?${new URLSearchParams({ ...asked.query, ...more })}`;
      await http.render(ctx, 'admin/requests-archive', {
        filter: asked.query,
        parts: ENDED.map(state => ({ state, label: STATES[state], href: linkTo({ state }) })),
        rows: page.items.map(rowOf),
        isFirst: after === undefined,
        first: linkTo({}),
        next: page.next === undefined ? null : linkTo({ after: page.next }),
      });
    }),
  );
}

function rowOf(request: AccountRequest) {
  const name = nameOf(request);
  return {
    id: request.id,
    name: name ? nameOfPerson(name) : 'Informations effacées',
    place: workplaceWords(request.answers.workplace),
    sentAtMs: (request.life.sentAt ?? 0) * 1000,
    decidedAtMs: (request.life.decidedAt ?? 0) * 1000,
  };
}

function askedBy(ctx: Context): {
  readonly filter: ArchiveFilter;
  readonly query: Readonly<Record<string, string>> & { readonly state: Ended };
} {
  const state = ENDED.find(one => one === queryText(ctx, 'state')) ?? 'opened';
  const [text, from, until] = [queryText(ctx, 'text'), queryText(ctx, 'from'), queryText(ctx, 'until')];
  const instant = (day: string | undefined, edge: (day: string) => string) => {
    const ms = day === undefined ? NaN : Date.parse(edge(day));
    return Number.isNaN(ms) ? undefined : ms;
  };
  return {
    filter: { state, text, fromMs: instant(from, startOfDay), untilMs: instant(until, endOfDay) },
    query: {
      state,
      ...(text !== undefined && { text }),
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
    },
  };
}

/** `/admin/requests/:id/export.zip`: a page that is read anywhere, and every document. */
export function createExport(routes: Router, context: AdminContext, files: FilePages): void {
  const { http, desk, audit, enrolment, clock } = context;
  const viewOf = createFileView(context);

  async function* partsOf(request: AccountRequest, page: string) {
    yield { name: 'demande.html', content: Buffer.from(page) };
    for (const [at, proof] of request.proofs.entries()) {
      const content = await enrolment.documents.content(proof);
      if (content) yield { name: documentName(proof, at), content };
    }
  }

  routes.get('/admin/requests/:id/export.zip', ctx =>
    desk.openFor(ctx, ['account_request', 'read'], async clerk => {
      const request = await files.seen(ctx, clerk);
      const view = await viewOf(request, clerk);
      // The page is rendered as any, so that all that was typed is escaped; then it becomes a file.
      await http.render(ctx, 'admin/request-export', {
        ...view,
        exportedAtMs: clock.nowMs(),
        files: request.proofs.map((proof, at) => documentName(proof, at)),
      });
      const page = String(ctx.body);
      await audit.record(requestExported, {
        actor: clerk.sub,
        source: http.source(ctx),
        acr: clerk.session.acr,
        outcome: 'success',
        data: { target: request.id, via: 'page' },
      });
      ctx.set('Content-Disposition', `attachment; filename="demande-${request.id}.zip"`);
      ctx.set('Cache-Control', 'no-store');
      ctx.type = 'application/zip';
      ctx.body = Readable.from(zipped(partsOf(request, page)));
    }),
  );
}

const documentName = ({ kind, type }: AccountRequest['proofs'][number], at: number) =>
  `documents/${at + 1}-${kind.replaceAll('_', '-')}.${EXTENSIONS[type]}`;

/** One document in memory at a time; nothing is packed, for scans are packed already. */
async function* zipped(
  files: AsyncIterable<{ readonly name: string; readonly content: Buffer }>,
): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let failure: Error | undefined;
  const zip = new Zip((error, chunk) => {
    if (error) failure = error;
    else ready.push(chunk);
  });
  for await (const { name, content } of files) {
    const entry = new ZipPassThrough(name);
    zip.add(entry);
    entry.push(content, true);
    if (failure) throw failure;
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}
