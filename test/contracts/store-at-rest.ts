import { expect } from 'chai';
import { PEOPLE, rejects, type StoreContext, type Person } from './store-context.ts';

/** The contract of what lies on the disk, and what other stores on the same data see. */
export function atRestContract(on: StoreContext): void {
  describe('at rest', () => {
    const PLANTED = 'planted-secret-4711';

    it('has a sealed value nowhere in the clear', async () => {
      await on.people.insert({ id: '1', name: 'Visible Name', secret: { pin: PLANTED } });
      await on.people.update('1', doc => ({ ...doc, visits: 1 }));
      const raw = await on.backend.readRaw(on.store.url);
      expect(raw).to.include('Visible Name');
      expect(raw).not.to.include(PLANTED);
      expect(await on.people.get('1')).to.have.nested.property('secret.pin', PLANTED);
    });

    it('does not open a sealed value that was moved to another document', async () => {
      await on.people.insert({ id: '1', secret: { pin: PLANTED } });
      await on.people.insert({ id: '2', secret: { pin: 'other' } });
      await on.backend.moveText(on.store.url, 'people', '1', '2');
      await rejects(on.people.get('2'), 'kernel.seal_broken');
    });

    it('keeps what it acknowledged when it is opened again', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, at) => on.people.insert({ id: `p${at}`, login: `l${at}` })),
      );
      await on.people.update('p7', doc => ({ ...doc, login: 'changed' }));
      await on.people.consume('p8');
      const { url } = on.store;
      await on.store.close();
      on.store = await on.open(url);
      on.people = on.store.collection(PEOPLE);
      expect((await on.people.list('login', { prefix: '', limit: 100 })).items).to.have.length(49);
      expect(await on.people.findOne('login', 'changed')).to.include({ id: 'p7' });
      await rejects(on.people.insert({ id: 'x', login: 'changed' }), 'store.conflict');
    });

    it('refuses everything once closed', async () => {
      await on.people.insert({ id: '1' });
      await on.store.close();
      await rejects(on.people.insert({ id: '2' }), 'store.unavailable');
      await rejects(on.people.get('1'), 'store.unavailable');
      await rejects(on.store.check(), 'store.unavailable');
    });
  });

  describe('on the same data', () => {
    it('shows an acknowledged write to every other store on the same data', async () => {
      const other = await on.open(on.store.url);
      const theirs = other.collection(PEOPLE);
      for (let at = 0; at < 20; at += 1) {
        await on.people.insert({ id: `p${at}`, login: `l${at}` });
        expect(await theirs.get(`p${at}`), `p${at}`).not.to.equal(null);
      }
      await rejects(theirs.insert({ id: 'x', login: 'l3' }), 'store.conflict');
      await other.close();
    });

    it('counts the updates of two stores on the same data', async () => {
      const other = await on.open(on.store.url);
      const theirs = other.collection(PEOPLE);
      await on.people.insert({ id: 'hot', visits: 0 });
      const visit = (doc: Person): Person => ({ ...doc, visits: (doc.visits ?? 0) + 1 });
      await Promise.all(
        Array.from({ length: 2 * 25 }, (_, at) => (at % 2 ? on.people : theirs).update('hot', visit)),
      );
      expect(await on.people.get('hot')).to.deep.equal({ id: 'hot', visits: 50 });
      await other.close();
    });
  });
}
