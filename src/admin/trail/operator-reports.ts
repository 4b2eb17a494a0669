import type { AuditLine } from '#audit/index.ts';
import type { AdminContext } from '../context.ts';
import { writeCsv } from '../files/sheets/csv-writer.ts';
import type { EventCatalogue } from './catalogue-of-events.ts';
import { trailRead } from './events.ts';
import { instantsOf, type Days } from './filters.ts';
import { linkedRecords } from './linked-records.ts';
import { readRecordKey } from './record-key.ts';
import { PERSON_COLUMNS, RECORD_COLUMNS, withEnd } from './report-columns.ts';
import { reportOnPerson, reportOnRecord } from './reports.ts';
import { rowOf, type TrailRow } from './rows.ts';
import { createTrailScope, type ReadingAuthority } from './scope.ts';
import { writeReport } from './written-report.ts';

/** What a report of the command line is about, and how it is written. */
export interface OperatorAsked extends Days {
  readonly about: { readonly record: string } | { readonly person: string };
  /** French text to read or print, CSV for a spreadsheet, or the lines of the log as they are. */
  readonly format: 'text' | 'csv' | 'jsonl';
}

export interface OperatorReports {
  /**
   * « Qui a ouvert ce dossier ? » or « Qu’a fait cette personne ? », whole, part by part, for who operates the service and so
   * can read the store anyway. Leaves a trace before the first part. Throws `admin.invalid` (422) on days that are none and on
   * what is no key of a record; `audit.unavailable` (503): nothing is given out then.
   */
  write(asked: OperatorAsked): AsyncGenerator<string>;
}

/** Everything: the operator is of no branch. */
const WHOLE: ReadingAuthority = { may: () => true, reaches: () => true };

const LINES_AT_ONCE = 500;

export function createOperatorReports(context: AdminContext, events: () => EventCatalogue): OperatorReports {
  const { audit, directory, catalogue, clock } = context;

  async function scopeOfAll() {
    // Everybody is read first, however long that takes: a command has nobody who waits at a page.
    await catalogue.follow();
    const people = new Map((await catalogue.entries()).map(entry => [entry.sub, entry]));
    return createTrailScope({
      visitor: { sub: 'system', authority: WHOLE },
      people,
      organisations: await directory.organisations.all(),
      applications: await directory.applications.all(),
    });
  }

  async function* linesOf({ about, from, to }: OperatorAsked): AsyncGenerator<AuditLine> {
    const days = instantsOf({ from, to });
    const isRecord = 'record' in about;
    const links = isRecord ? await linkedRecords(context, about.record, () => true) : undefined;
    const { only } = isRecord ? reportOnRecord(about.record, {}) : reportOnPerson(about.person, {});
    let after: string | undefined;
    do {
      const page = await audit.backwards({
        ...days,
        ...(isRecord ? { patientKey: links?.keys } : { account: about.person }),
        matches: line => only(line) && (links?.holds(line) ?? true),
        after,
        limit: LINES_AT_ONCE,
      });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  return {
    async *write(asked) {
      const { about, from, to, format } = asked;
      const isRecord = 'record' in about;
      if (isRecord) readRecordKey(about.record);
      instantsOf({ from, to });
      await audit.record(trailRead, {
        actor: 'system',
        outcome: 'success',
        ...(isRecord ? { patientKey: about.record } : { account: about.person }),
        data: { view: isRecord ? 'record_export' : 'person_export', from, to },
      });
      if (format === 'jsonl') {
        for await (const line of linesOf(asked)) yield `${JSON.stringify(line)}\n`;
        return;
      }
      const scope = await scopeOfAll();
      async function* rows(): AsyncGenerator<TrailRow> {
        for await (const line of linesOf(asked)) yield rowOf(line, scope, events());
      }
      if (format === 'csv') yield* writeCsv(isRecord ? RECORD_COLUMNS : PERSON_COLUMNS, withEnd(rows()));
      else {
        const subject = isRecord ? about.record : (scope.nameOf(about.person) ?? about.person);
        yield* writeReport(
          { kind: isRecord ? 'record' : 'person', subject, from, to, atMs: clock.nowMs() },
          rows(),
        );
      }
    },
  };
}
