import type { Store } from '#store/index.ts';
import type { Checkpoint } from './checkpoints.ts';
import type { ExcerptPart } from './excerpt.ts';
import {
  readCheckpointFile,
  readExportedEvidence,
  readExportedStart,
  readExportedWitnesses,
} from './exported.ts';
import { createFindings, type AuditFinding, type Findings } from './findings.ts';
import { readEvidence, type Evidence } from './sealed/evidence.ts';
import type { CheckpointSpan } from './spans.ts';
import { createChainsVerifier } from './verify-chains.ts';
import { verifyCheckpoints } from './verify-checkpoints.ts';
import { createSealedVerifier } from './verify-sealed.ts';
import { readWitnesses, type Witness } from './witnesses.ts';

export type { AuditFinding, FindingKind } from './findings.ts';

export interface AuditReport {
  /** No finding. */
  readonly isIntact: boolean;
  readonly lines: number;
  readonly chains: number;
  readonly checkpoints: number;
  readonly sealedDays: number;
  /** Lines that are gone because their time was over, as signed manifests state. */
  readonly droppedLines: number;
  /** Of an excerpt: what lies before this instant is not in it, nor proven by it. `null` for a whole log. */
  readonly excerptFrom: string | null;
  /** Nothing up to this instant can have been altered unseen; `null` without a trusted checkpoint. */
  readonly coveredUntil: string | null;
  /** Lines that no checkpoint covers yet: they fit their chain, but a cut tail among them would not show. */
  readonly uncoveredLines: number;
  readonly findings: readonly AuditFinding[];
}

/**
 * Proves that a log is what was written: from the store, or off line from an export. Finds changed, removed, added
 * and reordered lines, cut tails, and sealed days that are not what was sealed, and names the place. Lines that were dropped
 * when their time was over count as dropped, not as missing, when a signed manifest says so. Does not prove what no checkpoint covers yet, and cannot
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
  const spans: CheckpointSpan[] = [];
  for await (const witness of source.witnesses) {
    if ('span' in witness) spans.push(witness.span);
    else checkpoints.push(witness.checkpoint);
  }
  const coverage = verifyCheckpoints({ checkpoints, spans }, options.publicKeys, findings, source.after);

  const chains = createChainsVerifier(coverage, findings);
  const sealed = createSealedVerifier(options.publicKeys, findings);
  for await (const item of source.evidence) {
    if ('line' in item) chains.accept(item.line);
    else if ('gap' in item) {
      sealed.pass(item.gap);
      chains.pass(item.gap);
    } else sealed.begin(item.sealed);
  }
  const { days, droppedLines } = sealed.finish();
  const { lines, uncoveredLines, count } = chains.finish();
  return {
    isIntact: findings.all().length === 0,
    excerptFrom: coverage.start.at,
    lines,
    chains: count,
    checkpoints: coverage.checkpoints,
    sealedDays: days,
    droppedLines,
    coveredUntil: coverage.until,
    uncoveredLines,
    findings: findings.all(),
  };
}

interface Source {
  readonly witnesses: Iterable<Witness> | AsyncIterable<Witness>;
  readonly evidence: Iterable<Evidence> | AsyncIterable<Evidence>;
  /** The number of the checkpoint that an excerpt begins after; 0 for a whole log. */
  readonly after: number;
}

async function open(from: Parameters<typeof verifyAudit>[0]['from'], findings: Findings): Promise<Source> {
  if ('store' in from)
    return {
      witnesses: readWitnesses(from.store),
      evidence: readEvidence(from.store, (kind, place) => findings.add(kind, place)),
      after: 0,
    };
  if ('file' in from) {
    const { file } = from;
    const after = await readExportedStart(file);
    return {
      witnesses: readExportedWitnesses(file),
      evidence: readExportedEvidence(file, findings),
      after,
    };
  }
  // An excerpt is short enough to be held: that is what it is for.
  const parts: ExcerptPart[] = [];
  for await (const part of from.excerpt) parts.push(part);
  return {
    witnesses: parts.filter(part => 'checkpoint' in part || 'span' in part),
    evidence: parts.filter(part => 'line' in part || 'gap' in part || 'sealed' in part),
    after: parts.flatMap(part => ('excerpt' in part ? part.excerpt.after : []))[0] ?? 0,
  };
}
