import { Readable } from 'node:stream';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import type { Column } from '../files/sheets/table.ts';
import { writeCsv } from '../files/sheets/csv-writer.ts';
import { queryText } from '../forms.ts';
import { parisOf } from '../paris-time.ts';
import type { EventCatalogue } from './catalogue-of-events.ts';
import { filterOf, linkTo } from './filters.ts';
import type { Reading, TrailReader } from './reader.ts';
import { readRecordKey } from './record-key.ts';
import { LIST_COLUMNS, PERSON_COLUMNS, RECORD_COLUMNS, withEnd, type FileRow } from './report-columns.ts';
import { reportOnPerson, reportOnRecord, type TrailReport } from './reports.ts';
import { rowOf, type TrailRow } from './rows.ts';
import { visitorOf } from './visitor.ts';

/** Lines of a report on a page, which people read or print. */
const MOST_ON_PAGE = 500;
/** Lines of a report as a file: what a spreadsheet opens easily. */
const MOST_IN_FILE = 50_000;
const AT_ONCE = 500;
/** How far back a file of the viewer goes when no day is chosen. */
const FILE_DAYS = 31;
const DAY_MS = 86_400_000;

interface Report extends TrailReport {
  readonly path: string;
}

/** « Qu’a fait cette personne ? » and « Qui a ouvert ce dossier ? », to read, to print and as CSV. */
export function createTrailReports(
  routes: Router,
  context: AdminContext,
  { reader, events }: { readonly reader: TrailReader; readonly events: () => EventCatalogue },
): void {
  const { http, desk, clock } = context;

  /** SECURITY: whom or what it is about stands in the path; the query only narrows the days. */
  function personReport(ctx: Context): Report {
    const person = paramOf(ctx, 'sub');
    return {
      ...reportOnPerson(person, filterOf(ctx)),
      path: `/admin/trail/people/${encodeURIComponent(person)}`,
    };
  }

  function recordReport(ctx: Context): Report {
    const record = readRecordKey(paramOf(ctx, 'key'));
    return {
      ...reportOnRecord(record, filterOf(ctx)),
      path: `/admin/trail/records/${encodeURIComponent(record)}`,
    };
  }

  routes.get('/admin/trail/records', ctx =>
    desk.openFor(ctx, ['audit', 'read'], async () => {
      const record = readRecordKey(queryText(ctx, 'record') ?? '');
      http.redirect(ctx, `/admin/trail/records/${encodeURIComponent(record)}`);
      return Promise.resolve();
    }),
  );

  for (const [base, reportOf] of [
    ['/admin/trail/people/:sub', personReport],
    ['/admin/trail/records/:key', recordReport],
  ] as const) {
    routes.get(base, ctx =>
      desk.openFor(ctx, ['audit', 'read'], clerk => showPage(ctx, clerk, reportOf(ctx))),
    );
    routes.get(`${base}/csv`, ctx =>
      desk.openFor(ctx, ['audit', 'read'], clerk => sendCsv(ctx, clerk, reportOf(ctx))),
    );
  }

  /**
   * What the viewer shows, with its filters, as a file: cut to the branch and the networks of who takes it, as on the
   * page. It proves nothing by itself, unlike the whole log, which can be cut to no branch.
   */
  routes.get('/admin/trail/csv', ctx =>
    desk.openFor(ctx, ['audit', 'read'], async clerk => {
      const asked = filterOf(ctx);
      if (asked.record !== undefined) readRecordKey(asked.record);
      const from = asked.from ?? parisOf(clock.nowMs() - FILE_DAYS * DAY_MS).slice(0, 10);
      const filter = { ...asked, q: undefined, from };
      const reading = await reader.open(visitorOf(http, ctx, clerk), { view: 'list_csv', filter });
      sendRows(ctx, 'traces', LIST_COLUMNS, reading);
    }),
  );

  async function showPage(ctx: Context, clerk: Clerk, { kind, path, filter, only }: Report): Promise<void> {
    const reading = await reader.open(visitorOf(http, ctx, clerk), { view: kind, filter, only });
    const rows: TrailRow[] = [];
    for await (const row of rowsOf(reading, MOST_ON_PAGE + 1)) rows.push(row);
    await http.render(ctx, 'admin/trail-report', {
      kind,
      path,
      filter,
      subject: filter.record ?? reading.scope.nameOf(filter.person ?? ''),
      linkedKeys: reading.linkedKeys,
      author: clerk.name,
      atMs: clock.nowMs(),
      rows: rows.slice(0, MOST_ON_PAGE),
      isCut: rows.length > MOST_ON_PAGE,
      mostOnPage: MOST_ON_PAGE,
      mostInFile: MOST_IN_FILE,
      csv: linkTo(`${path}/csv`, { from: filter.from, to: filter.to }),
    });
  }

  async function sendCsv(ctx: Context, clerk: Clerk, { kind, filter, only }: Report): Promise<void> {
    const reading = await reader.open(visitorOf(http, ctx, clerk), { view: `${kind}_csv`, filter, only });
    if (kind === 'record') sendRows(ctx, 'acces-au-dossier', RECORD_COLUMNS, reading);
    else sendRows(ctx, 'actes-de-la-personne', PERSON_COLUMNS, reading);
  }

  function sendRows(ctx: Context, name: string, columns: readonly Column<FileRow>[], reading: Reading): void {
    const day = parisOf(clock.nowMs()).slice(0, 10);
    ctx.type = 'text/csv; charset=utf-8';
    ctx.set('Content-Disposition', `attachment; filename="${name}-${day}.csv"`);
    ctx.body = Readable.from(writeCsv(columns, withEnd(rowsOf(reading, MOST_IN_FILE + 1), MOST_IN_FILE)));
  }

  /** At most that many rows, the newest first, read as they are asked for. */
  async function* rowsOf({ page, scope }: Reading, most: number): AsyncGenerator<TrailRow> {
    let after: string | undefined;
    let left = most;
    do {
      const { items, next } = await page(after, Math.min(AT_ONCE, left));
      for (const line of items) yield rowOf(line, scope, events());
      left -= items.length;
      after = next;
    } while (after !== undefined && left > 0);
  }
}

function paramOf(ctx: Context, name: string): string {
  const { params } = ctx as Context & { readonly params: Readonly<Record<string, string | undefined>> };
  return params[name] ?? '';
}
