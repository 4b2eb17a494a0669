import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Store } from '#store/index.ts';
import { z } from 'zod';
import { readCheckpoints, type Checkpoint } from './checkpoints.ts';
import type { ExcerptPart } from './excerpt.ts';
import { chainOpened } from './events.ts';
import { readLines } from './segments.ts';
import { createFindings, linePlace, type AuditFinding, type Findings } from './findings.ts';
import type { AuditLine } from './line.ts';
import { createChainVerifier, type ChainVerifier } from './verify-chain.ts';
import { verifyCheckpoints, type Coverage } from './verify-checkpoints.ts';

export type { AuditFinding, FindingKind } from './findings.ts';

export interface AuditReport {
  /** No finding. */
  readonly isIntact: boolean;
  readonly lines: number;
  readonly chains: number;
  readonly checkpoints: number;
  /** Of an excerpt: what lies before this instant is not in it, nor proven by it. `null` for a whole log. */
  readonly excerptFrom: string | null;
  /** Nothing up to this instant can have been altered unseen; `null` without a trusted checkpoint. */
  readonly coveredUntil: string | null;
  /** Lines that no checkpoint covers yet: they fit their chain, but a cut tail among them would not show. */
  readonly uncoveredLines: number;
  readonly findings: readonly AuditFinding[];
}

/** A line this much older than the newest checkpoint would have been covered by it, had it existed. */
const SLACK_MS = 120_000;

/**
 * Proves that a log is what was written: from the store, or off line from an export. Finds changed, removed, added
 * and reordered lines and cut tails, and names the place. Does not prove what no checkpoint covers yet, and cannot
 * know of checkpoints that were cut from the store *and* from every file: keep `audit-checkpoints.jsonl` elsewhere too.
 */
export async function verifyAudit(options: {
  readonly from:
    | { readonly store: Store }
    | { readonly file: string }
    /** A part of a store's log, as `readExcerpt` gives it. */
    | { readonly excerpt: AsyncIterable<ExcerptPart> };
  /** `audit-checkpoints.jsonl` of the instances. */
  readonly checkpointFiles?: readonly string[];
  /** PEM, kept outside the service; several after a change of key. */
  readonly publicKeys: readonly string[];
}): Promise<AuditReport> {
  const findings = createFindings();
  const { from } = options;
  const checkpoints: Checkpoint[] = [];
  for (const file of options.checkpointFiles ?? []) {
    for await (const checkpoint of readCheckpointFile(file)) checkpoints.push(checkpoint);
  }
  const source = await open(from, findings);
  // All checkpoints before the first line, wherever they stand: they are the witnesses.
  for await (const checkpoint of source.checkpoints) checkpoints.push(checkpoint);
  const coverage = verifyCheckpoints(checkpoints, options.publicKeys, findings, source.after);

  const chains = createChains(coverage, findings);
  for await (const line of source.lines) chains.accept(line);
  const { lines, uncoveredLines, count } = chains.finish();
  return {
    isIntact: findings.all().length === 0,
    excerptFrom: coverage.start.at,
    lines,
    chains: count,
    checkpoints: coverage.checkpoints,
    coveredUntil: coverage.until,
    uncoveredLines,
    findings: findings.all(),
  };
}

interface Source {
  readonly checkpoints: Iterable<Checkpoint> | AsyncIterable<Checkpoint>;
  readonly lines: Iterable<AuditLine> | AsyncIterable<AuditLine>;
  /** The number of the checkpoint that an excerpt begins after; 0 for a whole log. */
  readonly after: number;
}

async function open(from: Parameters<typeof verifyAudit>[0]['from'], findings: Findings): Promise<Source> {
  if ('store' in from)
    return { checkpoints: readCheckpoints(from.store), lines: readLines(from.store), after: 0 };
  if ('file' in from) {
    const { file } = from;
    const after = await readExportedStart(file);
    return { checkpoints: readExportedCheckpoints(file), lines: readExportedLines(file, findings), after };
  }
  // An excerpt is short enough to be held: that is what it is for.
  const parts: ExcerptPart[] = [];
  for await (const part of from.excerpt) parts.push(part);
  return {
    checkpoints: parts.flatMap(part => ('checkpoint' in part ? part.checkpoint : [])),
    lines: parts.flatMap(part => ('line' in part ? part.line : [])),
    after: parts.flatMap(part => ('excerpt' in part ? part.excerpt.after : []))[0] ?? 0,
  };
}

function createChains(coverage: Coverage, findings: Findings) {
  const verifiers = new Map<string, ChainVerifier>();
  /** Chain → the first line that must not be there, and why it is known. */
  const late = new Map<string, number>();
  const left = new Map<string, number>();
  const newest = new Map<string, number>();
  const limitMs = coverage.until === null ? -Infinity : Date.parse(coverage.until) - SLACK_MS;
  const coveredSeq = (chain: string) => Math.max(0, ...(coverage.heads.get(chain)?.keys() ?? []));
  const covered = new Map([...coverage.heads.keys()].map(chain => [chain, coveredSeq(chain)]));
  let uncoveredLines = 0;

  function verifierOf(chain: string): ChainVerifier {
    let verifier = verifiers.get(chain);
    if (verifier === undefined) {
      verifier = createChainVerifier(
        chain,
        coverage.heads.get(chain) ?? new Map(),
        findings,
        coverage.start.heads.get(chain),
      );
      verifiers.set(chain, verifier);
    }
    return verifier;
  }

  return {
    accept(line: AuditLine): void {
      verifierOf(line.chain).accept(line);
      newest.set(line.chain, Math.max(newest.get(line.chain) ?? 0, line.seq));
      const { afterChain, afterSeq } = line.data ?? {};
      if (line.type === chainOpened.type && typeof afterChain === 'string')
        left.set(afterChain, Number(afterSeq));
      if (line.seq <= (covered.get(line.chain) ?? 0)) return;
      uncoveredLines++;
      if (Date.parse(line.at) < limitMs && !late.has(line.chain)) late.set(line.chain, line.seq);
    },
    finish() {
      // A chain that checkpoints know and that is gone altogether is cut at its first line.
      for (const chain of coverage.heads.keys()) verifierOf(chain);
      let lines = 0;
      for (const verifier of verifiers.values()) {
        verifier.finish();
        lines += verifier.lines;
      }
      for (const [chain, seq] of late) findings.add('added', linePlace(chain, seq));
      for (const [chain, seq] of left) {
        const last = newest.get(chain) ?? 0;
        if (last > seq && !late.has(chain)) findings.add('added', linePlace(chain, seq + 1, last));
      }
      return { lines, uncoveredLines, count: verifiers.size };
    },
  };
}

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

/** One line of an export, as `exportAudit` writes it. */
const ExportedForm = z.union([
  z.strictObject({ line: LineForm }),
  z.strictObject({ checkpoint: CheckpointForm }),
  z.strictObject({ excerpt: z.strictObject({ after: z.number().int().positive() }) }),
]);

async function* textLines(file: string): AsyncGenerator<string> {
  yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}

/** What the first line says of an excerpt; 0 for a whole log. */
async function readExportedStart(file: string): Promise<number> {
  for await (const text of textLines(file)) {
    const first = ExportedForm.safeParse(parseJson(text));
    return first.success && 'excerpt' in first.data ? first.data.excerpt.after : 0;
  }
  return 0;
}

async function* readExportedCheckpoints(file: string): AsyncGenerator<Checkpoint> {
  for await (const text of textLines(file)) {
    if (!text.startsWith('{"checkpoint":')) continue;
    const checkpoint = z.object({ checkpoint: CheckpointForm }).safeParse(parseJson(text));
    if (checkpoint.success) yield checkpoint.data.checkpoint;
  }
}

async function* readExportedLines(file: string, findings: Findings): AsyncGenerator<AuditLine> {
  let number = 0;
  for await (const text of textLines(file)) {
    number++;
    if (text === '') continue;
    const parsed = ExportedForm.safeParse(parseJson(text));
    if (!parsed.success) findings.add('malformed', `file line ${number}`);
    // Unknown members are kept: they belong to what the hash covers.
    else if ('line' in parsed.data) yield parsed.data.line as unknown as AuditLine;
  }
}

/**
 * A line that cannot be read counts as absent: a crash may have cut it, and then the store has it. Absent from both,
 * it shows as a missing checkpoint.
 */
async function* readCheckpointFile(file: string): AsyncGenerator<Checkpoint> {
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
