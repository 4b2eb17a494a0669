import { fold, type Sealer } from '#kernel/index.ts';
import type { IndexKey } from './backend.ts';
import { badQuery } from './errors.ts';
import type { CollectionSpec, Doc } from './port.ts';
import { sealedPlace } from './sealed-fields.ts';

/** Documents to texts and back: JSON, sealed fields, index keys. Knows no backend. */
export interface Codec<T extends Doc> {
  encode(doc: T): string;
  /** The document of row `id`. Throws `kernel.seal_broken` when a sealed field does not belong to this document. */
  decode(id: string, text: string): T;
  /** All index keys, folded where the index is, each once. */
  keys(doc: T): readonly IndexKey[];
  /** The keys of one index. */
  keysIn(index: string, doc: T): readonly string[];
  /** The form under which a key is stored. Throws `store.bad_query` for an unknown index. */
  lookup(index: string, key: string): string;
}

export function createCodec<T extends Doc>(spec: CollectionSpec<T>, sealer: Sealer): Codec<T> {
  const sealed = spec.sealed ?? [];
  const indexes = Object.entries(spec.indexes);

  const place = (id: string, field: string): string => sealedPlace(spec.name, id, field);

  function keysIn(name: string, doc: T): readonly string[] {
    const index = spec.indexes[name];
    const raw = index?.key(doc);
    if (raw == null) return [];
    const form = index?.folded === true ? fold : String;
    return typeof raw === 'string' ? [form(raw)] : [...new Set(raw.map(key => form(key)))];
  }

  return {
    encode(doc) {
      if (sealed.length === 0) return JSON.stringify(doc);
      const copy: Record<string, unknown> = Object.fromEntries(Object.entries(doc));
      for (const field of sealed) {
        if (doc[field] !== undefined)
          copy[field] = sealer.seal(JSON.stringify(doc[field]), place(doc.id, field));
      }
      return JSON.stringify(copy);
    },
    decode(id, text) {
      const doc = JSON.parse(text);
      for (const field of sealed) {
        if (doc[field] !== undefined) doc[field] = JSON.parse(sealer.open(doc[field], place(id, field)));
      }
      return doc as T;
    },
    keys(doc) {
      if (indexes.length === 0) return [];
      return indexes.flatMap(([name]) => keysIn(name, doc).map((key): IndexKey => [name, key]));
    },
    keysIn,
    lookup(name, key) {
      const index = Object.hasOwn(spec.indexes, name) ? spec.indexes[name] : undefined;
      if (!index) throw badQuery(`no index ${name} in ${spec.name}`);
      return index.folded === true ? fold(key) : key;
    },
  };
}
