import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { z } from 'zod';
import { hashLine, type AuditBody, type AuditLine } from '../line.ts';
import { segmentId, type Segment } from '../segments.ts';

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
 * The compact form of some thousand lines: values column by column, each different text once, the hashes of the chain left
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
  const form: Form = {
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

/** The parts of a volume, hashes computed anew from the lines when they are read. Throws on what is no volume. */
export function decodeVolume(text: string): readonly Part[] {
  const form = FormSchema.parse(JSON.parse(brotliDecompressSync(Buffer.from(text, 'base64')).toString()));
  const names = form.shapes.map(shape => shape.split(' '));
  const columns = new Map(Object.entries(form.columns).map(([name, column]) => [name, unpackColumn(column)]));
  let line = 0;
  let atMs = 0;

  function nextBody(chain: string, seq: number): AuditBody {
    atMs += form.steps[line] ?? 0;
    const body: Record<string, unknown> = { at: new Date(atMs).toISOString(), chain, seq };
    const data: Record<string, unknown> = {};
    let hasData = false;
    for (const name of names[form.shapeOfLine[line] ?? 0] ?? []) {
      const value: unknown = columns.get(name)?.next().value;
      if (!name.startsWith(DATA)) body[name] = value;
      else {
        hasData = true;
        if (name !== DATA) data[name.slice(DATA.length)] = value;
      }
    }
    if (hasData) body['data'] = data;
    line += 1;
    return body as unknown as AuditBody;
  }

  return form.parts.map(part => {
    if ('gap' in part) return part;
    const { chain, before, from, sizes } = part.run;
    let seq = from;
    const bodies: AuditBody[] = [];
    const hashAt = chainHashes(before, bodies);
    const groups = sizes.map(size =>
      Array.from({ length: size }, (): AuditLine => {
        const at = bodies.push(nextBody(chain, seq++)) - 1;
        return {
          ...(bodies[at] as AuditBody),
          get hash() {
            return hashAt(at);
          },
        };
      }),
    );
    return { run: { chain, before, groups } };
  });
}

/** The hashes of the lines of a run, computed when they are asked for: who looks for a person needs none. */
function chainHashes(before: string, bodies: readonly AuditBody[]): (at: number) => string {
  const hashes: string[] = [];
  return at => {
    for (let next = hashes.length; next <= at; next++) {
      const body = bodies[next];
      if (body) hashes.push(hashLine(hashes[next - 1] ?? before, body));
    }
    return hashes[at] ?? '';
  };
}

/** The groups of lines as they were written, or what is left of them. */
export function groupsOf(parts: readonly Part[]): readonly Segment[] {
  return parts.flatMap(part =>
    'gap' in part
      ? []
      : part.run.groups.map(lines => ({
          id: segmentId(part.run.chain, lines[0]?.seq ?? 0),
          chain: part.run.chain,
          lines,
        })),
  );
}

/** Before the name of a data field; alone for an event whose data are empty. */
const DATA = 'data.';

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

function* unpackColumn({ values, indexes }: Column): Generator<unknown, undefined> {
  if (indexes === undefined) yield* values;
  else for (const index of indexes) yield values[index];
  return undefined;
}

const Count = z.number().int().nonnegative();
export const GapSchema = z.strictObject({ chain: z.string(), from: Count, to: Count, hash: z.string() });
/** A thousand of each in a volume: checked by hand, since a schema for each element takes half of the reading. */
const Integers = z.custom<readonly number[]>(
  value => Array.isArray(value) && value.every(item => Number.isInteger(item)),
);
const Values = z.custom<readonly unknown[]>(value => Array.isArray(value));
const ColumnSchema = z.strictObject({ values: Values, indexes: Integers.exactOptional() });
const FormSchema = z.strictObject({
  parts: z.array(
    z.union([
      z.strictObject({
        run: z.strictObject({
          chain: z.string(),
          before: z.string(),
          from: Count,
          sizes: z.array(z.number().int().positive()),
        }),
      }),
      z.strictObject({ gap: GapSchema }),
    ]),
  ),
  shapes: z.array(z.string()),
  shapeOfLine: Integers,
  steps: Integers,
  columns: z.record(z.string(), ColumnSchema),
});

type Column = z.infer<typeof ColumnSchema>;
type Form = z.infer<typeof FormSchema>;
