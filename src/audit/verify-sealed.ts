import type { Findings } from './findings.ts';
import { createGapDigest, isManifestSigned, isOver, type Manifest } from './sealed/manifest.ts';
import type { Gap } from './sealed/volume.ts';

/** Follows the sealed days as they come, each before its gaps. */
export interface SealedVerifier {
  begin(manifest: Manifest): void;
  pass(gap: Gap): void;
  finish(): { readonly days: number; readonly droppedLines: number };
}

/**
 * Checks that each manifest is signed by a trusted key, that its gaps are the ones that were signed, and that they stand
 * for what its rules allowed to drop: as many lines, each category after its months. The lines themselves are proven by
 * their chains.
 */
export function createSealedVerifier(publicKeys: readonly string[], findings: Findings): SealedVerifier {
  let current: { readonly manifest: Manifest; readonly gaps: ReturnType<typeof createGapDigest> } | undefined;
  let days = 0;
  let droppedLines = 0;

  function end(): void {
    if (!current) return;
    const { manifest, gaps } = current;
    const found = gaps.value();
    droppedLines += found.lines;
    const place = `sealed day ${manifest.day}`;
    const isSame = found.digest === manifest.gaps.digest && found.lines === manifest.gaps.lines;
    const stated = manifest.dropped.reduce((sum, { lines }) => sum + lines, 0);
    const isInTime = manifest.dropped.every(({ months, at }) => isOver(manifest.day, months, Date.parse(at)));
    if (!isSame || stated !== found.lines || !isInTime) findings.add('dropped_unlawfully', place);
    current = undefined;
  }

  return {
    begin(manifest) {
      end();
      days += 1;
      if (!isManifestSigned(manifest, publicKeys))
        findings.add('sealed_unsigned', `sealed day ${manifest.day}`);
      current = { manifest, gaps: createGapDigest() };
    },
    pass(gap) {
      if (current) current.gaps.add(gap);
      else findings.add('dropped_unlawfully', `chain ${gap.chain}, line ${gap.from} to ${gap.to}`);
    },
    finish() {
      end();
      return { days, droppedLines };
    },
  };
}
