import { isAppError } from '#kernel/index.ts';
import type { CollectionSpec, Page, Store } from '#store/index.ts';
import { CHUNK_LINES, type AnnouncementDoc, type ChunkDoc, type ImportDoc, type ImportLine } from './line.ts';

const importsSpec: CollectionSpec<ImportDoc> = {
  name: 'admin_imports',
  version: 1,
  indexes: {
    author: { key: ({ author }) => author },
    // The oldest first: one import is done after the other.
    running: {
      key: ({ state, startedAtMs }) => (state === 'running' ? String(startedAtMs).padStart(15, '0') : null),
    },
  },
};

const chunksSpec: CollectionSpec<ChunkDoc> = {
  name: 'admin_import_lines',
  version: 1,
  indexes: { import: { key: doc => doc.import } },
  // Names, addresses and numbers of many people together.
  sealed: ['lines'],
};

const announcementsSpec: CollectionSpec<AnnouncementDoc> = {
  name: 'admin_import_announcements',
  version: 1,
  indexes: { import: { key: doc => doc.import } },
};

/** Imports, their lines and the mails that they owe. Knows no act and no page. */
export interface Imports {
  add(doc: ImportDoc, lines: readonly ImportLine[]): Promise<void>;
  get(id: string): Promise<ImportDoc | null>;
  update(id: string, change: (doc: ImportDoc) => ImportDoc): Promise<ImportDoc | null>;
  /** Newest first; the last few. */
  ofAuthor(author: string): Promise<readonly ImportDoc[]>;
  running(): Promise<readonly ImportDoc[]>;
  chunk(id: string, index: number): Promise<ChunkDoc | null>;
  putChunk(chunk: ChunkDoc): Promise<void>;
  updateChunk(id: string, index: number, change: (doc: ChunkDoc) => ChunkDoc): Promise<ChunkDoc | null>;
  /** All lines, in the order of the file. */
  lines(doc: ImportDoc): AsyncGenerator<ImportLine, void, undefined>;
  announcements: {
    /** Idempotent. */
    add(sub: string, importId: string, expiresAt: number | undefined): Promise<void>;
    next(importId: string, limit: number): Promise<Page<AnnouncementDoc>>;
    remove(sub: string): Promise<void>;
  };
}

const MOST_SHOWN = 20;

export function createImports(store: Store): Imports {
  const imports = store.collection(importsSpec);
  const chunks = store.collection(chunksSpec);
  const announcements = store.collection(announcementsSpec);
  const chunkId = (id: string, index: number) => `${id}.${String(index).padStart(4, '0')}`;

  return {
    async add(doc, lines) {
      // ORDER: the lines first: an import that is there has all of them.
      for (let index = 0; index < doc.chunks; index += 1)
        await chunks.put({
          id: chunkId(doc.id, index),
          import: doc.id,
          lines: lines.slice(index * CHUNK_LINES, (index + 1) * CHUNK_LINES),
          ...(doc.expiresAt !== undefined && { expiresAt: doc.expiresAt }),
        });
      await imports.insert(doc);
    },
    get: id => imports.get(id),
    update: (id, change) => imports.update(id, change),
    async ofAuthor(author) {
      const { items } = await imports.list('author', { key: author, limit: 1000 });
      return [...items].sort((a, b) => b.checkedAtMs - a.checkedAtMs).slice(0, MOST_SHOWN);
    },
    running: async () => (await imports.list('running', { prefix: '', limit: 100 })).items,
    chunk: (id, index) => chunks.get(chunkId(id, index)),
    putChunk: chunk => chunks.put(chunk),
    updateChunk: (id, index, change) => chunks.update(chunkId(id, index), change),
    async *lines(doc) {
      for (let index = 0; index < doc.chunks; index += 1)
        yield* (await chunks.get(chunkId(doc.id, index)))?.lines ?? [];
    },
    announcements: {
      async add(sub, importId, expiresAt) {
        try {
          await announcements.insert({
            id: sub,
            import: importId,
            ...(expiresAt !== undefined && { expiresAt }),
          });
        } catch (error) {
          if (!isAppError(error, 'store.conflict')) throw error;
        }
      },
      next: (importId, limit) => announcements.list('import', { key: importId, limit }),
      remove: sub => announcements.remove(sub),
    },
  };
}
