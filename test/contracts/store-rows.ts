import { openRows, type StoredRow } from '#store/index.ts';
import { expect } from 'chai';
import type { StoreContext } from './store-context.ts';

/** The contract of work on whole stores: documents as they lie there, whoever wrote them. */
export function rowsContract(on: StoreContext): void {
  describe('all rows', () => {
    async function first(collection: string): Promise<{ row: StoredRow; close(): Promise<void> }> {
      const opened = await openRows({ url: on.store.url, clock: on.clock });
      for await (const row of opened.rows(collection)) return { row, close: () => opened.close() };
      throw new Error(`nothing in ${collection}`);
    }

    it('names every collection, and gives each document once, in the order of the ids', async () => {
      for (const id of ['b', 'c', 'a']) await on.people.insert({ id, login: id });
      await on.counters.increment('hits', 'hits', 3);
      const opened = await openRows({ url: on.store.url, clock: on.clock });
      expect(await opened.collections()).to.include.members(['counters', 'people']);
      const ids: string[] = [];
      for await (const { id } of opened.rows('people')) ids.push(id);
      expect(ids).to.deep.equal(['a', 'b', 'c']);
      for await (const { text } of opened.rows('counters')) expect(JSON.parse(text)).to.include({ hits: 3 });
      for await (const { id } of opened.rows('never_written')) expect.fail(id);
      await opened.close();
    });

    it('replaces a text and leaves the index keys, but for one that somebody wrote meanwhile', async () => {
      await on.people.insert({ id: '1', login: 'one', visits: 1 });
      const { row, close } = await first('people');
      expect(await row.replace(JSON.stringify({ id: '1', login: 'one', visits: 2 }))).to.equal(true);
      expect(await row.replace(JSON.stringify({ id: '1', login: 'one', visits: 3 }))).to.equal(false);
      await close();
      expect(await on.people.findOne('login', 'one')).to.deep.equal({ id: '1', login: 'one', visits: 2 });
    });

    it('removes a document and its index keys, but not one that somebody wrote meanwhile', async () => {
      await on.people.insert({ id: '1', login: 'one' });
      const late = await first('people');
      await on.people.update('1', doc => ({ ...doc, visits: 1 }));
      expect(await late.row.remove()).to.equal(false);
      await late.close();
      const { row, close } = await first('people');
      expect(await row.remove()).to.equal(true);
      await close();
      expect(await on.people.findOne('login', 'one')).to.equal(null);
      await on.people.insert({ id: '2', login: 'one' });
    });
  });
}
