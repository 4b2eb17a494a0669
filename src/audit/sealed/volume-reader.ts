import { brotliDecompressSync } from 'node:zlib';
import { hashLine, type AuditBody, type AuditLine } from '../line.ts';
import { segmentId, type Segment } from '../segments.ts';
import { DATA, VolumeFormSchema, type Column, type VolumeForm } from './volume-form.ts';
import type { Part } from './volume.ts';

/** A volume that was decompressed. A line is built when somebody asks for it: most look for a few of some hundred. */
export interface Volume {
  /** All of it, in the order of verification; the hashes are computed anew from the lines when they are read. */
  parts(): readonly Part[];
  /** The groups with a line that `selection` wants, as they were written or what is left of them. */
  groups(selection?: Selection): readonly Segment[];
}

/** Which groups are wanted. */
export interface Selection {
  /** The fields of a line of which one holds the subject; any line when absent. */
  readonly about?: { readonly fields: readonly string[]; readonly subject: string };
  /** How the instant of the first line of a group begins. */
  readonly time: string;
}

/** Throws on what is no volume. */
export function openVolume(text: string): Volume {
  const form = VolumeFormSchema.parse(
    JSON.parse(brotliDecompressSync(Buffer.from(text, 'base64')).toString()),
  );
  const lines = createLines(form);
  const runs = runsOf(form, lines);
  return {
    parts() {
      let next = 0;
      return form.parts.map(part => {
        if ('gap' in part) return part;
        const { chain, before } = part.run;
        return { run: { chain, before, groups: (runs[next++] ?? []).map(group => group.build()) } };
      });
    },
    groups({ about, time } = { time: '' }) {
      const isWanted = about ? lines.finder(about) : () => true;
      return runs.flatMap(groups =>
        groups
          .filter(({ first, size }) => isWanted(first, size) && lines.instant(first).startsWith(time))
          .map(group => ({
            id: segmentId(group.chain, group.seq),
            chain: group.chain,
            lines: group.build(),
          })),
      );
    },
  };
}

interface StoredGroup {
  readonly chain: string;
  readonly seq: number;
  /** Its first line, counted in the volume. */
  readonly first: number;
  readonly size: number;
  build(): readonly AuditLine[];
}

/** The groups of each run. */
function runsOf({ parts }: VolumeForm, lines: Lines): readonly (readonly StoredGroup[])[] {
  let next = 0;
  return parts.flatMap(part => {
    if ('gap' in part) return [];
    const { chain, before, from, sizes } = part.run;
    const start = next;
    const bodyAt = (at: number): AuditBody => lines.body(start + at, chain, from + at);
    const hashAt = chainHashes(before, bodyAt);
    const groups = sizes.map((size): StoredGroup => {
      const first = next;
      next += size;
      const seq = from + first - start;
      return {
        chain,
        seq,
        first,
        size,
        build: () => Array.from({ length: size }, (_, at) => lineAt(first - start + at, bodyAt, hashAt)),
      };
    });
    return [groups];
  });
}

function lineAt(at: number, bodyAt: (at: number) => AuditBody, hashAt: (at: number) => string): AuditLine {
  return {
    ...bodyAt(at),
    get hash() {
      return hashAt(at);
    },
  };
}

/** The hashes of the lines of a run, computed when they are asked for: who looks for a person needs none. */
function chainHashes(before: string, bodyAt: (at: number) => AuditBody): (at: number) => string {
  const hashes: string[] = [];
  return at => {
    for (let next = hashes.length; next <= at; next++)
      hashes.push(hashLine(hashes[next - 1] ?? before, bodyAt(next)));
    return hashes[at] ?? '';
  };
}

/** The lines of a volume by their number, out of its columns. */
interface Lines {
  instant(line: number): string;
  body(line: number, chain: string, seq: number): AuditBody;
  /** Tells of `size` lines from `first` on whether one is about that subject. */
  finder(about: NonNullable<Selection['about']>): (first: number, size: number) => boolean;
}

/** A column, and where in it the value of each line stands. */
interface Slot {
  readonly name: string;
  readonly column: Column;
  readonly places: Uint32Array;
  /** Of the values that lines have so far. */
  count: number;
}

function createLines({ shapes, shapeOfLine, steps, columns }: VolumeForm): Lines {
  const slots = new Map(
    Object.entries(columns).map(([name, column]): [string, Slot] => [
      name,
      { name, column, places: new Uint32Array(steps.length), count: 0 },
    ]),
  );
  const slotsOfShape = shapes.map(shape => shape.split(' ').flatMap(name => slots.get(name) ?? []));
  const slotsOf = (line: number): readonly Slot[] => slotsOfShape[shapeOfLine[line] ?? 0] ?? [];
  const instants = new Float64Array(steps.length);
  for (let line = 0, atMs = 0; line < steps.length; line++) {
    atMs += steps[line] ?? 0;
    instants[line] = atMs;
    for (const slot of slotsOf(line)) slot.places[line] = slot.count++;
  }
  const instant = (line: number): string => new Date(instants[line] ?? 0).toISOString();

  return {
    instant,
    body(line, chain, seq) {
      const body: Record<string, unknown> = { at: instant(line), chain, seq };
      let data: Record<string, unknown> | undefined;
      for (const slot of slotsOf(line)) {
        if (!slot.name.startsWith(DATA)) body[slot.name] = valueAt(slot, line);
        else {
          data ??= {};
          if (slot.name !== DATA) data[slot.name.slice(DATA.length)] = valueAt(slot, line);
        }
      }
      if (data) body['data'] = data;
      return body as unknown as AuditBody;
    },
    finder({ fields, subject }) {
      const wanted = fields.flatMap(name => slots.get(name) ?? []);
      const known = wanted.filter(({ column }) => column.values.includes(subject));
      const isAbout = (line: number): boolean =>
        known.some(slot => slotsOf(line).includes(slot) && valueAt(slot, line) === subject);
      return (first, size) => {
        if (known.length === 0) return false;
        for (let line = first; line < first + size; line++) if (isAbout(line)) return true;
        return false;
      };
    },
  };
}

function valueAt({ column: { values, indexes }, places }: Slot, line: number): unknown {
  const at = places[line] ?? 0;
  return values[indexes === undefined ? at : (indexes[at] ?? 0)];
}
