import { createHash } from 'node:crypto';
import { isAppError } from '#kernel/index.ts';
import type { Collection, Doc } from '#store/index.ts';

/** One version of a text. */
export interface TextVersion extends Doc {
  readonly title: string;
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal: what a proof names. */
  readonly textHash: string;
  /** In force from this instant on (epoch milliseconds). */
  readonly fromMs: number;
}

/** A version as somebody states it, but for its name. */
export interface NewText {
  readonly title: string;
  readonly text: string;
  /** Epoch milliseconds. */
  readonly fromMs: number;
}

/** SHA-256 of a text in hexadecimal. */
export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The version in force at that instant: the latest whose date has come; `null` before the first. */
export function latestInForce<T extends TextVersion>(versions: readonly T[], atMs: number): T | null {
  return versions
    .filter(({ fromMs }) => fromMs <= atMs)
    .reduce<T | null>(
      (latest, version) => (latest && latest.fromMs > version.fromMs ? latest : version),
      null,
    );
}

/**
 * Adds a version, or changes the title or date of one. INVARIANT: never its text: resolves to `false`, with nothing
 * changed, when that differs, since people were given the other.
 */
export async function putText<T extends TextVersion>(
  versions: Pick<Collection<T>, 'insert' | 'update'>,
  version: T,
): Promise<boolean> {
  try {
    await versions.insert(version);
    return true;
  } catch (error) {
    if (!isAppError(error, 'store.conflict')) throw error;
  }
  const { title, fromMs, textHash } = version;
  const kept = await versions.update(version.id, before => {
    const isSame = before.title === title && before.fromMs === fromMs;
    return before.textHash !== textHash || isSame ? before : { ...before, title, fromMs };
  });
  return kept?.textHash === textHash;
}
