import { createHash, hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../line.ts';
import { isSignatureValid, keyIdOf, type Signer } from '../signing.ts';
import type { Gap } from './volume.ts';

const Count = z.number().int().nonnegative();
const HeadSchema = z.strictObject({ chain: z.string(), from: Count, seq: Count, hash: z.string() });

/** What the service signs of a sealed day. */
export const ManifestSchema = z.strictObject({
  day: z.string(),
  edition: z.string(),
  /** When it was sealed, or last lost lines. */
  at: z.string(),
  /** SHA-256 of each volume, with the instants of its oldest and newest line. */
  volumes: z.array(z.strictObject({ digest: z.string(), lines: Count, first: z.string(), last: z.string() })),
  /** SHA-256 over the pages of the index of subjects. */
  index: z.string(),
  /** SHA-256 over the gaps, see `createGapDigest`; and how many lines they stand for. */
  gaps: z.strictObject({ digest: z.string(), lines: Count }),
  /** The first line of each chain in this day, its last, and the hash of that. */
  heads: z.array(HeadSchema),
  /** Which lines were dropped, by which rule, when. */
  dropped: z.array(
    z.strictObject({
      category: z.string(),
      months: z.number().int().positive(),
      lines: Count,
      at: z.string(),
    }),
  ),
  keyId: z.string(),
  signature: z.string(),
});

/**
 * The contents of a sealed day, signed with the key of the checkpoints: who can write the store can neither change a
 * volume nor make a gap that the retention did not make.
 */
export type Manifest = Readonly<z.infer<typeof ManifestSchema>>;

export type UnsignedManifest = Omit<Manifest, 'keyId' | 'signature'>;

export function signManifest(unsigned: UnsignedManifest, signer: Signer): Manifest {
  const named = { ...unsigned, keyId: signer.keyId };
  return { ...named, signature: signer.sign(canonicalJson(named)) };
}

export function isManifestSigned(manifest: Manifest, publicKeys: readonly string[]): boolean {
  const { signature, ...unsigned } = manifest;
  const key = publicKeys.find(pem => keyIdOf(pem) === manifest.keyId);
  return key !== undefined && isSignatureValid(canonicalJson(unsigned), signature, key);
}

export function manifestDigest(manifest: Manifest): string {
  return digestOf(canonicalJson(manifest));
}

export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** True when a day's lines of that age may be dropped at that instant: whole calendar months after the end of the day. */
export function isOver(day: string, months: number, atMs: number): boolean {
  const end = new Date(Date.parse(`${day}T00:00:00.000Z`) + DAY_MS);
  // The 31st plus a month of 30 days lies in the month after: later, never earlier.
  return Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + months, end.getUTCDate()) <= atMs;
}

const DAY_MS = 86_400_000;

/** SHA-256 over gaps in their order, as a manifest states it. */
export function createGapDigest(): { add(gap: Gap): void; value(): { digest: string; lines: number } } {
  const sum = createHash('sha256');
  let lines = 0;
  return {
    add(gap) {
      sum.update(`${canonicalJson(gap)}\n`);
      lines += gap.to - gap.from + 1;
    },
    value: () => ({ digest: sum.copy().digest('base64url'), lines }),
  };
}
