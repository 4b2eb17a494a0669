import { createHash } from 'node:crypto';
import type { Store } from '#store/index.ts';
import type { FindingKind } from '../findings.ts';
import type { AuditLine } from '../line.ts';
import { readWritten, type OnFault } from '../written.ts';
import { isMoving, openSealed, pageId, readDays, volumeId, type SealedDay } from './collections.ts';
import { digestOf, ManifestSchema, type Manifest } from './manifest.ts';
import { openVolume } from './volume-reader.ts';
import type { Gap, Part } from './volume.ts';

/** The log as it is verified and exported: days that are sealed, each before its gaps and lines; then the other lines. */
export type Evidence = { readonly sealed: Manifest } | { readonly gap: Gap } | { readonly line: AuditLine };

/**
 * The whole log, each chain in its order. What cannot be read is told to `onFault` and left out, so that its lines show
 * as missing too. What is sealed meanwhile lies in both places for hours and comes once.
 */
export async function* readEvidence(store: Store, onFault: OnFault = () => {}): AsyncGenerator<Evidence> {
  const days = await readDays(openSealed(store).days);
  for (const day of days) yield* readSealedDay(store, day, onFault);
  for await (const segment of readWritten(store, onFault)) {
    if (days.some(day => isMoving(segment, day))) continue;
    for (const line of segment.lines) yield { line };
  }
}

/** The manifest of a day, then its parts. */
export async function* readSealedDay(
  store: Store,
  day: SealedDay,
  onFault: OnFault = () => {},
): AsyncGenerator<Evidence> {
  const { manifests, leaves } = openSealed(store);
  const place = `sealed day ${day.id}`;
  const stored = (await manifests.get(day.edition))?.manifest;
  if (stored === undefined) return onFault('sealed_missing', place);
  const read = ManifestSchema.safeParse(stored);
  if (!read.success || read.data.day !== day.id || read.data.edition !== day.edition)
    return onFault('sealed_changed', place);
  const manifest = read.data;
  yield { sealed: manifest };
  const digests = manifest.volumes.map(({ digest }) => digest);
  for (const [number, digest] of digests.entries()) {
    const content = (await leaves.get(volumeId(day.edition, number)))?.content;
    const fault = faultOf(content, digest, digests);
    if (fault !== undefined) onFault(fault, `${place}, volume ${number + 1} of ${digests.length}`);
    else for (const part of openVolume(content ?? '').parts()) yield* evidenceOf(part);
  }
  const fault = await faultOfIndex(store, day, manifest);
  if (fault !== undefined) onFault(fault, `${place}, index of subjects`);
}

function faultOf(
  content: string | undefined,
  digest: string,
  digests: readonly string[],
): FindingKind | undefined {
  if (content === undefined) return 'sealed_missing';
  const found = digestOf(content);
  if (found === digest) return undefined;
  return digests.includes(found) ? 'sealed_reordered' : 'sealed_changed';
}

/** The index holds no line; but who cuts it hides lines from who looks for a person or a record. */
async function faultOfIndex(
  store: Store,
  day: SealedDay,
  manifest: Manifest,
): Promise<FindingKind | undefined> {
  const { leaves } = openSealed(store);
  const sum = createHash('sha256');
  for (let number = 0; number < 2 ** day.bits; number++) {
    const content = (await leaves.get(pageId(day.edition, number)))?.content;
    if (content === undefined) return 'sealed_missing';
    sum.update(`${content}\n`);
  }
  return sum.digest('base64url') === manifest.index ? undefined : 'sealed_changed';
}

function* evidenceOf(part: Part): Generator<Evidence> {
  if ('gap' in part) yield part;
  else for (const group of part.run.groups) for (const line of group) yield { line };
}
