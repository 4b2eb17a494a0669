import type Router from '@koa/router';
import type { AdminContext } from '../../context.ts';
import { queryText } from '../../forms.ts';
import { isFormat, sendSheetFile } from '../send.ts';
import { giveOut } from './give-out.ts';
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
      const taker = { actor: sub, authority, source: http.source(ctx) };
      sendSheetFile(ctx, await giveOut(audit, list, taker, { format, filter }));
    }),
  );
}
