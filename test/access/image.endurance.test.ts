import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { compareInterleavings } from '../../scripts/differential/interleavings.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { fillImageRegion, openImageRegion } from './image-region.ts';

const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));
const DECISIONS = 10_000;
/** Of the other process. */
const CHANGES = 300;

describe(`${DECISIONS} decisions from memory among random changes (TEST_SEED=${seed})`, function () {
  this.timeout(300_000);
  let store: TestStore;
  beforeEach(async () => {
    store = await openTestStore();
  });
  afterEach(() => store.destroy());

  it('are never behind on one instance', async () => {
    const { fromMemory, staleAllows, staleDenials } = await compareInterleavings({
      store,
      count: DECISIONS,
      seed,
    });
    expect({ staleAllows, staleDenials }).to.deep.equal({ staleAllows: 0, staleDenials: 0 });
    expect(fromMemory).to.be.greaterThan(DECISIONS / 20);
  });

  it('are at most a second behind another process that changes facts', async () => {
    await fillImageRegion(store, await openImageRegion(store));
    const child = spawn(
      process.execPath,
      [
        new URL('../support/image-child.ts', import.meta.url).pathname,
        store.url,
        String(seed),
        String(CHANGES),
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const { decisions, fromMemory, staleAllows } = await compareInterleavings({
      store,
      count: DECISIONS,
      seed,
      changesElsewhere: { hasEnded: () => child.exitCode !== null || child.signalCode !== null },
    });
    expect(child.exitCode).to.equal(0);
    expect(staleAllows).to.equal(0);
    expect(decisions).to.be.at.least(DECISIONS);
    expect(fromMemory).to.be.greaterThan(0);
  });
});
