/**
 * Lists as files: the référent's list of professionals brought in, and lists given out as CSV and XLSX. Owns the
 * reading and writing of sheets, the imports with their lines, and what is exported. Changes nobody by itself: each
 * line is done by the acts of `people/`, under the rights of who confirmed it.
 */
import type { AdminContext, Feature } from '../context.ts';
import type { PeopleActs } from '../people/index.ts';
import { createReference } from '../reference/index.ts';
import { listExported } from './export/events.ts';
import type { ExportedList } from './export/list.ts';
import { peopleList } from './export/people-list.ts';
import { applicationsList, networksList, organisationsList } from './export/register-lists.ts';
import { createExportRoute } from './export/route.ts';
import { importChecked, importEnded, importStarted, importStopped } from './import/events.ts';
import { createImporter, type Importer } from './import/importer.ts';
import { createImports, type Imports } from './import/imports.ts';
import { createImportPages } from './import/pages.ts';
import { createLinePerformer } from './import/perform.ts';
import { createImportRunner } from './import/runner.ts';
import { createSheetReader } from './sheets/reader.ts';

export { writeCsv } from './sheets/csv-writer.ts';
export { writeXlsx } from './sheets/xlsx-writer.ts';
export { isFormat, sendSheet, sheetFile, SHEET_FORMATS, SHEET_TYPES, type SheetFormat } from './send.ts';
export { giveOut, type Taker } from './export/give-out.ts';
export type { ImportAuthor, Importer } from './import/importer.ts';
export { SOMEBODY_ELSE, type ImportDoc, type ImportLine } from './import/line.ts';
export { reportOf, template } from './import/words.ts';
export { BOUNDS } from './sheets/sheet.ts';
export type { Imports } from './import/imports.ts';
export { createExportRoute } from './export/route.ts';
export type { ExportedList } from './export/list.ts';
export type { Cell, Column, Rows } from './sheets/table.ts';

/** How soon after its confirmation an import begins, and how long it pauses between two slices at most. */
const TURN_SECONDS = 2;

/** What goes in and out as files; the API uses the same. */
export interface ListFiles {
  /** Every list that may be taken away. */
  readonly lists: readonly ExportedList<unknown>[];
  readonly importer: Importer;
  readonly imports: Imports;
}

export function createFiles(
  context: AdminContext,
  people: PeopleActs,
): Feature & { readonly files: ListFiles } {
  const imports = createImports(context.store);
  const reference = createReference(context);
  const importer = createImporter({ ...context, imports, reference, reader: createSheetReader() });
  const performLine = createLinePerformer({ ...context, people, imports });
  const runner = createImportRunner({ ...context, people, imports, performLine });
  const lists = [
    peopleList(context),
    organisationsList(context.directory),
    applicationsList(context.directory),
    networksList(context.directory),
  ] as readonly ExportedList<unknown>[];
  return {
    files: { lists, importer, imports },
    events: [importChecked, importStarted, importStopped, importEnded, listExported],
    mount(routes) {
      createImportPages(routes, context, { importer, imports });
      for (const list of lists) createExportRoute(routes, context, list);
    },
    jobs: [{ name: 'admin.imports', seconds: TURN_SECONDS, run: () => runner.run() }],
  };
}
