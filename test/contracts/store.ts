import { expect } from 'chai';
import { createShiftedClock, type Clock, type Sealer, type ShiftedClock } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Doc } from '#store/index.ts';
import { createTestSealer, openTestStore, type TestStore } from '../support/store.ts';

/** Callers of every race: the port promises exactly one winner among any number. */
const CALLERS = 60;

interface Person extends Doc {
  readonly name?: string | null;
  readonly login?: string;
  readonly tags?: readonly string[];
  readonly secret?: { readonly pin: string };
  readonly visits?: number;
}

const PEOPLE: CollectionSpec<Person> = {
  name: 'people',
  version: 1,
  indexes: {
    name: { key: doc => doc.name, folded: true },
    login: { key: doc => doc.login, unique: true },
    badge: { key: doc => doc.tags?.map(tag => `badge ${tag}`), unique: true },
    tags: { key: doc => doc.tags, folded: true },
  },
  sealed: ['secret'],
};

interface Counter extends Doc {
  readonly hits?: number;
  readonly label?: string;
}

const COUNTERS: CollectionSpec<Counter> = { name: 'counters', version: 1, indexes: {} };

/** What a backend's test file gives. */
export interface StoreContract {
  /** A URL that nobody else uses. */
  newUrl(): Promise<string>;
  /** Everything that is stored there, as raw bytes or text. */
  readRaw(url: string): Promise<string>;
  /** Copies one raw document's stored text over another's, behind the store's back. */
  moveText(url: string, collection: string, fromId: string, toId: string): Promise<void>;
  /** Whether what is acknowledged survives a reopening (not so for a server that keeps its data in memory only). */
  readonly isDurable: boolean;
}

/** The promises of `src/store/port.ts`, the same for every backend. */
export function storeContract(name: string, backend: StoreContract): void {
  describe(`store contract: ${name}`, () => {
    let clock: ShiftedClock;
    let store: TestStore;
    let people: Collection<Person>;
    let counters: Collection<Counter>;

    const open = (url: string, own: { clock?: Clock; sealer?: Sealer } = {}): Promise<TestStore> =>
      openTestStore({ url, clock, sealer: createTestSealer(), ...own });

    beforeEach(async () => {
      clock = createShiftedClock();
      store = await open(await backend.newUrl());
      people = store.collection(PEOPLE);
      counters = store.collection(COUNTERS);
    });
    afterEach(() => store.destroy());

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
        await people.insert(doc);
        expect(await people.get(doc.id)).to.deep.equal(doc);
      });

      it('answers null for what is not there', async () => {
        expect(await people.get('nobody')).to.equal(null);
        expect(await people.consume('nobody')).to.equal(null);
        expect(await people.update('nobody', doc => ({ ...doc, visits: 1 }))).to.equal(null);
        expect(await people.findOne('login', 'nobody')).to.equal(null);
      });

      it('gives the same collection for the same specification, and refuses another of that name', () => {
        expect(store.collection(PEOPLE)).to.equal(people);
        expect(() => store.collection({ ...PEOPLE })).to.throw(TypeError);
        expect(store.collections().map(collection => collection.name)).to.have.members([
          'people',
          'counters',
        ]);
      });

      it('puts over what is there, and its old keys no longer find it', async () => {
        await people.put({ id: '1', login: 'old', tags: ['x', 'y'] });
        await people.put({ id: '1', login: 'new', tags: ['y', 'z'] });
        expect(await people.get('1')).to.deep.equal({ id: '1', login: 'new', tags: ['y', 'z'] });
        expect(await people.findOne('login', 'old')).to.equal(null);
        expect(await people.findOne('tags', 'x')).to.equal(null);
        expect(await people.findOne('tags', 'z')).to.include({ id: '1' });
      });

      it('updates, and returns what it wrote', async () => {
        await people.insert({ id: '1', login: 'a', secret: { pin: '1' } });
        const written = await people.update('1', doc => ({ ...doc, login: 'b', visits: 1 }));
        expect(written).to.deep.equal({ id: '1', login: 'b', visits: 1, secret: { pin: '1' } });
        expect(await people.get('1')).to.deep.equal(written);
        expect(await people.findOne('login', 'a')).to.equal(null);
        expect(await people.findOne('login', 'b')).to.deep.equal(written);
      });

      it('writes nothing when an update returns the same reference', async () => {
        await people.insert({ id: '1', visits: 1 });
        const { operations } = store.stats();
        expect(await people.update('1', doc => doc)).to.deep.equal({ id: '1', visits: 1 });
        expect(store.stats().operations).to.equal(operations);
      });

      it('hands on what a change throws, and writes nothing', async () => {
        await people.insert({ id: '1', visits: 1 });
        await rejects(
          people.update('1', () => {
            throw new RangeError('no');
          }),
          RangeError,
        );
        await rejects(
          people.update('1', doc => ({ ...doc, id: '2' })),
          TypeError,
        );
        expect(await people.get('1')).to.deep.equal({ id: '1', visits: 1 });
      });

      it('consumes only if the guard holds', async () => {
        await people.insert({ id: '1', visits: 1, login: 'a' });
        expect(await people.consume('1', doc => doc.visits === 2)).to.equal(null);
        expect(await people.get('1')).not.to.equal(null);
        expect(await people.consume('1', doc => doc.visits === 1)).to.deep.equal({
          id: '1',
          visits: 1,
          login: 'a',
        });
        expect(await people.get('1')).to.equal(null);
        await people.insert({ id: '2', login: 'a' });
      });

      it('removes, twice if need be', async () => {
        await people.insert({ id: '1', login: 'a' });
        await people.remove('1');
        await people.remove('1');
        expect(await people.findOne('login', 'a')).to.equal(null);
      });

      it('removes by key, and counts', async () => {
        await Promise.all(
          ['1', '2', '3'].map(id => people.insert({ id, name: id === '3' ? 'Other' : 'Same' })),
        );
        expect(await people.removeBy('name', 'SAME')).to.equal(2);
        expect(await people.removeBy('name', 'same')).to.equal(0);
        expect(await people.get('3')).not.to.equal(null);
      });

      it('increments, making the document when it is missing', async () => {
        expect(await counters.increment('c', 'hits', 2)).to.equal(2);
        expect(await counters.increment('c', 'hits', 0.5)).to.equal(2.5);
        expect(await counters.get('c')).to.deep.equal({ id: 'c', hits: 2.5 });
        await counters.put({ id: 'd', label: 'kept' });
        expect(await counters.increment('d', 'hits', 1)).to.equal(1);
        expect(await counters.get('d')).to.deep.equal({ id: 'd', label: 'kept', hits: 1 });
        await counters.update('d', doc => ({ ...doc, hits: 10 }));
        expect(await counters.increment('d', 'hits', -4)).to.equal(6);
      });

      it('does not increment beyond the maximum', async () => {
        expect(await counters.increment('c', 'hits', 4, { max: 3 })).to.equal(null);
        expect(await counters.get('c')).to.equal(null);
        await counters.put({ id: 'c', hits: -2 });
        expect(await counters.increment('c', 'hits', 4, { max: 3 })).to.equal(2);
        expect(await counters.increment('c', 'hits', 2, { max: 3 })).to.equal(null);
        expect(await counters.get('c')).to.deep.equal({ id: 'c', hits: 2 });
      });

      it('refuses to increment where indexes or seals would go stale', async () => {
        await rejects(people.increment('1', 'visits', 1), TypeError);
      });

      it('answers a check', () => store.check());
    });

    describe('conflicts', () => {
      it('never inserts over a live document', async () => {
        await people.insert({ id: '1', visits: 1 });
        await rejects(people.insert({ id: '1', visits: 2 }), 'store.conflict');
        expect(await people.get('1')).to.deep.equal({ id: '1', visits: 1 });
        await counters.insert({ id: '1', hits: 1 });
        await rejects(counters.insert({ id: '1', hits: 2 }), 'store.conflict');
      });

      it('refuses a unique key that another holds, and leaves everything as it was', async () => {
        await people.insert({ id: '1', login: 'a', tags: ['x', 'y'] });
        await people.insert({ id: '2', login: 'b', tags: ['z'] });
        await rejects(people.insert({ id: '3', login: 'a' }), 'store.conflict');
        await rejects(people.insert({ id: '3', tags: ['w', 'y'] }), 'store.conflict');
        await rejects(people.put({ id: '2', login: 'a' }), 'store.conflict');
        await rejects(
          people.update('2', doc => ({ ...doc, tags: ['z', 'x'] })),
          'store.conflict',
        );
        expect(await people.get('3')).to.equal(null);
        expect(await people.findOne('tags', 'w')).to.equal(null);
        expect(await people.get('2')).to.deep.equal({ id: '2', login: 'b', tags: ['z'] });
      });

      it('does not let one conflict undo the writes that share its commit', async () => {
        await people.insert({ id: '0', login: 'taken' });
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, at) =>
            people.insert({ id: `p${at}`, login: at === 10 ? 'taken' : `l${at}` }),
          ),
        );
        expect(outcomes.map(outcome => outcome.status === 'rejected')).to.deep.equal(
          outcomes.map((_, at) => at === 10),
        );
        expect(await people.get('p9')).not.to.equal(null);
        expect(await people.get('p10')).to.equal(null);
      });

      it('frees the unique keys of what was removed or changed', async () => {
        await people.insert({ id: '1', login: 'a' });
        await people.update('1', doc => ({ ...doc, login: 'b' }));
        await people.insert({ id: '2', login: 'a' });
        await people.consume('1');
        await people.insert({ id: '3', login: 'b' });
        await people.put({ id: '3', login: 'b', visits: 1 });
      });
    });

    describe('races', () => {
      const race = async <R>(act: (at: number) => Promise<R>): Promise<PromiseSettledResult<R>[]> =>
        Promise.allSettled(Array.from({ length: CALLERS }, (_, at) => act(at)));
      const won = (outcomes: PromiseSettledResult<unknown>[]): number =>
        outcomes.filter(outcome => outcome.status === 'fulfilled' && outcome.value !== null).length;

      it('lets exactly one caller insert an id', async () => {
        expect(won(await race(at => counters.insert({ id: 'one', hits: at })))).to.equal(1);
        expect(won(await race(at => people.insert({ id: 'one', visits: at })))).to.equal(1);
      });

      it('lets exactly one caller insert a unique key', async () => {
        expect(won(await race(at => people.insert({ id: `p${at}`, login: 'same' })))).to.equal(1);
        expect(won(await race(at => people.insert({ id: `q${at}`, tags: [`own${at}`, 'shared'] })))).to.equal(
          1,
        );
      });

      it('lets exactly one caller replace an expired holder of an id or a unique key', async () => {
        await people.insert({ id: 'old', login: 'same', expiresAt: clock.now() + 10 });
        clock.advance(10);
        expect(
          won(await race(at => people.insert({ id: at % 2 ? `p${at}` : 'old', login: 'same' }))),
        ).to.equal(1);
      });

      it('lets exactly one caller consume a document', async () => {
        await people.insert({ id: 'code', login: 'x' });
        expect(won(await race(() => people.consume('code')))).to.equal(1);
        await people.insert({ id: 'code', login: 'x' });
        expect(won(await race(() => people.consume('code', doc => doc.login === 'x')))).to.equal(1);
      });

      it('counts every one of the parallel updates of a document', async () => {
        await people.insert({ id: 'hot', visits: 0 });
        const outcomes = await race(() =>
          people.update('hot', doc => ({ ...doc, visits: (doc.visits ?? 0) + 1 })),
        );
        expect(won(outcomes)).to.equal(CALLERS);
        expect(await people.get('hot')).to.deep.equal({ id: 'hot', visits: CALLERS });
      });

      it('counts parallel increments, and stops exactly at the maximum', async () => {
        const max = 10;
        const outcomes = await race(() => counters.increment('c', 'hits', 1, { max }));
        const values = outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value : NaN));
        expect(values.filter(value => value !== null).sort((a, b) => a - b)).to.deep.equal(
          Array.from({ length: max }, (_, at) => at + 1),
        );
        expect(await counters.get('c')).to.deep.equal({ id: 'c', hits: max });
      });

      it('gives a document to a consumer or to an updater, never to both', async () => {
        await people.insert({ id: 'both', visits: 0 });
        const [taken, ...updates] = await Promise.all([
          people.consume('both'),
          ...Array.from({ length: 10 }, () =>
            people.update('both', doc => ({ ...doc, visits: (doc.visits ?? 0) + 1 })),
          ),
        ]);
        expect(taken?.visits).to.equal(updates.filter(written => written !== null).length);
      });
    });

    describe('expiry', () => {
      const soon = (): number => clock.now() + 10;

      it('never returns an expired document, reaped or not', async () => {
        await people.insert({ id: '1', login: 'a', name: 'N', expiresAt: soon() });
        clock.advance(9);
        expect(await people.get('1')).not.to.equal(null);
        clock.advance(1);
        const nothing = async (): Promise<void> => {
          expect(await people.get('1')).to.equal(null);
          expect(await people.findOne('login', 'a')).to.equal(null);
          expect((await people.list('name', { prefix: '', limit: 10 })).items).to.deep.equal([]);
          expect(await people.update('1', doc => ({ ...doc, visits: 1 }))).to.equal(null);
          expect(await people.consume('1')).to.equal(null);
          expect(await people.consume('1', () => true)).to.equal(null);
          expect(await people.removeBy('login', 'a')).to.equal(0);
        };
        await nothing();
        expect(await people.reap()).to.equal(1);
        await nothing();
        expect(await people.reap()).to.equal(0);
      });

      it('inserts over an expired id, and over an expired holder of a unique key', async () => {
        await people.insert({ id: '1', login: 'a', tags: ['t'], expiresAt: soon() });
        await people.insert({ id: '2', login: 'b', tags: ['u'], expiresAt: soon() });
        await counters.insert({ id: '1', hits: 1, expiresAt: soon() });
        clock.advance(10);
        await people.insert({ id: '1', login: 'c' });
        await people.insert({ id: '3', login: 'b', tags: ['u', 't'] });
        await counters.insert({ id: '1', hits: 2 });
        expect(await people.findOne('login', 'a')).to.equal(null);
        expect(await people.findOne('tags', 't')).to.include({ id: '3' });
        expect(await people.get('2')).to.equal(null);
        expect(await counters.get('1')).to.deep.equal({ id: '1', hits: 2 });
        await people.reap();
        expect(await people.findOne('login', 'b')).to.include({ id: '3' });
      });

      it('increments an expired counter from nothing', async () => {
        expect(await counters.increment('c', 'hits', 3, { max: 3, expiresAt: soon() })).to.equal(3);
        expect(await counters.increment('c', 'hits', 1, { max: 3, expiresAt: soon() + 90 })).to.equal(null);
        clock.advance(10);
        expect(await counters.get('c')).to.equal(null);
        const expiresAt = soon();
        expect(await counters.increment('c', 'hits', 1, { max: 3, expiresAt })).to.equal(1);
        expect(await counters.get('c')).to.deep.equal({ id: 'c', hits: 1, expiresAt });
      });

      it('lets an update move or drop the expiry', async () => {
        await people.insert({ id: '1', expiresAt: soon() });
        await people.insert({ id: '2', expiresAt: soon() });
        await people.update('1', doc => ({ ...doc, expiresAt: clock.now() + 100 }));
        await people.update('2', ({ expiresAt: _dropped, ...doc }) => doc);
        clock.advance(50);
        expect(await people.get('1')).not.to.equal(null);
        expect(await people.get('2')).to.deep.equal({ id: '2' });
        clock.advance(50);
        expect(await people.get('1')).to.equal(null);
      });

      it('reaps at most what it is told, and nothing alive', async () => {
        await Promise.all([1, 2, 3].map(at => people.insert({ id: `e${at}`, expiresAt: soon() })));
        await people.insert({ id: 'alive' });
        clock.advance(10);
        expect(await people.reap(2)).to.equal(2);
        expect(await people.reap(2)).to.equal(1);
        expect(await people.get('alive')).not.to.equal(null);
      });
    });

    describe('indexes', () => {
      it('folds case, accents and spacing where asked, and nowhere else', async () => {
        await people.insert({ id: '1', name: ' Éloïse  LEFÈVRE ', login: 'Élo' });
        expect(await people.findOne('name', 'eloise lefevre')).to.include({ id: '1' });
        expect(await people.findOne('name', 'ÉLOÏSE LEFÈVRE')).to.include({ id: '1' });
        expect(await people.findOne('login', 'elo')).to.equal(null);
        expect(await people.findOne('login', 'Élo')).to.include({ id: '1' });
      });

      it('finds a document by each of its keys', async () => {
        await people.insert({ id: '1', tags: ['Alpha', 'bêta', 'beta'] });
        expect(await people.findOne('tags', 'ALPHA')).to.include({ id: '1' });
        expect(await people.findOne('tags', 'Beta')).to.include({ id: '1' });
        expect((await people.list('tags', { key: 'beta', limit: 10 })).items).to.have.length(1);
      });

      it('leaves null, undefined and empty lists out of the index, unique or not', async () => {
        await people.insert({ id: '1', name: null, tags: [] });
        await people.insert({ id: '2', tags: [] });
        await people.insert({ id: '3', name: '' });
        expect(
          (await people.list('name', { prefix: '', limit: 10 })).items.map(({ id }) => id),
        ).to.deep.equal(['3']);
        expect((await people.list('login', { prefix: '', limit: 10 })).items).to.deep.equal([]);
        expect(await people.findOne('name', '')).to.include({ id: '3' });
      });

      it('finds the first in id order by a shared key', async () => {
        for (const id of ['b', 'a', 'c']) await people.insert({ id, name: 'Same' });
        expect(await people.findOne('name', 'same')).to.include({ id: 'a' });
      });

      it('builds its indexes anew for a higher version', async () => {
        await people.insert({ id: '1', name: 'Ada', login: 'a' });
        await people.insert({ id: '2', name: 'Zoé', login: 'z', expiresAt: clock.now() + 10 });
        const { url } = store;
        if (backend.isDurable) await store.close();
        const next = await open(url);
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
          const page = await people.list(index, {
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
        await Promise.all(names.map((name, at) => people.insert({ id: `p${at}`, name })));
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
          expect(await listAll('name', { prefix: 'DU' }, limit)).to.deep.equal([
            'p6',
            'p0',
            'p4',
            'p1',
            'p5',
          ]);
          expect(await listAll('name', { key: 'dupont' }, limit)).to.deep.equal(['p0', 'p4']);
        }
      });

      it('gives no cursor on the last page, even a full one', async () => {
        await people.insert({ id: '1', name: 'a' });
        await people.insert({ id: '2', name: 'b' });
        expect(await people.list('name', { prefix: '', limit: 2 })).not.to.have.property('next');
      });

      it('lists a document once, at the first of its keys that match', async () => {
        await people.insert({ id: '1', tags: ['ab', 'ac', 'b'] });
        await people.insert({ id: '2', tags: ['abc'] });
        await people.insert({ id: '3', tags: ['ba', 'aca'] });
        for (const limit of [1, 2, 10]) {
          expect(await listAll('tags', { prefix: '' }, limit)).to.deep.equal(['1', '2', '3']);
          expect(await listAll('tags', { prefix: 'ac' }, limit)).to.deep.equal(['1', '3']);
          expect(await listAll('tags', { prefix: 'b' }, limit)).to.deep.equal(['1', '3']);
        }
      });

      it('takes the characters of a prefix as they are', async () => {
        await people.insert({ id: '1', login: 'a.b%' });
        await people.insert({ id: '2', login: 'axb_' });
        expect(await listAll('login', { prefix: 'a.' }, 5)).to.deep.equal(['1']);
        expect(await listAll('login', { prefix: 'a_' }, 5)).to.deep.equal([]);
        expect(await listAll('login', { prefix: 'a' }, 5)).to.deep.equal(['1', '2']);
      });

      it('neither skips nor repeats what was there throughout, while others write', async () => {
        const ids = Array.from({ length: 40 }, (_, at) => `p${String(at).padStart(2, '0')}`);
        await Promise.all(ids.map(id => people.insert({ id, name: `n${id}` })));
        const seen: string[] = [];
        let after: string | undefined;
        for (let turn = 0; ; turn += 1) {
          const page = await people.list('name', {
            prefix: 'n',
            limit: 7,
            ...(after === undefined ? {} : { after }),
          });
          seen.push(...page.items.map(({ id }) => id));
          after = page.next;
          if (after === undefined) break;
          await Promise.all([
            people.insert({ id: `new${turn}`, name: `np00${turn}` }),
            people.update('p20', doc => ({ ...doc, visits: turn })),
            people.remove(`new${turn - 1}`),
          ]);
        }
        expect(seen.filter(id => id.startsWith('p'))).to.deep.equal(ids);
      });

      it('refuses what it cannot list', async () => {
        const queries = [
          { prefix: '', limit: 0 }, { prefix: '', limit: 1001 }, { prefix: '', limit: 1.5 }, { prefix: '', limit: NaN },
          { limit: 1 }, { key: 'a', prefix: 'a', limit: 1 }, { prefix: '', limit: 1, after: 'not ours' },
          { prefix: '', limit: 1, after: Buffer.from('["a"]').toString('base64url') },
        ]; // prettier-ignore
        for (const query of queries) await rejects(people.list('name', query), 'store.bad_query');
        await rejects(people.list('secret', { prefix: '', limit: 1 }), 'store.bad_query');
        await rejects(people.findOne('toString', 'a'), 'store.bad_query');
        await rejects(people.removeBy('id', 'a'), 'store.bad_query');
      });
    });

    describe('at rest', () => {
      const PLANTED = 'planted-secret-4711';

      it('has a sealed value nowhere in the clear', async () => {
        await people.insert({ id: '1', name: 'Visible Name', secret: { pin: PLANTED } });
        await people.update('1', doc => ({ ...doc, visits: 1 }));
        const raw = await backend.readRaw(store.url);
        expect(raw).to.include('Visible Name');
        expect(raw).not.to.include(PLANTED);
        expect(await people.get('1')).to.have.nested.property('secret.pin', PLANTED);
      });

      it('does not open a sealed value that was moved to another document', async () => {
        await people.insert({ id: '1', secret: { pin: PLANTED } });
        await people.insert({ id: '2', secret: { pin: 'other' } });
        await backend.moveText(store.url, 'people', '1', '2');
        await rejects(people.get('2'), 'kernel.seal_broken');
      });

      it('keeps what it acknowledged', async function () {
        if (!backend.isDurable) this.skip();
        await Promise.all(
          Array.from({ length: 50 }, (_, at) => people.insert({ id: `p${at}`, login: `l${at}` })),
        );
        await people.update('p7', doc => ({ ...doc, login: 'changed' }));
        await people.consume('p8');
        const { url } = store;
        await store.close();
        store = await open(url);
        people = store.collection(PEOPLE);
        expect((await people.list('login', { prefix: '', limit: 100 })).items).to.have.length(49);
        expect(await people.findOne('login', 'changed')).to.include({ id: 'p7' });
        await rejects(people.insert({ id: 'x', login: 'changed' }), 'store.conflict');
      });

      it('refuses everything once closed', async () => {
        await people.insert({ id: '1' });
        await store.close();
        await rejects(people.insert({ id: '2' }), 'store.unavailable');
        await rejects(people.get('1'), 'store.unavailable');
        await rejects(store.check(), 'store.unavailable');
      });
    });

    it('shows an acknowledged write to every other store on the same data', async () => {
      const other = await open(store.url);
      const theirs = other.collection(PEOPLE);
      for (let at = 0; at < 20; at += 1) {
        await people.insert({ id: `p${at}`, login: `l${at}` });
        expect(await theirs.get(`p${at}`), `p${at}`).not.to.equal(null);
      }
      await rejects(theirs.insert({ id: 'x', login: 'l3' }), 'store.conflict');
      await other.close();
    });

    it('counts the updates of two stores on the same data', async () => {
      const other = await open(store.url);
      const theirs = other.collection(PEOPLE);
      await people.insert({ id: 'hot', visits: 0 });
      const visit = (doc: Person): Person => ({ ...doc, visits: (doc.visits ?? 0) + 1 });
      await Promise.all(
        Array.from({ length: 2 * 25 }, (_, at) => (at % 2 ? people : theirs).update('hot', visit)),
      );
      expect(await people.get('hot')).to.deep.equal({ id: 'hot', visits: 50 });
      await other.close();
    });
  });
}

/** Passes when `action` fails with that `AppError` code or that class. */
export async function rejects(action: Promise<unknown>, expected: string | (new () => Error)): Promise<void> {
  const outcome = await action.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (typeof expected === 'string') expect(outcome).to.have.property('code', expected);
  else expect(outcome).to.be.instanceOf(expected);
}
