import type { Authority } from '#access/index.ts';
import type { AdministrationType } from '#access/index.ts';
import type { Column, Rows } from '../sheets/table.ts';

/** What a list is narrowed to, by the names of the query of its page. */
export type ListFilter = Readonly<Record<string, string>>;

/** What is given out: how many rows is known before the first is written, for the trail. */
export interface ListContent<Row> {
  readonly count: number;
  readonly rows: Rows<Row>;
}

/** A list of administration that may be taken away as a file. One per page that lists something. */
export interface ExportedList<Row = never> {
  /** Stands in the address and in the trail. */
  readonly name: string;
  readonly right: readonly [AdministrationType, string];
  /** Names of the query that narrow it; anything else is passed over. */
  readonly filters: readonly string[];
  readonly columns: readonly Column<Row>[];
  /** SECURITY: only what this authority may read, nested things included. */
  read(authority: Authority, filter: ListFilter): Promise<ListContent<Row>>;
}
