import type { Sealer } from '#kernel/index.ts';
import { sealedFieldsOf, sealedPlace, type StoredRow, type StoredRows } from '#store/index.ts';

/** What one key seals. */
export interface SealCount {
  readonly keyId: string;
  readonly values: number;
  readonly collections: readonly string[];
}

/** How much each key seals in the whole store, by the names that the values bear. Opens nothing. */
export async function countSeals(rows: StoredRows, sealer: Sealer): Promise<readonly SealCount[]> {
  const counts = new Map<string, { values: number; collections: Set<string> }>();
  for (const collection of await rows.collections()) {
    for await (const row of rows.rows(collection)) {
      for (const { keyId } of sealedFieldsOf(row, sealer)) {
        const count = counts.get(keyId) ?? { values: 0, collections: new Set() };
        count.values += 1;
        count.collections.add(collection);
        counts.set(keyId, count);
      }
    }
  }
  return [...counts].map(([keyId, { values, collections }]) => ({
    keyId,
    values,
    collections: [...collections],
  }));
}

export interface ResealReport {
  /** Documents written anew. */
  readonly documents: number;
  /** Documents that bear a seal of a former key still: their key is not at hand, or they are not what was sealed. */
  readonly left: readonly { readonly collection: string; readonly id: string; readonly keyId: string }[];
}

/** Documents written together: the store commits them as a group. */
const GROUP = 200;
/** A document that somebody writes meanwhile is met again; who writes it seals it with the newest key anyway. */
const MOST_ROUNDS = 5;

/**
 * Seals everything anew with the newest key, beside services that have that key as their newest too. Documents keep
 * their meaning and their index keys. Begun again, it goes on where it was.
 */
export async function resealAll(rows: StoredRows, sealer: Sealer): Promise<ResealReport> {
  let documents = 0;
  for (let round = 1; ; round += 1) {
    const pass = await resealOnce(rows, sealer);
    documents += pass.documents;
    if (!pass.wasOvertaken || round === MOST_ROUNDS) return { documents, left: pass.left };
  }
}

async function resealOnce(
  rows: StoredRows,
  sealer: Sealer,
): Promise<ResealReport & { readonly wasOvertaken: boolean }> {
  const left: ResealReport['left'][number][] = [];
  let documents = 0;
  let wasOvertaken = false;
  for (const collection of await rows.collections()) {
    let group: Promise<boolean>[] = [];
    const settle = async (): Promise<void> => {
      const written = await Promise.all(group);
      documents += written.filter(Boolean).length;
      wasOvertaken ||= written.includes(false);
      group = [];
    };
    for await (const row of rows.rows(collection)) {
      const { text, broken } = resealed(collection, row, sealer);
      if (broken !== undefined) left.push({ collection, id: row.id, keyId: broken });
      if (text !== row.text) group.push(row.replace(text));
      if (group.length === GROUP) await settle();
    }
    await settle();
  }
  return { documents, left, wasOvertaken };
}

/** The text with every value sealed by the newest key that can be opened; `broken`: the key of one that cannot. */
function resealed(
  collection: string,
  row: StoredRow,
  sealer: Sealer,
): { readonly text: string; readonly broken?: string } {
  const old = sealedFieldsOf(row, sealer).filter(({ keyId }) => keyId !== sealer.keyId);
  if (old.length === 0) return { text: row.text };
  const doc = JSON.parse(row.text) as Record<string, unknown>;
  let broken: string | undefined;
  for (const { field, sealed, keyId } of old) {
    const place = sealedPlace(collection, row.id, field);
    try {
      doc[field] = sealer.seal(sealer.open(sealed, place), place);
    } catch {
      // A text that only looks sealed, or a key that is gone: it stays as it is, and is told.
      broken = keyId;
    }
  }
  const text = old.some(({ field, sealed }) => doc[field] !== sealed) ? JSON.stringify(doc) : row.text;
  return { text, ...(broken === undefined ? {} : { broken }) };
}
