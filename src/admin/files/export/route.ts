import type Router from '@koa/router';
import type { AdminContext } from '../../context.ts';
import { queryText } from '../../forms.ts';
import { isFormat, sendSheet } from '../send.ts';
import { listExported } from './events.ts';
import type { ExportedList } from './list.ts';

/** `/admin/export/<list>.csv` and `.xlsx`, with the filters of the list's page in the query. */
export function createExportRoute<Row>(
  routes: Router,
  { http, desk, audit }: Pick<AdminContext, 'http' | 'desk' | 'audit'>,
  list: ExportedList<Row>,
): void {
  routes.get(`/admin/export/${list.name}.:format`, ctx =>
    desk.openFor(ctx, list.right, async ({ sub, authority }) => {
      const { format } = ctx.params;
      if (!isFormat(format)) return ctx.throw(404);
      const filter = Object.fromEntries(
        list.filters.flatMap(name => {
          const value = queryText(ctx, name);
          return value === undefined ? [] : [[name, value]];
        }),
      );
      const { count, rows } = await list.read(authority, filter);
      // ORDER: the trace before the first line: nothing leaves without it.
      await audit.record(listExported, {
        actor: sub,
        source: http.source(ctx),
        outcome: 'success',
        data: { list: list.name, format, filters: new URLSearchParams(filter).toString(), rows: count },
      });
      sendSheet(ctx, { name: list.name, format, columns: list.columns, rows });
    }),
  );
}
