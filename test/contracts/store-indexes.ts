import { expect } from 'chai';
import { rejects, type StoreContext, type Person } from './store-context.ts';

/** The contract of indexes and paging. */
export function indexesContract(on: StoreContext): void {
  describe('indexes', () => {
    it('folds case, accents and spacing where asked, and nowhere else', async () => {
      await on.people.insert({ id: '1', name: ' Éloïse  LEFÈVRE ', login: 'Élo' });
      expect(await on.people.findOne('name', 'eloise lefevre')).to.include({ id: '1' });
      expect(await on.people.findOne('name', 'ÉLOÏSE LEFÈVRE')).to.include({ id: '1' });
      expect(await on.people.findOne('login', 'elo')).to.equal(null);
      expect(await on.people.findOne('login', 'Élo')).to.include({ id: '1' });
    });

    it('finds a document by each of its keys', async () => {
      await on.people.insert({ id: '1', tags: ['Alpha', 'bêta', 'beta'] });
      expect(await on.people.findOne('tags', 'ALPHA')).to.include({ id: '1' });
      expect(await on.people.findOne('tags', 'Beta')).to.include({ id: '1' });
      expect((await on.people.list('tags', { key: 'beta', limit: 10 })).items).to.have.length(1);
    });

    it('leaves null, undefined and empty lists out of the index, unique or not', async () => {
      await on.people.insert({ id: '1', name: null, tags: [] });
      await on.people.insert({ id: '2', tags: [] });
      await on.people.insert({ id: '3', name: '' });
      expect(
        (await on.people.list('name', { prefix: '', limit: 10 })).items.map(({ id }) => id),
      ).to.deep.equal(['3']);
      expect((await on.people.list('login', { prefix: '', limit: 10 })).items).to.deep.equal([]);
      expect(await on.people.findOne('name', '')).to.include({ id: '3' });
    });

    it('finds the first in id order by a shared key', async () => {
      for (const id of ['b', 'a', 'c']) await on.people.insert({ id, name: 'Same' });
      expect(await on.people.findOne('name', 'same')).to.include({ id: 'a' });
    });

    it('builds its indexes anew for a higher version', async () => {
      await on.people.insert({ id: '1', name: 'Ada', login: 'a' });
      await on.people.insert({ id: '2', name: 'Zoé', login: 'z', expiresAt: on.clock.now() + 10 });
      const { url } = on.store;
      await on.store.close();
      const next = await on.open(url);
      const changed = next.collection<Person>({
        name: 'people',
        version: 2,
        indexes: { both: { key: doc => [`${doc.name} ${doc.login}`], folded: true, unique: true } },
        sealed: ['secret'],
      });
      expect(await changed.findOne('both', 'zoe z')).to.include({ id: '2' });
      expect((await changed.list('both', { prefix: '', limit: 10 })).items).to.have.length(2);
      await rejects(changed.findOne('login', 'a'), 'store.bad_query');
      await rejects(changed.insert({ id: '3', name: 'ADA', login: 'a' }), 'store.conflict');
      await next.close();
    });
  });

  describe('paging', () => {
    const listAll = async (
      index: string,
      query: { key?: string; prefix?: string },
      limit: number,
    ): Promise<string[]> => {
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await on.people.list(index, {
          ...query,
          limit,
          ...(after === undefined ? {} : { after }),
        });
        expect(page.items).to.have.length.at.most(limit);
        ids.push(...page.items.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      return ids;
    };

    it('lists in order of key, then id, in pages of any size', async () => {
      const names = ['Dupont', 'durand', 'Élise', 'Zoé', 'dupont', 'Durànd', 'Du'];
      await Promise.all(names.map((name, at) => on.people.insert({ id: `p${at}`, name })));
      for (const limit of [1, 2, 3, 7, 1000]) {
        expect(await listAll('name', { prefix: '' }, limit)).to.deep.equal([
          'p6',
          'p0',
          'p4',
          'p1',
          'p5',
          'p2',
          'p3',
        ]);
        expect(await listAll('name', { prefix: 'DU' }, limit)).to.deep.equal(['p6', 'p0', 'p4', 'p1', 'p5']);
        expect(await listAll('name', { key: 'dupont' }, limit)).to.deep.equal(['p0', 'p4']);
      }
    });

    it('goes on after an id of a key, whether or not it is there', async () => {
      for (const id of ['a', 'b', 'd', 'e'])
        await on.people.insert({ id, name: id === 'd' ? 'Other' : 'Same' });
      const after = async (afterId: string, limit = 10) => {
        const page = await on.people.list('name', { key: 'SAME', afterId, limit });
        return [page.items.map(({ id }) => id).join(''), page.next !== undefined];
      };
      expect(await after('')).to.deep.equal(['abe', false]);
      expect(await after('a')).to.deep.equal(['be', false]);
      expect(await after('a', 1)).to.deep.equal(['b', true]);
      expect(await after('c')).to.deep.equal(['e', false]);
      expect(await after('e')).to.deep.equal(['', false]);
      const first = await on.people.list('name', { key: 'same', afterId: 'a', limit: 1 });
      const rest = await on.people.list('name', { key: 'same', after: first.next ?? '', limit: 5 });
      expect(rest.items.map(({ id }) => id)).to.deep.equal(['e']);
    });

    it('gives no cursor on the last page, even a full one', async () => {
      await on.people.insert({ id: '1', name: 'a' });
      await on.people.insert({ id: '2', name: 'b' });
      expect(await on.people.list('name', { prefix: '', limit: 2 })).not.to.have.property('next');
    });

    it('lists a document once, at the first of its keys that match', async () => {
      await on.people.insert({ id: '1', tags: ['ab', 'ac', 'b'] });
      await on.people.insert({ id: '2', tags: ['abc'] });
      await on.people.insert({ id: '3', tags: ['ba', 'aca'] });
      for (const limit of [1, 2, 10]) {
        expect(await listAll('tags', { prefix: '' }, limit)).to.deep.equal(['1', '2', '3']);
        expect(await listAll('tags', { prefix: 'ac' }, limit)).to.deep.equal(['1', '3']);
        expect(await listAll('tags', { prefix: 'b' }, limit)).to.deep.equal(['1', '3']);
      }
    });

    it('takes the characters of a prefix as they are', async () => {
      await on.people.insert({ id: '1', login: 'a.b%' });
      await on.people.insert({ id: '2', login: 'axb_' });
      expect(await listAll('login', { prefix: 'a.' }, 5)).to.deep.equal(['1']);
      expect(await listAll('login', { prefix: 'a_' }, 5)).to.deep.equal([]);
      expect(await listAll('login', { prefix: 'a' }, 5)).to.deep.equal(['1', '2']);
    });

    it('neither skips nor repeats what was there throughout, while others write', async () => {
      const ids = Array.from({ length: 40 }, (_, at) => `p${String(at).padStart(2, '0')}`);
      await Promise.all(ids.map(id => on.people.insert({ id, name: `n${id}` })));
      const seen: string[] = [];
      let after: string | undefined;
      for (let turn = 0; ; turn += 1) {
        const page = await on.people.list('name', {
          prefix: 'n',
          limit: 7,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.items.map(({ id }) => id));
        after = page.next;
        if (after === undefined) break;
        await Promise.all([
          on.people.insert({ id: `new${turn}`, name: `np00${turn}` }),
          on.people.update('p20', doc => ({ ...doc, visits: turn })),
          on.people.remove(`new${turn - 1}`),
        ]);
      }
      expect(seen.filter(id => id.startsWith('p'))).to.deep.equal(ids);
    });

    it('refuses what it cannot list', async () => {
      const queries = [
          { prefix: '', limit: 0 }, { prefix: '', limit: 1001 }, { prefix: '', limit: 1.5 }, { prefix: '', limit: NaN },
          { limit: 1 }, { key: 'a', prefix: 'a', limit: 1 }, { prefix: '', limit: 1, after: 'not ours' },
          { prefix: '', limit: 1, afterId: 'a' },
          { prefix: '', limit: 1, after: Buffer.from('["a"]').toString('base64url') },
        ]; // prettier-ignore
      for (const query of queries) await rejects(on.people.list('name', query), 'store.bad_query');
      await rejects(on.people.list('secret', { prefix: '', limit: 1 }), 'store.bad_query');
      await rejects(on.people.findOne('toString', 'a'), 'store.bad_query');
      await rejects(on.people.removeBy('id', 'a'), 'store.bad_query');
    });
  });
}
