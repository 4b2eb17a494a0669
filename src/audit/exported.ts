import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Checkpoint } from './checkpoints.ts';
import type { Findings } from './findings.ts';
import type { AuditLine } from './line.ts';
import type { Evidence } from './sealed/evidence.ts';
import { ManifestSchema } from './sealed/manifest.ts';
import { GapSchema } from './sealed/volume-form.ts';
import { SpanSchema } from './spans.ts';
import type { Witness } from './witnesses.ts';

const HeadForm = z.strictObject({ chain: z.string(), seq: z.number(), hash: z.string() });
const CheckpointForm = z.strictObject({
  number: z.number().int().positive(),
  at: z.string(),
  heads: z.array(HeadForm),
  previous: z.string(),
  keyId: z.string(),
  signature: z.string(),
});
const LineForm = z.looseObject({
  chain: z.string(),
  seq: z.number().int().positive(),
  at: z.string(),
  hash: z.string(),
  type: z.string(),
});

const WitnessForm = z.union([
  z.strictObject({ checkpoint: CheckpointForm }),
  z.strictObject({ span: SpanSchema }),
]);

/** One line of an export, as `exportAudit` writes it. */
const ExportedForm = z.union([
  z.strictObject({ line: LineForm }),
  z.strictObject({ sealed: ManifestSchema }),
  z.strictObject({ gap: GapSchema }),
  WitnessForm,
  z.strictObject({ excerpt: z.strictObject({ after: z.number().int().positive() }) }),
]);

async function* textLines(file: string): AsyncGenerator<string> {
  yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}

/** What the first line says of an excerpt; 0 for a whole log. */
export async function readExportedStart(file: string): Promise<number> {
  for await (const text of textLines(file)) {
    const first = ExportedForm.safeParse(parseJson(text));
    return first.success && 'excerpt' in first.data ? first.data.excerpt.after : 0;
  }
  return 0;
}

/** The checkpoints and spans. One that is none is told by `readExportedEvidence`. */
export async function* readExportedWitnesses(file: string): AsyncGenerator<Witness> {
  for await (const text of textLines(file)) {
    if (!/^\{"(checkpoint|span)":/u.test(text)) continue;
    const witness = WitnessForm.safeParse(parseJson(text));
    if (witness.success) yield witness.data;
  }
}

/** Everything but the checkpoints and spans, in the order of the file. */
export async function* readExportedEvidence(file: string, findings: Findings): AsyncGenerator<Evidence> {
  let number = 0;
  for await (const text of textLines(file)) {
    number++;
    if (text === '') continue;
    const parsed = ExportedForm.safeParse(parseJson(text));
    if (!parsed.success) findings.add('malformed', `file line ${number}`);
    // Unknown members are kept: they belong to what the hash covers.
    else if ('line' in parsed.data) yield { line: parsed.data.line as unknown as AuditLine };
    else if ('sealed' in parsed.data || 'gap' in parsed.data) yield parsed.data;
  }
}

/**
 * A line that cannot be read counts as absent: a crash may have cut it, and then the store has it. Absent from both,
 * it shows as a missing checkpoint.
 */
export async function* readCheckpointFile(file: string): AsyncGenerator<Checkpoint> {
  for await (const text of textLines(file)) {
    const checkpoint = CheckpointForm.safeParse(parseJson(text));
    if (checkpoint.success) yield checkpoint.data;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
