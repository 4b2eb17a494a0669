import { chainOpened } from './events.ts';
import { linePlace, type Findings } from './findings.ts';
import type { AuditLine } from './line.ts';
import type { Gap } from './sealed/volume.ts';
import { createChainVerifier, type ChainVerifier } from './verify-chain.ts';
import type { Coverage } from './verify-checkpoints.ts';

/** A line this much older than the newest checkpoint would have been covered by it, had it existed. */
const SLACK_MS = 120_000;

/** All chains of a log: each by its own verifier, and what only shows across them. */
export function createChainsVerifier(coverage: Coverage, findings: Findings) {
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
    pass(gap: Gap): void {
      // Beyond the end of an excerpt: its day is there whole, so that its gaps can be proven.
      if (coverage.start.at !== null && gap.from > (covered.get(gap.chain) ?? 0)) return;
      verifierOf(gap.chain).pass(gap);
      newest.set(gap.chain, Math.max(newest.get(gap.chain) ?? 0, gap.to));
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
