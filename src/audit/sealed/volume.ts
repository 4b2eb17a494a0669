import { brotliCompressSync, constants } from 'node:zlib';
import type { AuditLine } from '../line.ts';
import { DATA, type Column, type VolumeForm } from './volume-form.ts';

/** Lines of one chain without a hole, in the groups in which they were written. */
export interface Run {
  readonly chain: string;
  /** The hash before the first line. */
  readonly before: string;
  readonly groups: readonly (readonly AuditLine[])[];
}

/** Lines that were dropped when their time was over: what the chain needs to go on after them. */
export interface Gap {
  readonly chain: string;
  readonly from: number;
  readonly to: number;
  /** The hash of the last of them. */
  readonly hash: string;
}

/** Runs and gaps in the order of verification: each chain in its order. */
export type Part = { readonly run: Run } | { readonly gap: Gap };

/**
 * The compact form of some hundred lines: values column by column, each different text once, the hashes of the chain left
 * out (they follow from the lines), then brotli. A decision of 460 characters takes about 100 bytes, of which 62 are
 * identifiers that nothing can compress.
 */
export function encodeVolume(parts: readonly Part[]): string {
  const shapes = new Map<string, number>();
  const columns = new Map<string, unknown[]>();
  const shapeOfLine: number[] = [];
  const steps: number[] = [];
  let atMs = 0;

  function addLine(line: AuditLine): void {
    const { chain: _chain, seq: _seq, hash: _hash, at, data, ...rest } = line;
    const ms = Date.parse(at);
    steps.push(ms - atMs);
    atMs = ms;
    const values = [...Object.entries(rest), ...dataEntries(data)];
    const shape = values
      .map(([name]) => name)
      .sort()
      .join(' ');
    if (!shapes.has(shape)) shapes.set(shape, shapes.size);
    shapeOfLine.push(shapes.get(shape) ?? 0);
    for (const [name, value] of values) {
      const column = columns.get(name);
      if (column) column.push(value);
      else columns.set(name, [value]);
    }
  }

  const heads = parts.map(part => {
    if ('gap' in part) return part;
    const { chain, before, groups } = part.run;
    for (const group of groups) group.forEach(addLine);
    return {
      run: { chain, before, from: groups[0]?.[0]?.seq ?? 0, sizes: groups.map(group => group.length) },
    };
  });
  const form: VolumeForm = {
    parts: heads,
    shapes: [...shapes.keys()],
    shapeOfLine,
    steps,
    columns: Object.fromEntries(Array.from(columns, ([name, values]) => [name, packColumn(values)])),
  };
  // Quality 4: a higher one takes ten times as long to win a hundredth.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
  return brotliCompressSync(JSON.stringify(form), { params }).toString('base64');
}

function dataEntries(data: AuditLine['data']): [string, unknown][] {
  if (data === undefined) return [];
  const entries = Object.entries(data).map(([name, value]): [string, unknown] => [`${DATA}${name}`, value]);
  return entries.length === 0 ? [[DATA, null]] : entries;
}

/** Each different value once, when that is shorter. */
function packColumn(values: readonly unknown[]): Column {
  const known = new Map<unknown, number>();
  const indexes = values.map(value => {
    const at = known.get(value) ?? known.size;
    known.set(value, at);
    return at;
  });
  return known.size * 2 < values.length ? { values: [...known.keys()], indexes } : { values: [...values] };
}
