import type { Authority } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import { sheetFile, type SheetFile, type SheetFormat } from '../send.ts';
import { listExported } from './events.ts';
import type { ExportedList, ListFilter } from './list.ts';

/** Who takes a list away. */
export interface Taker {
  /** The `sub`, or `client:<id>`. */
  readonly actor: string;
  readonly authority: Authority;
  readonly source: string;
}

/** A list as a file, traced. */
export async function giveOut<Row>(
  audit: Audit,
  list: ExportedList<Row>,
  { actor, authority, source }: Taker,
  { format, filter }: { readonly format: SheetFormat; readonly filter: ListFilter },
): Promise<SheetFile> {
  const { name, columns } = list;
  const { count, rows } = await list.read(authority, filter);
  // ORDER: the trace before the first line: nothing leaves without it.
  await audit.record(listExported, {
    actor,
    source,
    outcome: 'success',
    data: { list: name, format, filters: new URLSearchParams(filter).toString(), rows: count },
  });
  return sheetFile({ name, format, columns, rows });
}
