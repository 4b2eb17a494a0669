import { checkpointHash, type Checkpoint } from './checkpoints.ts';
import type { Findings } from './findings.ts';
import { canonicalJson, GENESIS } from './line.ts';
import { isSignatureValid, keyIdOf } from './signing.ts';
import { isSpanSigned, type CheckpointSpan } from './spans.ts';
import type { Head } from './writer.ts';

/** What the trusted checkpoints together say. */
export interface Coverage {
  readonly checkpoints: number;
  /** Chain → line number → hash. */
  readonly heads: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** The instant of the newest trusted one. */
  readonly until: string | null;
  /** Of an excerpt: where each chain stood when it begins, and when that was. */
  readonly start: { readonly heads: ReadonlyMap<string, Head>; readonly at: string | null };
}

/** The statements about how far the chains had come, from all sources. */
export interface Witnesses {
  readonly checkpoints: readonly Checkpoint[];
  readonly spans: readonly CheckpointSpan[];
}

/**
 * Checks the sequence of checkpoints from all sources (the store, the file of each instance): every number once, or in
 * a span that stands for it, each bound to the one before, each signed by a trusted key. Only signed ones count as
 * witnesses. An excerpt begins after the checkpoint `after`: that one must be there, older ones may, as witnesses of
 * where chains stood.
 */
export function verifyCheckpoints(
  witnesses: Witnesses,
  publicKeys: readonly string[],
  findings: Findings,
  after = 0,
): Coverage {
  const keys = new Map(publicKeys.map(key => [keyIdOf(key), key]));
  const byNumber = new Map<number, Checkpoint>();
  for (const checkpoint of witnesses.checkpoints) {
    const known = byNumber.get(checkpoint.number);
    if (known === undefined) byNumber.set(checkpoint.number, checkpoint);
    else if (canonicalJson(known) !== canonicalJson(checkpoint)) {
      findings.add('checkpoint_changed', `checkpoint ${checkpoint.number}`);
      // Of two versions the signed one is the witness.
      if (!isSigned(known, keys)) byNumber.set(checkpoint.number, checkpoint);
    }
  }

  const heads = new Map<string, Map<number, string>>();
  const start = new Map<string, Head>();
  function note(stated: readonly Head[], number: number): void {
    for (const { chain, seq, hash } of stated) {
      const seen = heads.get(chain) ?? new Map<number, string>();
      heads.set(chain, seen.set(seq, hash));
      if (number <= after && seq > (start.get(chain)?.seq ?? 0)) start.set(chain, { chain, seq, hash });
    }
  }

  const spans = signedSpans(witnesses.spans, keys, findings);
  for (const span of spans) note(span.heads, span.to);
  const hashes = new Map([[0, GENESIS], ...spans.map(({ to, hash }) => [to, hash] as const)]);
  /** Says of which checkpoint what was stated before, or is stated now, is not true. */
  function bind(number: number, hash: string): void {
    const known = hashes.get(number);
    if (known === undefined) hashes.set(number, hash);
    else if (known !== hash) findings.add('checkpoint_changed', `checkpoint ${number}`);
  }
  for (const span of spans) bind(span.from - 1, span.previous);

  let until: string | null = null;
  let startAt: string | null = null;
  let previous = 0;
  for (const checkpoint of [...byNumber.values()].sort((a, b) => a.number - b.number)) {
    const { number } = checkpoint;
    if (number >= after) reportMissing(Math.max(previous + 1, after), number - 1, spans, findings);
    if (!isSigned(checkpoint, keys)) findings.add('checkpoint_unsigned', `checkpoint ${number}`);
    else {
      note(checkpoint.heads, number);
      until = checkpoint.at;
      if (number === after) startAt = checkpoint.at;
      bind(number - 1, checkpoint.previous);
    }
    bind(number, checkpointHash(checkpoint));
    hashes.delete(number - 1);
    previous = number;
  }
  // What a span is bound to was there when it was signed.
  const end = Math.max(0, ...spans.map(({ to }) => to + 1));
  reportMissing(previous + 1, end, spans, findings);
  return { checkpoints: byNumber.size, heads, until, start: { heads: start, at: startAt } };
}

/** In order of number. One that nobody trusted has signed stands for nothing. */
function signedSpans(
  spans: readonly CheckpointSpan[],
  keys: ReadonlyMap<string, string>,
  findings: Findings,
): readonly CheckpointSpan[] {
  const signed = spans.filter(span => {
    const isTrusted = isSpanSigned(span, keys);
    if (!isTrusted) findings.add('checkpoint_unsigned', checkpointPlace(span.from, span.to));
    return isTrusted;
  });
  return signed.sort((a, b) => a.from - b.from);
}

/** Those of the numbers that no span stands for. */
function reportMissing(from: number, to: number, spans: readonly CheckpointSpan[], findings: Findings): void {
  let next = from;
  for (const span of spans) {
    if (span.to < next || span.from > to) continue;
    if (span.from > next) findings.add('checkpoint_missing', checkpointPlace(next, span.from - 1));
    next = span.to + 1;
  }
  if (next <= to) findings.add('checkpoint_missing', checkpointPlace(next, to));
}

function checkpointPlace(from: number, to: number): string {
  return `checkpoint ${from}${to === from ? '' : ` to ${to}`}`;
}

function isSigned(checkpoint: Checkpoint, keys: ReadonlyMap<string, string>): boolean {
  const { signature, ...unsigned } = checkpoint;
  const key = keys.get(checkpoint.keyId);
  return key !== undefined && isSignatureValid(canonicalJson(unsigned), signature, key);
}
