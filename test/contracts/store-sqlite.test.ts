import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { newStoreUrl } from '../support/store.ts';
import { storeContract } from './store.ts';

const pathOf = (url: string): string => url.slice('sqlite:'.length);

storeContract('SQLite', {
  newUrl: () => newStoreUrl('sqlite'),
  async readRaw(url) {
    const parts = await Promise.all(
      [pathOf(url), `${pathOf(url)}-wal`].map(path => readFile(path, 'latin1')),
    );
    return parts.join('');
  },
  moveText(url, collection, fromId, toId) {
    const db = new DatabaseSync(pathOf(url), { timeout: 1000 });
    db.prepare(
      `UPDATE docs_${collection} SET doc = (SELECT doc FROM docs_${collection} WHERE id = ?) WHERE id = ?`,
    ).run(fromId, toId);
    db.close();
    return Promise.resolve();
  },
});
