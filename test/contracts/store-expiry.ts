import { expect } from 'chai';
import { type StoreContext } from './store-context.ts';

/** The contract of expiry: a document that has expired does not exist. */
export function expiryContract(on: StoreContext): void {
  describe('expiry', () => {
    const soon = (): number => on.clock.now() + 10;

    it('never returns an expired document, reaped or not', async () => {
      await on.people.insert({ id: '1', login: 'a', name: 'N', expiresAt: soon() });
      on.clock.advance(9);
      expect(await on.people.get('1')).not.to.equal(null);
      on.clock.advance(1);
      const nothing = async (): Promise<void> => {
        expect(await on.people.get('1')).to.equal(null);
        expect(await on.people.findOne('login', 'a')).to.equal(null);
        expect((await on.people.list('name', { prefix: '', limit: 10 })).items).to.deep.equal([]);
        expect(await on.people.update('1', doc => ({ ...doc, visits: 1 }))).to.equal(null);
        expect(await on.people.consume('1')).to.equal(null);
        expect(await on.people.consume('1', () => true)).to.equal(null);
        expect(await on.people.removeBy('login', 'a')).to.equal(0);
      };
      await nothing();
      expect(await on.people.reap()).to.equal(1);
      await nothing();
      expect(await on.people.reap()).to.equal(0);
    });

    it('inserts over an expired id, and over an expired holder of a unique key', async () => {
      await on.people.insert({ id: '1', login: 'a', tags: ['t'], expiresAt: soon() });
      await on.people.insert({ id: '2', login: 'b', tags: ['u'], expiresAt: soon() });
      await on.counters.insert({ id: '1', hits: 1, expiresAt: soon() });
      on.clock.advance(10);
      await on.people.insert({ id: '1', login: 'c' });
      await on.people.insert({ id: '3', login: 'b', tags: ['u', 't'] });
      await on.counters.insert({ id: '1', hits: 2 });
      expect(await on.people.findOne('login', 'a')).to.equal(null);
      expect(await on.people.findOne('tags', 't')).to.include({ id: '3' });
      expect(await on.people.get('2')).to.equal(null);
      expect(await on.counters.get('1')).to.deep.equal({ id: '1', hits: 2 });
      await on.people.reap();
      expect(await on.people.findOne('login', 'b')).to.include({ id: '3' });
    });

    it('increments an expired counter from nothing', async () => {
      expect(await on.counters.increment('c', 'hits', 3, { max: 3, expiresAt: soon() })).to.equal(3);
      expect(await on.counters.increment('c', 'hits', 1, { max: 3, expiresAt: soon() + 90 })).to.equal(null);
      on.clock.advance(10);
      expect(await on.counters.get('c')).to.equal(null);
      const expiresAt = soon();
      expect(await on.counters.increment('c', 'hits', 1, { max: 3, expiresAt })).to.equal(1);
      expect(await on.counters.get('c')).to.deep.equal({ id: 'c', hits: 1, expiresAt });
    });

    it('lets an update move or drop the expiry', async () => {
      await on.people.insert({ id: '1', expiresAt: soon() });
      await on.people.insert({ id: '2', expiresAt: soon() });
      await on.people.update('1', doc => ({ ...doc, expiresAt: on.clock.now() + 100 }));
      await on.people.update('2', ({ expiresAt: _dropped, ...doc }) => doc);
      on.clock.advance(50);
      expect(await on.people.get('1')).not.to.equal(null);
      expect(await on.people.get('2')).to.deep.equal({ id: '2' });
      on.clock.advance(50);
      expect(await on.people.get('1')).to.equal(null);
    });

    it('reaps at most what it is told, and nothing alive', async () => {
      await Promise.all([1, 2, 3].map(at => on.people.insert({ id: `e${at}`, expiresAt: soon() })));
      await on.people.insert({ id: 'alive' });
      on.clock.advance(10);
      expect(await on.people.reap(2)).to.equal(2);
      expect(await on.people.reap(2)).to.equal(1);
      expect(await on.people.get('alive')).not.to.equal(null);
    });
  });
}
