import { expect } from 'chai';
import { PEOPLE, rejects, type StoreContext } from './store-context.ts';

/** The contract of the readings that unseal nothing: some fields of a document, and everything there is. */
export function unsealedContract(on: StoreContext): void {
  describe('a peek', () => {
    it('gives some fields of a live document, and opens nothing that is sealed', async () => {
      await on.people.insert({ id: '1', name: 'Visible', secret: { pin: 'planted-secret-4711' } });
      const seen = await on.people.peek('1', ['name']);
      expect(seen?.name).to.equal('Visible');
      expect(JSON.stringify(seen)).not.to.include('planted-secret-4711');
      await rejects(on.people.peek('1', PEOPLE.sealed ?? []), TypeError);
    });

    it('finds nothing where there is nothing any more', async () => {
      await on.people.insert({ id: 'gone', expiresAt: on.clock.now() });
      for (const id of ['gone', 'never']) expect(await on.people.peek(id, ['name'])).to.equal(null);
    });
  });

  describe('a scan', () => {
    async function scanned(limit: number): Promise<(string | undefined)[]> {
      const logins: (string | undefined)[] = [];
      let after: string | undefined;
      do {
        const page = await on.people.scan({
          fields: ['login'],
          limit,
          ...(after !== undefined && { after }),
        });
        expect(page.items.length).to.be.at.most(limit);
        logins.push(...page.items.map(({ login }) => login));
        after = page.next;
      } while (after !== undefined);
      return logins.toSorted();
    }

    it('passes every live document once, whatever its indexes', async () => {
      const logins = Array.from({ length: 25 }, (_, at) => `l${String(at).padStart(2, '0')}`);
      await Promise.all(logins.map((login, at) => on.people.insert({ id: `p${at}`, login })));
      await on.people.insert({ id: 'gone', login: 'zz', expiresAt: on.clock.now() });
      await on.people.update('p3', doc => ({ ...doc, visits: 1 }));
      for (const limit of [1, 5, 7, 25, 1000]) expect(await scanned(limit)).to.deep.equal(logins);
    });

    it('ends at once in an empty collection', async () => {
      expect(await on.people.scan({ fields: ['name'], limit: 10 })).to.deep.equal({ items: [] });
    });

    it('opens nothing that is sealed', async () => {
      await on.people.insert({ id: '1', name: 'Visible', secret: { pin: 'planted-secret-4711' } });
      const { items } = await on.people.scan({ fields: ['name'], limit: 10 });
      expect(JSON.stringify(items)).not.to.include('planted-secret-4711');
      await rejects(on.people.scan({ fields: [...(PEOPLE.sealed ?? [])], limit: 10 }), TypeError);
    });

    it('is of at most a thousand documents a page', async () => {
      for (const limit of [0, 1001, 1.5])
        await rejects(on.people.scan({ fields: [], limit }), 'store.bad_query');
    });
  });
}
