import { expect } from 'chai';
import { openWorld, type World } from './world.ts';

const DAY_MS = 86_400_000;

describe('the last sign-in of an account', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    world.clock.setMs(Date.UTC(2026, 2, 1, 10));
  });
  afterEach(() => world.close());

  it('is known to the day, and written once a day', async () => {
    const { activity } = world.accounts;
    expect(await activity.lastOf('acc-1')).to.equal(null);
    await activity.note('acc-1');
    const commits = world.store.stats().operations;
    for (let times = 0; times < 5; times += 1) await activity.note('acc-1');
    expect(world.store.stats().operations).to.equal(commits);
    expect(await activity.lastOf('acc-1')).to.equal(Date.UTC(2026, 2, 1));
  });

  it('tells who signed in during the last days, today included', async () => {
    const { activity } = world.accounts;
    await activity.note('acc-old');
    world.clock.setMs(world.clock.nowMs() + 10 * DAY_MS);
    await activity.note('acc-new');
    expect([...(await activity.activeSince(10))]).to.deep.equal(['acc-new']);
    expect([...(await activity.activeSince(11))]).to.have.members(['acc-old', 'acc-new']);
  });
});
