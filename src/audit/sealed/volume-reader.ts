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
      const wanted = about && [...lines.about(about)];
      const isWanted = ({ first, size }: StoredGroup): boolean =>
        wanted?.some(line => first <= line && line < first + size) !== false;
      return runs.flatMap(groups =>
        groups
          .filter(group => isWanted(group) && lines.instant(group.first).startsWith(time))
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

/** The lines of a volume by their number, out of its columns; quickest in ascending order. */
interface Lines {
  instant(line: number): string;
  body(line: number, chain: string, seq: number): AuditBody;
  /** The numbers of the lines about that subject. */
  about(wanted: NonNullable<Selection['about']>): ReadonlySet<number>;
}

/** A column, and which shapes have it. */
interface Slot {
  readonly name: string;
  readonly column: Column;
  readonly shapes: readonly number[];
}

function createLines({ shapes, shapeOfLine, steps, columns }: VolumeForm): Lines {
  const names = shapes.map(shape => shape.split(' '));
  const slots = new Map(
    Object.entries(columns).map(([name, column]): [string, Slot] => {
      const having = [...names.keys()].filter(shape => names[shape]?.includes(name));
      return [name, { name, column, shapes: having }];
    }),
  );
  const slotsOfShape = names.map(shape => shape.flatMap(name => slots.get(name) ?? []));

  /** The line before which we stand: its instant, and how many lines of each shape came before. */
  let here = 0;
  let hereMs = 0;
  const before = new Uint32Array(shapes.length);

  function moveTo(line: number): void {
    if (line < here) {
      [here, hereMs] = [0, 0];
      before.fill(0);
    }
    for (; here < line; here++) {
      hereMs += steps[here] ?? 0;
      const shape = shapeOfLine[here] ?? 0;
      before[shape] = (before[shape] ?? 0) + 1;
    }
  }

  function instant(line: number): string {
    moveTo(line);
    return new Date(hereMs + (steps[line] ?? 0)).toISOString();
  }

  /** The value of the line before which we stand. */
  function value({ column, shapes: having }: Slot): unknown {
    let place = 0;
    for (const shape of having) place += before[shape] ?? 0;
    return valueAt(column, place);
  }

  return {
    instant,
    body(line, chain, seq) {
      const body: Record<string, unknown> = { at: instant(line), chain, seq };
      let data: Record<string, unknown> | undefined;
      for (const slot of slotsOfShape[shapeOfLine[line] ?? 0] ?? []) {
        if (!slot.name.startsWith(DATA)) body[slot.name] = value(slot);
        else {
          data ??= {};
          if (slot.name !== DATA) data[slot.name.slice(DATA.length)] = value(slot);
        }
      }
      if (data) body['data'] = data;
      return body as unknown as AuditBody;
    },
    about({ fields, subject }) {
      const found = new Set<number>();
      for (const { column, shapes: having } of fields.flatMap(name => slots.get(name) ?? [])) {
        if (!column.values.includes(subject)) continue;
        let place = 0;
        for (const [line, shape] of shapeOfLine.entries())
          if (having.includes(shape) && valueAt(column, place++) === subject) found.add(line);
      }
      return found;
    },
  };
}

function valueAt({ values, indexes }: Column, at: number): unknown {
  return values[indexes === undefined ? at : (indexes[at] ?? 0)];
}
