import { cpus, loadavg } from 'node:os';
import type { Bench, Row } from './bench.ts';

/** Where and when a run was made. */
export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  /** Runnable processes per the last minute, before the run: others' work falsifies the figures. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    date: new Date().toISOString(),
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

export interface Answered {
  readonly bench: Bench;
  readonly rows: readonly Row[];
}

const HEAD = ['what', 'ours', 'peer or limit', 'aim', 'reached', 'verdict'];

/** The table as text, columns aligned, one block per benchmark. */
export function printTable(answers: readonly Answered[]): string {
  const blocks = answers.map(({ bench, rows }) => ({ title: bench.title, cells: rows.map(cellsOf) }));
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...blocks.flatMap(({ cells }) => cells.map(row => row[column]?.length ?? 0))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(HEAD), rule, ...blocks.flatMap(({ title, cells }) => [title, ...cells.map(line), ''])].join(
    '\n',
  );
}

function cellsOf(row: Row): readonly string[] {
  const verdict = row.isMet === undefined ? '' : row.isMet ? 'met' : 'missed';
  return [`  ${row.what}`, row.ours, row.peer ?? '', row.aim ?? '', row.reached ?? '', verdict];
}

/** The run as data. */
export function toJson(machine: Machine, isQuick: boolean, answers: readonly Answered[]): string {
  const benches = answers.map(({ bench, rows }) => ({ name: bench.name, title: bench.title, rows }));
  return `${JSON.stringify({ machine, isQuick, benches }, null, 2)}\n`;
}
