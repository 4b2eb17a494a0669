import { checkpointHash, type Checkpoint } from './checkpoints.ts';
import type { Findings } from './findings.ts';
import { canonicalJson, GENESIS } from './line.ts';
import { isSignatureValid, keyIdOf } from './signing.ts';
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

/**
 * Checks the sequence of checkpoints from all sources (the store, the file of each instance): every number once,
 * each bound to the one before, each signed by a trusted key. Only signed ones count as witnesses. An excerpt begins
 * after the checkpoint `after`: that one must be there, older ones may, as witnesses of where chains stood.
 */
export function verifyCheckpoints(
  sources: Iterable<Checkpoint>,
  publicKeys: readonly string[],
  findings: Findings,
  after = 0,
): Coverage {
  const keys = new Map(publicKeys.map(key => [keyIdOf(key), key]));
  const byNumber = new Map<number, Checkpoint>();
  for (const checkpoint of sources) {
    const known = byNumber.get(checkpoint.number);
    if (known === undefined) byNumber.set(checkpoint.number, checkpoint);
    else if (canonicalJson(known) !== canonicalJson(checkpoint)) {
      findings.add('checkpoint_changed', `checkpoint ${checkpoint.number}`);
      // Of two versions the signed one is the witness.
      if (!isSigned(known, keys)) byNumber.set(checkpoint.number, checkpoint);
    }
  }

  const heads = new Map<string, Map<number, string>>();
  let until: string | null = null;
  let previous: Checkpoint | undefined;
  const start = new Map<string, Head>();
  let startAt: string | null = null;
  for (const checkpoint of [...byNumber.values()].sort((a, b) => a.number - b.number)) {
    const place = `checkpoint ${checkpoint.number}`;
    const isWitnessOfStart = checkpoint.number < after;
    const expectedNumber = Math.max((previous?.number ?? 0) + 1, after);
    if (checkpoint.number > expectedNumber && !isWitnessOfStart) {
      const to = checkpoint.number - 1;
      findings.add(
        'checkpoint_missing',
        `checkpoint ${expectedNumber}${to === expectedNumber ? '' : ` to ${to}`}`,
      );
    }
    if (!isSigned(checkpoint, keys)) findings.add('checkpoint_unsigned', place);
    else {
      for (const { chain, seq, hash } of checkpoint.heads) {
        const seen = heads.get(chain) ?? new Map<number, string>();
        heads.set(chain, seen.set(seq, hash));
        if (checkpoint.number <= after) start.set(chain, { chain, seq, hash });
      }
      until = checkpoint.at;
      if (checkpoint.number === after) startAt = checkpoint.at;
      const before = previous === undefined ? GENESIS : checkpointHash(previous);
      const isBound = checkpoint.number === (previous?.number ?? 0) + 1;
      if (isBound && checkpoint.previous !== before) {
        findings.add('checkpoint_changed', `checkpoint ${checkpoint.number - 1}`);
      }
    }
    previous = checkpoint;
  }
  return { checkpoints: byNumber.size, heads, until, start: { heads: start, at: startAt } };
}

function isSigned(checkpoint: Checkpoint, keys: ReadonlyMap<string, string>): boolean {
  const { signature, ...unsigned } = checkpoint;
  const key = keys.get(checkpoint.keyId);
  return key !== undefined && isSignatureValid(canonicalJson(unsigned), signature, key);
}
