import type { StoredRows } from '#store/index.ts';
import { isVoided } from './voided.ts';

/**
 * Takes away, in a store that other tools have restored, what `restoreBackup` leaves out: sessions, tokens, one-time
 * codes and links, messages that waited. Resolves to how many documents by collection; only counts them without
 * `write`. While no service runs on that store.
 */
export async function voidOpeners(
  rows: StoredRows,
  { write }: { readonly write: boolean },
): Promise<ReadonlyMap<string, number>> {
  return removeRows(rows, { write, isMeant: isVoided });
}

/** Takes away every document of these collections, as `voidOpeners` does. */
export async function clearCollections(
  rows: StoredRows,
  names: readonly string[],
  { write }: { readonly write: boolean },
): Promise<ReadonlyMap<string, number>> {
  return removeRows(rows, { write, isMeant: ({ collection }) => names.includes(collection), only: names });
}

async function removeRows(
  rows: StoredRows,
  deps: {
    readonly write: boolean;
    readonly isMeant: (row: Parameters<typeof isVoided>[0]) => boolean;
    readonly only?: readonly string[];
  },
): Promise<ReadonlyMap<string, number>> {
  const { write, isMeant, only } = deps;
  const counts = new Map<string, number>();
  for (const collection of await rows.collections()) {
    if (only && !only.includes(collection)) continue;
    let count = 0;
    for await (const row of rows.rows(collection)) {
      if (!isMeant({ collection, expiresAt: row.expiresAt, text: row.text })) continue;
      count += 1;
      if (write) await row.remove();
    }
    if (count > 0) counts.set(collection, count);
  }
  return counts;
}
