import { expect } from 'chai';
import { createShiftedClock, isAppError } from '#kernel/index.ts';
import { openStore, type CollectionSpec, type Doc, type OpenedStore, type Upgrade } from '#store/index.ts';
import { openMongo } from '../../src/store/mongo/index.ts';
import { openSqlite } from '../../src/store/sqlite/index.ts';
import { upgradeStore } from '../../src/store/upgrades.ts';
import { createTestSealer, newStoreUrl, removeStored } from '../support/store.ts';

interface Person extends Doc {
  readonly name?: string;
  readonly fullName?: string;
  readonly secret?: string;
  readonly seen?: number;
}

const people: CollectionSpec<Person> = {
  name: 'people',
  version: 1,
  indexes: { name: { key: doc => doc.fullName ?? doc.name, unique: true } },
  sealed: ['secret'],
};
const counters: CollectionSpec<Doc & { readonly count?: number; readonly unit?: string }> = {
  name: 'counters',
  version: 1,
  indexes: {},
};
const CALLERS = 50;
const COUNT = 450;

describe('upgrades of stored data', () => {
  const clock = createShiftedClock();
  let url: string;
  let runs: number;
  let opened: OpenedStore | undefined;

  beforeEach(async () => {
    url = await newStoreUrl();
    runs = 0;
    const store = await open([]);
    await Promise.all(
      Array.from({ length: COUNT }, (_, at) =>
        store.collection(people).insert({ id: `p${at}`, name: `n${at}`, secret: `s${at}` }),
      ),
    );
    await store.collection(counters).increment('c', 'count', 3);
    await store.close();
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
    await removeStored(url);
  });

  async function open(upgrades: readonly Upgrade[]): Promise<OpenedStore> {
    opened = await openStore({ url, sealer: createTestSealer(), clock, upgrades });
    return opened;
  }

  const rename: Upgrade = {
    to: 2,
    async run(data) {
      runs += 1;
      await data.rewrite('people', doc => {
        if (!('name' in doc)) return doc;
        const { name, ...rest } = doc;
        return { ...rest, fullName: name };
      });
    },
  };
  const addUnit: Upgrade = {
    to: 3,
    async run(data) {
      await data.rewrite('counters', doc => ({ ...doc, unit: 'fois' }));
      await data.rewrite('never_there', () => expect.fail('there is no such collection'));
    },
  };

  it('change every document, in their order, and leave keys, sealed fields and counters sound', async () => {
    const store = await open([rename, addUnit]);
    const all = store.collection(people);
    expect(await all.findOne('name', 'n449')).to.deep.equal({ id: 'p449', fullName: 'n449', secret: 's449' });
    expect((await all.list('name', { prefix: '', limit: 1000 })).items).to.have.length(COUNT);
    expect(await all.update('p1', doc => ({ ...doc, secret: 'new' }))).to.include({ fullName: 'n1' });
    expect(await store.collection(counters).increment('c', 'count', 1)).to.equal(4);
    expect(await store.collection(counters).get('c')).to.deep.equal({ id: 'c', count: 4, unit: 'fois' });
    await store.close();
    await (await open([rename, addUnit])).close();
    expect(runs).to.equal(1);
  });

  it(`run once when ${CALLERS} callers begin together`, async () => {
    const openBackend = url.startsWith('sqlite:') ? openSqlite : openMongo;
    const backend = await openBackend({ url, clock, logger: undefined, testing: undefined });
    const start = () => upgradeStore({ place: backend.upgradePlace, upgrades: [rename], logger: undefined });
    await Promise.all(Array.from({ length: CALLERS }, start));
    await backend.close();
    expect(runs).to.equal(1);
  });

  it('begin again where one was interrupted', async () => {
    let changed = 0;
    const failing: Upgrade = {
      to: 2,
      run: data =>
        data.rewrite('people', ({ name, ...rest }) => {
          if ((changed += 1) > 250) throw new Error('killed');
          return { ...rest, fullName: name };
        }),
    };
    const failure: unknown = await open([failing]).catch((error: unknown) => error);
    expect(failure).to.be.an('error').with.property('message', 'killed');
    const store = await open([rename]);
    const { items } = await store.collection(people).list('name', { prefix: '', limit: 1000 });
    expect(items.filter(({ fullName }) => fullName !== undefined)).to.have.length(COUNT);
  });

  it('refuse data that a later release has upgraded, and leave them alone', async () => {
    await (await open([rename])).close();
    const refusal: unknown = await open([]).catch((error: unknown) => error);
    expect(isAppError(refusal, 'store.newer_schema'), String(refusal)).to.equal(true);
    expect(await (await open([rename])).collection(people).get('p7')).to.include({ fullName: 'n7' });
  });

  it('have nothing to do in a new place', async () => {
    const there = url;
    url = await newStoreUrl();
    const store = await open([rename]);
    await store.collection(people).insert({ id: 'first', name: 'as it is written' });
    await store.close();
    expect(await (await open([rename])).collection(people).get('first')).to.include({
      name: 'as it is written',
    });
    expect(runs).to.equal(0);
    await removeStored(there);
  });
});
