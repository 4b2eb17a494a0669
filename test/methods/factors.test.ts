import { expect } from 'chai';
import { createFactors, type FactorKind, type Factors } from '#methods/index.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { createStillClock, type StillClock } from '../support/clock.ts';

interface Counted {
  readonly last: number;
}

const DAY = 86_400;

describe('what people enrol', () => {
  let store: TestStore;
  let clock: StillClock;
  let factors: Factors;
  let kind: FactorKind<Counted>;
  beforeEach(async () => {
    clock = createStillClock();
    store = await openTestStore({ clock });
    factors = createFactors({ store, clock, settings: { coolDownSeconds: DAY, windowSeconds: 7 * DAY } });
    kind = factors.kind<Counted>('try', 3);
  });
  afterEach(() => store.destroy());

  const add = (name = 'Un', more: object = {}) =>
    kind.add({ account: 'acc-a', name, countsAt: clock.now(), data: { last: 0 }, ...more });
  const fifty = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, act));

  it('keeps no more than the most of an account, under 50 at the same time', async () => {
    const added = await fifty(() => add());
    expect(added.filter(Boolean)).to.have.length(3);
    expect(await kind.all('acc-a')).to.have.length(3);
  });

  it('gives one handle to one account', async () => {
    const added = await fifty(() => add('Clé', { handle: 'k-1' }));
    expect(added.filter(Boolean)).to.have.length(1);
    expect((await kind.findCounting('k-1'))?.name).to.equal('Clé');
    expect(await factors.kind('other', 3).findCounting('k-1')).to.equal(null);
  });

  it('takes one proof once, under 50 at the same time', async () => {
    const factor = await add();
    if (!factor) throw new Error('not added');
    const used = await fifty(() => kind.use(factor, ({ last }) => (last < 7 ? { last: 7 } : null)));
    expect(used.filter(Boolean)).to.have.length(1);
    expect((await kind.all('acc-a'))[0]).to.include({ lastUsedAt: clock.now() });
  });

  it('counts nothing before its time', async () => {
    await add('Neuf', { countsAt: clock.now() + DAY });
    expect(await kind.counting('acc-a')).to.deep.equal([]);
    clock.advance(DAY);
    expect(await kind.counting('acc-a')).to.have.length(1);
  });

  it('names and removes by reference, of its account only', async () => {
    const ref = (await add())?.ref ?? '';
    expect(await factors.rename('acc-b', ref, 'Autre')).to.equal(null);
    expect((await factors.rename('acc-a', ref, 'Autre'))?.name).to.equal('Autre');
    expect(await factors.remove('acc-b', ref)).to.equal(null);
    const removed = await fifty(() => factors.remove('acc-a', ref));
    expect(removed.filter(Boolean)).to.have.length(1);
    await add();
    expect(await factors.remove('acc-a', ref), 'the next one in the same place').to.equal(null);
  });

  it('offers the same at one place until it is taken, once', async () => {
    let made = 0;
    const offer = () => kind.offer('acc-a', 's-1', () => ({ last: made++ }));
    const offers = await fifty(offer);
    expect(new Set(offers.map(({ nonce }) => nonce)).size).to.equal(1);
    expect(await kind.findOffer('acc-a', 's-2')).to.equal(null);
    const nonce = offers[0]?.nonce ?? '';
    const taken = await fifty(() => kind.takeOffer('acc-a', 's-1', nonce));
    expect(taken.filter(Boolean)).to.have.length(1);
  });

  describe('after a loss', () => {
    it('sets aside what was there until the owner takes it back, and not what comes after', async () => {
      await add('Perdu');
      clock.advance(1);
      const { endsAt } = await factors.resets.begin('acc-a', 'admin');
      expect(await factors.counting('acc-a')).to.deep.equal([]);
      clock.advance(1);
      await add('Nouveau', { countsAt: endsAt });
      expect(await factors.counting('acc-a')).to.deep.equal([]);
      const cancelled = await fifty(() => factors.resets.cancel('acc-a'));
      expect(cancelled.filter(Boolean)).to.have.length(1);
      expect((await factors.counting('acc-a')).map(({ name }) => name)).to.deep.equal(['Perdu']);
    });

    it('opens a window at the end of the cool-down, and takes nothing back any more', async () => {
      const reset = await factors.resets.begin('acc-a', 'admin');
      expect(await factors.resets.isOpen('acc-a')).to.equal(false);
      expect(await factors.resets.ended()).to.deep.equal([]);
      clock.advance(DAY);
      expect(await factors.resets.cancel('acc-a')).to.equal(null);
      expect(await factors.resets.isOpen('acc-a')).to.equal(true);
      expect(await factors.resets.ended()).to.have.length(1);
      const finished = await fifty(() => factors.resets.finish(reset));
      expect(finished.filter(Boolean)).to.have.length(1);
      expect(await factors.resets.ended()).to.deep.equal([]);
      clock.advance(7 * DAY);
      expect(await factors.resets.isOpen('acc-a')).to.equal(false);
    });
  });
});
