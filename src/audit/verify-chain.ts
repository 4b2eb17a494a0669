import { linePlace, type Findings } from './findings.ts';
import { bodyOf, GENESIS, hashLine, type AuditLine } from './line.ts';

/** Heads that trusted checkpoints have seen: line number → hash. */
export type SeenHeads = ReadonlyMap<number, string>;

/** Follows one chain, line by line in the order in which they stand. */
export interface ChainVerifier {
  accept(line: AuditLine): void;
  finish(): void;
  readonly lines: number;
}

interface Gap {
  from: number;
  to: number;
  /** The hash before the gap: proves a line that turns up later. */
  readonly previous: string;
}

/**
 * A line is right when its hash covers itself and the hash of the line before, and when it is the one that a
 * checkpoint saw at its number. After a fault the stated hashes are taken as given, so that one fault is one
 * finding and the next one is still found. `start`: the head that a trusted checkpoint saw where an excerpt begins.
 */
export function createChainVerifier(
  chain: string,
  seen: SeenHeads,
  findings: Findings,
  start: { readonly seq: number; readonly hash: string } = { seq: 0, hash: GENESIS },
): ChainVerifier {
  let { seq, hash } = start;
  /** The hash before line `seq`. */
  let before = GENESIS;
  /** The newest line does not fit; the genuine one may follow. */
  let isDoubtful = false;
  let lines = 0;
  const gaps: Gap[] = [];

  const report = (kind: Parameters<Findings['add']>[0], from: number, to = from) =>
    findings.add(kind, linePlace(chain, from, to));

  function settleDoubt(isForeign: boolean): void {
    if (isDoubtful) report(isForeign ? 'added' : 'changed', seq);
    isDoubtful = false;
  }

  function follow(line: AuditLine): void {
    settleDoubt(false);
    before = hash;
    isDoubtful = hashLine(hash, bodyOf(line)) !== line.hash || contradictsCheckpoint(line);
    [seq, hash] = [line.seq, line.hash];
  }

  function contradictsCheckpoint(line: AuditLine): boolean {
    const expected = seen.get(line.seq);
    return expected !== undefined && expected !== line.hash;
  }

  function skipTo(line: AuditLine): void {
    settleDoubt(false);
    gaps.push({ from: seq + 1, to: line.seq - 1, previous: hash });
    // What stood before is missing: only a checkpoint can contradict this line.
    isDoubtful = contradictsCheckpoint(line);
    [seq, hash, before] = [line.seq, line.hash, ''];
  }

  function goBackTo(line: AuditLine): void {
    const gap = gaps.find(({ from, to }) => from <= line.seq && line.seq <= to);
    if (gap) {
      report('reordered', line.seq);
      if (gap.from < line.seq) gaps.push({ ...gap, to: line.seq - 1 });
      gap.from = line.seq + 1;
      return;
    }
    const isGenuine = line.seq === seq && isDoubtful && hashLine(before, bodyOf(line)) === line.hash;
    if (!isGenuine) return report('added', line.seq);
    settleDoubt(true);
    hash = line.hash;
  }

  return {
    accept(line) {
      lines++;
      if (line.seq === seq + 1) follow(line);
      else if (line.seq > seq) skipTo(line);
      else goBackTo(line);
    },
    finish() {
      settleDoubt(false);
      for (const { from, to } of gaps) if (from <= to) report('removed', from, to);
      const newest = Math.max(0, ...seen.keys());
      if (newest > seq) report('cut', seq + 1, newest);
    },
    get lines() {
      return lines;
    },
  };
}
