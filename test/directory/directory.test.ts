import { expect } from 'chai';
import {
  createDirectory,
  isEmptyWindow,
  isInForce,
  type Directory,
  type Professional,
} from '#directory/index.ts';
import { createShiftedClock, isAppError, systemClock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { createStillClock } from '../support/clock.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

function professional(id: string, more: Partial<Professional> = {}): Professional {
  return {
    id,
    status: 'active',
    givenName: 'Hélène',
    familyName: 'Œuvrard',
    specialties: [],
    nationalIds: [],
    memberships: [],
    delegations: [],
    ...more,
  };
}

/** A store that counts the reads of a collection. */
function countingReads(store: Store): { readonly store: Store; reads(): number } {
  let reads = 0;
  return {
    reads: () => reads,
    store: {
      ...store,
      collection(spec) {
        const collection = store.collection(spec);
        return {
          ...collection,
          get(id) {
            reads += 1;
            return collection.get(id);
          },
        };
      },
    },
  };
}

describe('directory', () => {
  let store: TestStore;
  let directory: Directory;
  beforeEach(async () => {
    store = await openTestStore();
    directory = createDirectory({ store, clock: systemClock });
  });
  afterEach(() => store.destroy());

  it('finds a professional by any national identifier', async () => {
    await directory.professionals.insert(professional('a', { nationalIds: ['899700366240', '0379101234'] }));
    expect(await directory.professionals.findByNationalId('0379101234')).to.have.property('id', 'a');
    expect(await directory.professionals.findByNationalId('899700367909')).to.equal(null);
  });

  it('lets one of fifty parallel writers have a national identifier', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        directory.professionals.insert(professional(`p${n}`, { nationalIds: ['899700366240'] })),
      ),
    );
    const refused = outcomes.filter(outcome => outcome.status === 'rejected');
    expect(refused).to.have.length(49);
    expect(refused.every(({ reason }) => isAppError(reason, 'store.conflict'))).to.equal(true);
  });

  it('finds names without case or accents, from the given name or the family name', async () => {
    await directory.professionals.insert(professional('a'));
    for (const prefix of ['oeuvrard', 'HELENE o', 'ŒUV']) {
      const { items } = await directory.professionals.list('name', { prefix, limit: 10 });
      expect(
        items.map(({ id }) => id),
        prefix,
      ).to.deep.equal(['a']);
    }
  });

  it('lists the members of a network and of an organisation', async () => {
    const membership = { network: 'cancerologie', organisation: 'chu', profile: 'pharmacien' };
    await directory.professionals.insert(professional('a', { memberships: [membership, { ...membership }] }));
    await directory.professionals.insert(professional('b'));
    const byNetwork = await directory.professionals.list('network', { key: 'cancerologie', limit: 10 });
    const byOrganisation = await directory.professionals.list('organisation', { key: 'chu', limit: 10 });
    expect(byNetwork.items.map(({ id }) => id)).to.deep.equal(['a']);
    expect(byOrganisation.items.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('lists the organisations under one', async () => {
    await directory.organisations.insert({ id: 'chu', name: 'CHU', parent: 'region', networks: [] });
    await directory.organisations.insert({ id: 'cabinet', name: 'Cabinet', networks: [] });
    const { items } = await directory.organisations.list('parent', { key: 'region', limit: 10 });
    expect(items.map(({ id }) => id)).to.deep.equal(['chu']);
  });

  it('says something of a region that was not imported, and then what the region says', async () => {
    expect((await directory.region()).support).not.to.equal('');
    await directory.describeRegion({ name: 'Centre', support: '02 00 00 00 00' });
    expect(await directory.region()).to.deep.equal({ name: 'Centre', support: '02 00 00 00 00' });
  });

  describe('reads of what every request needs', () => {
    const application = {
      id: 'dcc',
      name: 'DCC',
      redirectUris: [],
      postLogoutRedirectUris: [],
      grantTypes: ['authorization_code'],
      scopes: ['openid'],
      assertsAcr: false,
      canSimulate: false,
      requirePkce: true,
    };

    it('reads an application once in a few seconds, absent ones too', async () => {
      const counting = countingReads(store);
      const cached = createDirectory({ store: counting.store, clock: systemClock });
      for (let n = 0; n < 20; n += 1) {
        await cached.applications.get('dcc');
        await cached.networks.get('cancerologie');
      }
      expect(counting.reads()).to.equal(2);
    });

    it('shows a write of its own at once', async () => {
      expect(await directory.applications.get('dcc')).to.equal(null);
      await directory.applications.insert(application);
      expect(await directory.applications.get('dcc')).to.deep.include({ name: 'DCC' });
      await directory.applications.update('dcc', before => ({ ...before, name: 'Dossier' }));
      expect(await directory.applications.get('dcc')).to.deep.include({ name: 'Dossier' });
    });

    it('never keeps a value that was read before a write that has ended', async () => {
      await directory.applications.insert(application);
      for (let n = 0; n < 30; n += 1) {
        const reads = Array.from({ length: 5 }, () => directory.applications.get('dcc'));
        await directory.applications.update('dcc', before => ({ ...before, name: `n${n}` }));
        expect(await directory.applications.get('dcc')).to.deep.include({ name: `n${n}` });
        await Promise.all(reads);
        expect(await directory.applications.get('dcc')).to.deep.include({ name: `n${n}` });
      }
    });

    it('shows a write of another instance after a few seconds', async () => {
      const clock = createShiftedClock();
      const here = createDirectory({ store, clock });
      const there = createDirectory({ store, clock });
      await there.applications.insert(application);
      await here.applications.get('dcc');
      await there.applications.update('dcc', before => ({ ...before, name: 'Dossier' }));
      clock.advance(4);
      expect(await here.applications.get('dcc')).to.deep.include({ name: 'Dossier' });
    });

    it('shows all that another instance has written once it is refreshed', async () => {
      const clock = createStillClock();
      const here = createDirectory({ store, clock });
      const there = createDirectory({ store, clock });
      const seen = async () => [
        (await here.applications.get('dcc'))?.name,
        (await here.applications.all()).map(({ name }) => name),
        (await here.region()).support,
      ];
      await there.applications.insert(application);
      const before = await seen();
      await there.applications.update('dcc', value => ({ ...value, name: 'Dossier' }));
      await there.describeRegion({ name: 'Centre', support: 'Assistance' });
      expect(await seen()).to.deep.equal(before);
      here.refresh();
      expect(await seen()).to.deep.equal(['Dossier', ['Dossier'], 'Assistance']);
    });

    it('reads a professional afresh every time', async () => {
      const other = createDirectory({ store, clock: systemClock });
      await directory.professionals.insert(professional('a'));
      await directory.professionals.get('a');
      await other.professionals.update('a', before => ({ ...before, status: 'suspended' }));
      expect(await directory.professionals.get('a')).to.have.property('status', 'suspended');
    });
  });

  describe('code tables', () => {
    it('give the label of a known code, and the code itself for an unknown one', () => {
      expect(directory.codes.profession('10')).to.deep.equal({ code: '10', label: 'Médecin' });
      expect(directory.codes.savoirFaire('SM36').label).to.match(/^Oncologie/u);
      expect(directory.codes.profession('77')).to.deep.equal({ code: '77', label: '77' });
      expect(directory.codes.profile('toString')).to.deep.equal({ code: 'toString', label: 'toString' });
    });

    it('list every profession once', () => {
      const codes = directory.codes.professions().map(({ code }) => code);
      expect(new Set(codes).size).to.equal(31);
      expect(codes).to.include('98');
    });
  });

  describe('windows', () => {
    it('hold from their first instant and no longer at their last', () => {
      const window = { fromMs: 1000, toMs: 2000 };
      expect([999, 1000, 1999, 2000].map(nowMs => isInForce(window, nowMs))).to.deep.equal([
        false,
        true,
        true,
        false,
      ]);
      expect(isInForce({}, 0)).to.equal(true);
    });

    it('never hold when they end before they begin', () => {
      for (const window of [
        { fromMs: 2000, toMs: 1000 },
        { fromMs: 1000, toMs: 1000 },
      ]) {
        expect(isEmptyWindow(window)).to.equal(true);
        expect([999, 1000, 1500, 2000].some(nowMs => isInForce(window, nowMs))).to.equal(false);
      }
    });
  });
});
