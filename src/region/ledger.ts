import { createHash } from 'node:crypto';
import { canonical } from '#directory/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** Which state of a row was imported last. `id` is `<section>/<row>`. */
interface ImportedRow extends Doc {
  readonly fingerprint: string;
}

const ledgerSpec: CollectionSpec<ImportedRow> = { name: 'region_rows', version: 1, indexes: {} };

/**
 * Remembers what was imported. A row that did not change since is not written again: what people did in the service
 * meanwhile stands.
 */
export interface Ledger {
  isImported(section: string, id: string, fingerprint: unknown): Promise<boolean>;
  /** ORDER: after the row was written: a crash in between plans the row anew. */
  remember(section: string, id: string, fingerprint: unknown): Promise<void>;
}

export function openLedger(store: Store): Ledger {
  const rows = store.collection(ledgerSpec);
  return {
    async isImported(section, id, fingerprint) {
      return (await rows.get(keyOf(section, id)))?.fingerprint === hashOf(fingerprint);
    },
    remember: (section, id, fingerprint) =>
      rows.put({ id: keyOf(section, id), fingerprint: hashOf(fingerprint) }),
  };
}

function keyOf(section: string, id: string): string {
  return `${section}/${id}`;
}

function hashOf(fingerprint: unknown): string {
  return createHash('sha256').update(canonical(fingerprint)).digest('base64url');
}
