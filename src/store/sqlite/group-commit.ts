import type { DatabaseSync } from 'node:sqlite';
import type { Batch, BatchOutcome, Declaration, Operation, Outcome, TableOperation } from './protocol.ts';
import { writeNote } from './schema.ts';
import { createTableWriter, type TableWriter } from './table-writer.ts';

/** The writer's work, apart from the thread that it runs on. */
export interface GroupCommit {
  declare(declaration: Declaration): void;
  /** Commits a batch as one durable transaction. */
  commit(batch: Batch): BatchOutcome;
}

/** `commitDelayMs` is the tests' slow disk. */
export function createGroupCommit(db: DatabaseSync, commitDelayMs: number): GroupCommit {
  const tables = new Map<string, TableWriter>();
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');

  function apply(operation: Operation): Outcome {
    if (operation[0] === 'note') {
      writeNote(db, operation[1], operation[2]);
      return null;
    }
    const table = tables.get(operation[1]);
    if (!table) throw new Error(`the table ${operation[1]} was not declared`);
    return applyToTable(table, operation);
  }

  /** All or nothing; throws at the first surprise. */
  function applyTogether(batch: Batch): Outcome[] {
    const outcomes = batch.map(apply);
    commitNow();
    return outcomes;
  }

  /** A surprise is its own operation's only: each runs under a savepoint. */
  function applyApart(batch: Batch): Outcome[] {
    const outcomes = batch.map((operation): Outcome => {
      db.exec('SAVEPOINT operation');
      try {
        const outcome = apply(operation);
        db.exec('RELEASE operation');
        return outcome;
      } catch (error) {
        // On a full disk SQLite may have rolled everything back: then nothing of the batch is there.
        if (!db.isTransaction) throw error;
        db.exec('ROLLBACK TO operation; RELEASE operation');
        return ['failed', messageOf(error)];
      }
    });
    commitNow();
    return outcomes;
  }

  function commitNow(): void {
    if (commitDelayMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, commitDelayMs);
    end.run();
  }

  function inTransaction(work: (batch: Batch) => Outcome[], batch: Batch): Outcome[] | string {
    try {
      begin.run();
      return work(batch);
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      return messageOf(error);
    }
  }

  return {
    declare({ table, hasIndexes, uniqueIndexes }) {
      tables.set(table, createTableWriter(db, table, { any: hasIndexes, unique: new Set(uniqueIndexes) }));
    },
    commit(batch) {
      const together = inTransaction(applyTogether, batch);
      if (typeof together !== 'string' || batch.length === 1) return together;
      return inTransaction(applyApart, batch);
    },
  };
}

function applyToTable(table: TableWriter, operation: TableOperation): Outcome {
  switch (operation[0]) {
    case 'insert':
      return table.insert(operation[2], operation[3]);
    case 'put':
      return table.put(operation[2], operation[3]);
    case 'swap':
      return table.swap(operation[2], operation[3], operation[4]);
    case 'take':
      return table.take(operation[2], operation[3], operation[4]);
    case 'increment':
      return table.increment(operation[2], operation[3], operation[4], operation[5], operation[6]);
    case 'remove':
      return table.remove(operation[2]);
    case 'removeBy':
      return table.removeBy(operation[2], operation[3], operation[4]);
    case 'reap':
      return table.reap(operation[2], operation[3]);
    case 'create':
      return table.create(operation[2]);
    case 'unindex':
      return table.unindex();
    case 'index':
      return table.index(operation[2], operation[3], operation[4], operation[5]);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
