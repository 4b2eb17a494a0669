import { linePlace, type Findings } from './findings.ts';
import { bodyOf, GENESIS, hashLine, type AuditLine } from './line.ts';
import type { Gap } from './sealed/volume.ts';

/** Heads that trusted checkpoints have seen: line number → hash. */
export type SeenHeads = ReadonlyMap<number, string>;

/** Follows one chain, line by line in the order in which they stand. */
export interface ChainVerifier {
  accept(line: AuditLine): void;
  /** Lines that were dropped by rule: the chain goes on after them. */
  pass(gap: Gap): void;
  finish(): void;
  readonly lines: number;
}

interface Hole {
  from: number;
  to: number;
  /** The hash before it: proves a line that turns up later. */
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
  const holes: Hole[] = [];

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
    holes.push({ from: seq + 1, to: line.seq - 1, previous: hash });
    // What stood before is missing: only a checkpoint can contradict this line.
    isDoubtful = contradictsCheckpoint(line);
    [seq, hash, before] = [line.seq, line.hash, ''];
  }

  function goBackTo(line: AuditLine): void {
    const hole = holes.find(({ from, to }) => from <= line.seq && line.seq <= to);
    if (hole) {
      report('reordered', line.seq);
      if (hole.from < line.seq) holes.push({ ...hole, to: line.seq - 1 });
      hole.from = line.seq + 1;
      return;
    }
    const isGenuine = line.seq === seq && isDoubtful && hashLine(before, bodyOf(line)) === line.hash;
    if (!isGenuine) return report('added', line.seq);
    settleDoubt(true);
    hash = line.hash;
  }

  function jump(gap: Gap): void {
    settleDoubt(false);
    if (gap.from > seq + 1) holes.push({ from: seq + 1, to: gap.from - 1, previous: hash });
    const expected = seen.get(gap.to);
    if (expected !== undefined && expected !== gap.hash) report('changed', gap.to);
    [seq, hash, before] = [gap.to, gap.hash, ''];
  }

  return {
    pass(gap) {
      if (gap.to > seq) jump(gap);
    },
    accept(line) {
      lines++;
      if (line.seq === seq + 1) follow(line);
      else if (line.seq > seq) skipTo(line);
      else goBackTo(line);
    },
    finish() {
      settleDoubt(false);
      for (const { from, to } of holes) if (from <= to) report('removed', from, to);
      const newest = Math.max(0, ...seen.keys());
      if (newest > seq) report('cut', seq + 1, newest);
    },
    get lines() {
      return lines;
    },
  };
}
