/**
 * Lists as files: the référent's list of professionals brought in, and lists given out as CSV and XLSX. Owns the
 * reading and writing of sheets, the imports with their lines, and what is exported. Changes nobody by itself: each
 * line is done by the acts of `people/`, under the rights of who confirmed it.
 */
import type { AdminContext, Feature } from '../context.ts';
import type { PeopleActs } from '../people/index.ts';
import { createReference } from '../reference/index.ts';
import { listExported } from './export/events.ts';
import { peopleList } from './export/people-list.ts';
import { applicationsList, networksList, organisationsList } from './export/register-lists.ts';
import { createExportRoute } from './export/route.ts';
import { importChecked, importEnded, importStarted, importStopped } from './import/events.ts';
import { createImporter } from './import/importer.ts';
import { createImports } from './import/imports.ts';
import { createImportPages } from './import/pages.ts';
import { createLinePerformer } from './import/perform.ts';
import { createImportRunner } from './import/runner.ts';
import { createSheetReader } from './sheets/reader.ts';

export { writeCsv } from './sheets/csv-writer.ts';
export { writeXlsx } from './sheets/xlsx-writer.ts';
export { isFormat, sendSheet, type SheetFormat } from './send.ts';
export { createExportRoute } from './export/route.ts';
export type { ExportedList } from './export/list.ts';
export type { Cell, Column, Rows } from './sheets/table.ts';

/** How soon after its confirmation an import begins, and how long it pauses between two slices at most. */
const TURN_SECONDS = 2;

export function createFiles(context: AdminContext, people: PeopleActs): Feature {
  const imports = createImports(context.store);
  const reference = createReference(context);
  const importer = createImporter({ ...context, imports, reference, reader: createSheetReader() });
  const performLine = createLinePerformer({ ...context, people, imports });
  const runner = createImportRunner({ ...context, people, imports, performLine });
  return {
    events: [importChecked, importStarted, importStopped, importEnded, listExported],
    mount(routes) {
      createImportPages(routes, context, { importer, imports });
      createExportRoute(routes, context, peopleList(context));
      createExportRoute(routes, context, organisationsList(context.directory));
      createExportRoute(routes, context, applicationsList(context.directory));
      createExportRoute(routes, context, networksList(context.directory));
    },
    jobs: [{ name: 'admin.imports', seconds: TURN_SECONDS, run: () => runner.run() }],
  };
}
