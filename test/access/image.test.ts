import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createDice } from '../policies/random-region.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import {
  ACCOUNTS,
  fillImageRegion,
  NETWORK,
  openImageRegion,
  PATIENTS,
  type ImageRegion,
} from './image-region.ts';

const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));
/** `npm run differential -- --interleavings` does many more, and `image.endurance.test.ts` over two processes. */
const INTERLEAVINGS = 200;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; !(await holds()); await delay(5))
    if (performance.now() > end) throw new Error('it did not come to pass');
}

describe('decisions from the image of facts', () => {
  let store: TestStore;
  let other: TestStore;
  let region: ImageRegion;
  let elsewhere: ImageRegion;

  /** A decision that is made in memory. */
  const inMemory = (account: string, patientKey: string) =>
    until(async () => {
      const before = region.fromMemory;
      await region.decide(account, patientKey);
      return region.fromMemory > before;
    });

  before(async () => {
    store = await openTestStore();
    region = await openImageRegion(store);
    await fillImageRegion(store, region);
    other = await openTestStore({ url: store.url });
    elsewhere = await openImageRegion(other);
  });
  after(async () => {
    await other.close();
    await store.destroy();
  });

  it('come from memory once a question was asked', async () => {
    await until(region.isUsable);
    expect(await region.decide('acc-0', 'pk-0')).to.equal('permitted_party_organisation');
    await inMemory('acc-0', 'pk-0');
    expect(await region.decide('acc-0', 'pk-0')).to.equal('permitted_party_organisation');
  });

  it('read nothing into memory for a refusal, whose reason the store tells', async () => {
    await until(region.isUsable);
    const before = region.readAhead;
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await region.decide('nobody', 'pk-5')).to.equal('account_unknown');
      expect(await region.decide('acc-4', 'pk-unknown')).to.equal('patient_not_informed');
    }
    expect(region.readAhead).to.equal(before);
  });

  it('know a change of this process before it is answered', async () => {
    await inMemory('acc-0', 'pk-1');
    await region.writer.change({ network: NETWORK, patientKey: 'pk-1' }, record => ({
      ...record,
      parties: [],
    }));
    expect(await region.decide('acc-0', 'pk-1')).to.equal('consent_missing');
    await region.writer.change({ network: NETWORK, patientKey: 'pk-1' }, record => ({
      ...record,
      parties: [{ account: 'acc-0' }],
    }));
    expect(await region.decide('acc-0', 'pk-1')).to.equal('permitted_party');
  });

  it('know a change of another process, of a record and of a person', async () => {
    await inMemory('acc-1', 'pk-2');
    await elsewhere.writer.change({ network: NETWORK, patientKey: 'pk-2' }, record => ({
      ...record,
      parties: [],
    }));
    await until(async () => (await region.decide('acc-1', 'pk-2')) === 'consent_missing');
    await inMemory('acc-1', 'pk-3');
    await elsewhere.directory.professionals.update('acc-1', person => ({ ...person, status: 'suspended' }));
    await until(async () => (await region.decide('acc-1', 'pk-3')) === 'account_inactive');
  });

  it('are not taken for a fault of the engine when another process has just changed a record', async () => {
    const checked = await openImageRegion(store, { checkedEach: 1 });
    const withParties = (parties: readonly { account: string }[]) =>
      elsewhere.writer.change({ network: NETWORK, patientKey: 'pk-4' }, record => ({ ...record, parties }));
    const decide = () => checked.decide('acc-2', 'pk-4');
    for (let turn = 0; turn < 3; turn += 1) {
      await withParties([{ account: 'acc-2' }]);
      const before = checked.readAhead;
      await until(async () => (await decide()) === 'permitted_party' && checked.readAhead > before);
      await decide();
      await withParties([]);
      expect(await decide()).to.equal('consent_missing');
    }
    expect(checked.differences).to.equal(0);
  });

  it(`agree with the store after each of ${INTERLEAVINGS} random changes (TEST_SEED=${seed})`, async () => {
    const dice = createDice(seed);
    const before = region.fromMemory;
    for (let turn = 0; turn < INTERLEAVINGS; turn += 1) {
      if (dice.chance(0.1)) await region.change(dice);
      const [account, patient, action] = [
        dice.pick(ACCOUNTS),
        dice.pick(PATIENTS),
        dice.pick(['read', 'read', 'write', 'create']),
      ];
      const [found, expected] = await Promise.all([
        region.decide(account, patient, action),
        region.decideByStore(account, patient, action),
      ]);
      if (found === expected) continue;
      // An end that came between the two looks at the clock: asked again, they agree.
      expect(await region.decide(account, patient, action), `turn ${turn}`).to.equal(
        await region.decideByStore(account, patient, action),
      );
    }
    expect(region.fromMemory).to.be.greaterThan(before);
  });

  it('read all records ahead', async () => {
    const fresh = await openImageRegion(other);
    await until(fresh.isUsable);
    expect(await fresh.preload()).to.be.at.most(PATIENTS.length);
  });
});
