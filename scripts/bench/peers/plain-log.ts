import { DatabaseSync } from 'node:sqlite';
import type { AuditLine } from '../../../src/audit/line.ts';

/** The decision log as one would write it in an afternoon: a table of JSON texts, two indexes, nothing proven. */
export interface PlainLog {
  readonly file: string;
  add(lines: readonly AuditLine[]): void;
  /** After the rows: the quickest way to make indexes. */
  index(): void;
  /** Numbers of the lines about a patient, the newest first. */
  ofPatient(patientKey: string): readonly string[];
  ofPerson(account: string, before: string, limit: number): readonly string[];
  close(): void;
}

export function openPlainLog(file: string): PlainLog {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE lines (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT, patient TEXT, line TEXT NOT NULL);`);
  const insert = db.prepare('INSERT INTO lines (seq, at, actor, patient, line) VALUES (?, ?, ?, ?, ?)');
  /** The whole line is read, as a page shows it. */
  const seqsOf = (rows: readonly Record<string, unknown>[]) =>
    rows.map(({ line }) => String((JSON.parse(String(line)) as AuditLine).seq));
  return {
    file,
    add(lines) {
      db.exec('BEGIN');
      for (const line of lines)
        insert.run(line.seq, line.at, line.actor ?? null, line.patientKey ?? null, JSON.stringify(line));
      db.exec('COMMIT');
    },
    index() {
      db.exec('CREATE INDEX by_actor ON lines (actor, at); CREATE INDEX by_patient ON lines (patient, at);');
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    ofPatient: key =>
      seqsOf(db.prepare('SELECT line FROM lines WHERE patient = ? ORDER BY at DESC, seq DESC').all(key)),
    ofPerson: (account, before, limit) =>
      seqsOf(
        db
          .prepare('SELECT line FROM lines WHERE actor = ? AND at < ? ORDER BY at DESC, seq DESC LIMIT ?')
          .all(account, before, limit),
      ),
    close: () => db.close(),
  };
}
