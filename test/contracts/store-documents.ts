import { expect } from 'chai';
import { PEOPLE, rejects, type StoreContext } from './store-context.ts';

/** The contract of documents and conflicts: what each operation does on its own. */
export function documentsContract(on: StoreContext): void {
  describe('documents', () => {
    it('gives back what was inserted, values and all', async () => {
      const doc = {
        id: 'é “x”.$',
        name: 'Zoë',
        tags: ['a'],
        secret: { pin: '1' },
        visits: 0.5,
        'a.b': { $c: [null, ''] },
      };
      await on.people.insert(doc);
      expect(await on.people.get(doc.id)).to.deep.equal(doc);
    });

    it('answers null for what is not there', async () => {
      expect(await on.people.get('nobody')).to.equal(null);
      expect(await on.people.consume('nobody')).to.equal(null);
      expect(await on.people.update('nobody', doc => ({ ...doc, visits: 1 }))).to.equal(null);
      expect(await on.people.findOne('login', 'nobody')).to.equal(null);
    });

    it('gives the same collection for the same specification, and refuses another of that name', () => {
      expect(on.store.collection(PEOPLE)).to.equal(on.people);
      expect(() => on.store.collection({ ...PEOPLE })).to.throw(TypeError);
      expect(on.store.collections().map(collection => collection.name)).to.have.members([
        'people',
        'counters',
        'change_log',
      ]);
    });

    it('puts over what is there, and its old keys no longer find it', async () => {
      await on.people.put({ id: '1', login: 'old', tags: ['x', 'y'] });
      await on.people.put({ id: '1', login: 'new', tags: ['y', 'z'] });
      expect(await on.people.get('1')).to.deep.equal({ id: '1', login: 'new', tags: ['y', 'z'] });
      expect(await on.people.findOne('login', 'old')).to.equal(null);
      expect(await on.people.findOne('tags', 'x')).to.equal(null);
      expect(await on.people.findOne('tags', 'z')).to.include({ id: '1' });
    });

    it('updates, and returns what it wrote', async () => {
      await on.people.insert({ id: '1', login: 'a', secret: { pin: '1' } });
      const written = await on.people.update('1', doc => ({ ...doc, login: 'b', visits: 1 }));
      expect(written).to.deep.equal({ id: '1', login: 'b', visits: 1, secret: { pin: '1' } });
      expect(await on.people.get('1')).to.deep.equal(written);
      expect(await on.people.findOne('login', 'a')).to.equal(null);
      expect(await on.people.findOne('login', 'b')).to.deep.equal(written);
    });

    it('writes nothing when an update returns the same reference', async () => {
      await on.people.insert({ id: '1', visits: 1 });
      const { operations } = on.store.stats();
      expect(await on.people.update('1', doc => doc)).to.deep.equal({ id: '1', visits: 1 });
      expect(on.store.stats().operations).to.equal(operations);
    });

    it('hands on what a change throws, and writes nothing', async () => {
      await on.people.insert({ id: '1', visits: 1 });
      await rejects(
        on.people.update('1', () => {
          throw new RangeError('no');
        }),
        RangeError,
      );
      await rejects(
        on.people.update('1', doc => ({ ...doc, id: '2' })),
        TypeError,
      );
      expect(await on.people.get('1')).to.deep.equal({ id: '1', visits: 1 });
    });

    it('consumes only if the guard holds', async () => {
      await on.people.insert({ id: '1', visits: 1, login: 'a' });
      expect(await on.people.consume('1', doc => doc.visits === 2)).to.equal(null);
      expect(await on.people.get('1')).not.to.equal(null);
      expect(await on.people.consume('1', doc => doc.visits === 1)).to.deep.equal({
        id: '1',
        visits: 1,
        login: 'a',
      });
      expect(await on.people.get('1')).to.equal(null);
      await on.people.insert({ id: '2', login: 'a' });
    });

    it('removes, twice if need be', async () => {
      await on.people.insert({ id: '1', login: 'a' });
      await on.people.remove('1');
      await on.people.remove('1');
      expect(await on.people.findOne('login', 'a')).to.equal(null);
    });

    it('removes by key, and counts', async () => {
      await Promise.all(
        ['1', '2', '3'].map(id => on.people.insert({ id, name: id === '3' ? 'Other' : 'Same' })),
      );
      expect(await on.people.removeBy('name', 'SAME')).to.equal(2);
      expect(await on.people.removeBy('name', 'same')).to.equal(0);
      expect(await on.people.get('3')).not.to.equal(null);
    });

    it('increments, making the document when it is missing', async () => {
      expect(await on.counters.increment('c', 'hits', 2)).to.equal(2);
      expect(await on.counters.increment('c', 'hits', 0.5)).to.equal(2.5);
      expect(await on.counters.get('c')).to.deep.equal({ id: 'c', hits: 2.5 });
      await on.counters.put({ id: 'd', label: 'kept' });
      expect(await on.counters.increment('d', 'hits', 1)).to.equal(1);
      expect(await on.counters.get('d')).to.deep.equal({ id: 'd', label: 'kept', hits: 1 });
      await on.counters.update('d', doc => ({ ...doc, hits: 10 }));
      expect(await on.counters.increment('d', 'hits', -4)).to.equal(6);
    });

    it('does not increment beyond the maximum', async () => {
      expect(await on.counters.increment('c', 'hits', 4, { max: 3 })).to.equal(null);
      expect(await on.counters.get('c')).to.equal(null);
      await on.counters.put({ id: 'c', hits: -2 });
      expect(await on.counters.increment('c', 'hits', 4, { max: 3 })).to.equal(2);
      expect(await on.counters.increment('c', 'hits', 2, { max: 3 })).to.equal(null);
      expect(await on.counters.get('c')).to.deep.equal({ id: 'c', hits: 2 });
    });

    it('refuses to increment where indexes or seals would go stale', async () => {
      await rejects(on.people.increment('1', 'visits', 1), TypeError);
    });

    it('answers a check', () => on.store.check());
  });

  describe('conflicts', () => {
    it('never inserts over a live document', async () => {
      await on.people.insert({ id: '1', visits: 1 });
      await rejects(on.people.insert({ id: '1', visits: 2 }), 'store.conflict');
      expect(await on.people.get('1')).to.deep.equal({ id: '1', visits: 1 });
      await on.counters.insert({ id: '1', hits: 1 });
      await rejects(on.counters.insert({ id: '1', hits: 2 }), 'store.conflict');
    });

    it('refuses a unique key that another holds, and leaves everything as it was', async () => {
      await on.people.insert({ id: '1', login: 'a', tags: ['x', 'y'] });
      await on.people.insert({ id: '2', login: 'b', tags: ['z'] });
      await rejects(on.people.insert({ id: '3', login: 'a' }), 'store.conflict');
      await rejects(on.people.insert({ id: '3', tags: ['w', 'y'] }), 'store.conflict');
      await rejects(on.people.put({ id: '2', login: 'a' }), 'store.conflict');
      await rejects(
        on.people.update('2', doc => ({ ...doc, tags: ['z', 'x'] })),
        'store.conflict',
      );
      expect(await on.people.get('3')).to.equal(null);
      expect(await on.people.findOne('tags', 'w')).to.equal(null);
      expect(await on.people.get('2')).to.deep.equal({ id: '2', login: 'b', tags: ['z'] });
    });

    it('does not let one conflict undo the writes that share its commit', async () => {
      await on.people.insert({ id: '0', login: 'taken' });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, at) =>
          on.people.insert({ id: `p${at}`, login: at === 10 ? 'taken' : `l${at}` }),
        ),
      );
      expect(outcomes.map(outcome => outcome.status === 'rejected')).to.deep.equal(
        outcomes.map((_, at) => at === 10),
      );
      expect(await on.people.get('p9')).not.to.equal(null);
      expect(await on.people.get('p10')).to.equal(null);
    });

    it('frees the unique keys of what was removed or changed', async () => {
      await on.people.insert({ id: '1', login: 'a' });
      await on.people.update('1', doc => ({ ...doc, login: 'b' }));
      await on.people.insert({ id: '2', login: 'a' });
      await on.people.consume('1');
      await on.people.insert({ id: '3', login: 'b' });
      await on.people.put({ id: '3', login: 'b', visits: 1 });
    });
  });
}
