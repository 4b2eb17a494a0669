import { expect } from 'chai';
import { CALLERS, type StoreContext } from './store-context.ts';

/** The contract of races: many callers, one outcome. */
export function racesContract(on: StoreContext): void {
  describe('races', () => {
    const race = async <R>(act: (at: number) => Promise<R>): Promise<PromiseSettledResult<R>[]> =>
      Promise.allSettled(Array.from({ length: CALLERS }, (_, at) => act(at)));
    const won = (outcomes: PromiseSettledResult<unknown>[]): number =>
      outcomes.filter(outcome => outcome.status === 'fulfilled' && outcome.value !== null).length;

    it('lets exactly one caller insert an id', async () => {
      expect(won(await race(at => on.counters.insert({ id: 'one', hits: at })))).to.equal(1);
      expect(won(await race(at => on.people.insert({ id: 'one', visits: at })))).to.equal(1);
    });

    it('lets exactly one caller insert a unique key', async () => {
      expect(won(await race(at => on.people.insert({ id: `p${at}`, login: 'same' })))).to.equal(1);
      expect(
        won(await race(at => on.people.insert({ id: `q${at}`, tags: [`own${at}`, 'shared'] }))),
      ).to.equal(1);
    });

    it('lets exactly one caller replace an expired holder of an id or a unique key', async () => {
      await on.people.insert({ id: 'old', login: 'same', expiresAt: on.clock.now() + 10 });
      on.clock.advance(10);
      expect(
        won(await race(at => on.people.insert({ id: at % 2 ? `p${at}` : 'old', login: 'same' }))),
      ).to.equal(1);
    });

    it('lets exactly one caller consume a document', async () => {
      await on.people.insert({ id: 'code', login: 'x' });
      expect(won(await race(() => on.people.consume('code')))).to.equal(1);
      await on.people.insert({ id: 'code', login: 'x' });
      expect(won(await race(() => on.people.consume('code', doc => doc.login === 'x')))).to.equal(1);
    });

    it('counts every one of the parallel updates of a document', async () => {
      await on.people.insert({ id: 'hot', visits: 0 });
      const outcomes = await race(() =>
        on.people.update('hot', doc => ({ ...doc, visits: (doc.visits ?? 0) + 1 })),
      );
      expect(won(outcomes)).to.equal(CALLERS);
      expect(await on.people.get('hot')).to.deep.equal({ id: 'hot', visits: CALLERS });
    });

    it('counts parallel increments, and stops exactly at the maximum', async () => {
      const max = 10;
      const outcomes = await race(() => on.counters.increment('c', 'hits', 1, { max }));
      const values = outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value : NaN));
      expect(values.filter(value => value !== null).sort((a, b) => a - b)).to.deep.equal(
        Array.from({ length: max }, (_, at) => at + 1),
      );
      expect(await on.counters.get('c')).to.deep.equal({ id: 'c', hits: max });
    });

    it('gives a document to a consumer or to an updater, never to both', async () => {
      await on.people.insert({ id: 'both', visits: 0 });
      const [taken, ...updates] = await Promise.all([
        on.people.consume('both'),
        ...Array.from({ length: 10 }, () =>
          on.people.update('both', doc => ({ ...doc, visits: (doc.visits ?? 0) + 1 })),
        ),
      ]);
      expect(taken?.visits).to.equal(updates.filter(written => written !== null).length);
    });
  });
}
