import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { rejects } from '../contracts/store-context.ts';
import type { CollectionSpec, Doc } from '#store/index.ts';
import { newStoreUrl, openTestStore, type TestStore } from '../support/store.ts';

interface Note extends Doc {
  readonly text: string;
}

const NOTES: CollectionSpec<Note> = {
  name: 'notes',
  version: 1,
  indexes: { text: { key: doc => doc.text.slice(0, 9) } },
};

describe('SQLite store on a bad disk', () => {
  let store: TestStore;
  afterEach(() => store.destroy());

  it('trap 12: keeps the event loop under 50 ms late while each commit takes 250 ms', async function () {
    // The bound is ours, the machine is shared: an unlucky pause of the whole process is not a failure.
    this.retries(2);
    store = await openTestStore({ testing: { commitDelayMs: 250 } });
    const notes = store.collection(NOTES);
    await notes.insert({ id: 'first', text: 'first' });
    const lateness = monitorEventLoopDelay({ resolution: 5 });
    const startedAt = performance.now();
    let isWriting = true;
    const reading = (async () => {
      for (; isWriting; await delay(5)) expect(await notes.get('first')).not.to.equal(null);
    })();
    await delay(10);
    lateness.enable();
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => notes.insert({ id: `${round} ${at}`, text: 'x' })),
      );
    }
    lateness.disable();
    isWriting = false;
    await reading;
    expect(performance.now() - startedAt).to.be.greaterThan(750);
    // The histogram holds whole intervals, of which 5 ms are its own resolution.
    expect(lateness.max / 1e6 - 5).to.be.lessThan(50);
  });

  it('shares commits among concurrent writers: at least 8 writes per commit with 32 of them', async () => {
    store = await openTestStore({ url: await newStoreUrl('sqlite') });
    const notes = store.collection(NOTES);
    // The first write also makes the table.
    await notes.insert({ id: 'first', text: 'x' });
    const before = store.stats();
    await Promise.all(
      Array.from({ length: 32 }, async (_, writer) => {
        for (let at = 0; at < 20; at += 1) await notes.insert({ id: `${writer} ${at}`, text: 'x' });
      }),
    );
    const after = store.stats();
    expect(after.operations - before.operations).to.equal(32 * 20);
    expect((after.operations - before.operations) / (after.commits - before.commits)).to.be.at.least(8);
  });

  it('refuses what does not fit on a full disk, and nothing else', async () => {
    store = await openTestStore({ testing: { maxPageCount: 60 } });
    const notes = store.collection(NOTES);
    const outcomes: PromiseSettledResult<void>[] = [];
    for (let at = 0; at < 20; at += 1) {
      const acts = Array.from({ length: 8 }, (_, n) =>
        notes.insert({ id: `${at * 8 + n}`, text: 'x'.repeat(3000) }),
      );
      outcomes.push(...(await Promise.allSettled(acts)));
    }
    const refused = outcomes.flatMap((outcome, at) =>
      outcome.status === 'rejected' ? [{ at, why: outcome.reason }] : [],
    );
    expect(refused).not.to.be.empty;
    for (const { why } of refused) expect(why).to.have.property('code', 'store.unavailable');
    for (const [at, outcome] of outcomes.entries()) {
      expect((await notes.get(`${at}`)) !== null, `${at}`).to.equal(outcome.status === 'fulfilled');
    }
    await Promise.all([0, 1, 2].map(at => notes.remove(`${at}`)));
    await notes.insert({ id: 'again', text: 'x'.repeat(3000) });
  });

  it('refuses writes to a read-only file, and reads go on', async () => {
    const writable = await openTestStore({ url: await newStoreUrl('sqlite') });
    await writable.collection(NOTES).insert({ id: '1', text: 'kept' });
    await writable.close();
    store = await openTestStore({ url: writable.url, testing: { readOnly: true } });
    const notes = store.collection(NOTES);
    await rejects(notes.insert({ id: '2', text: 'x' }), 'store.unavailable');
    await rejects(
      notes.update('1', doc => ({ ...doc, text: 'y' })),
      'store.unavailable',
    );
    await rejects(notes.consume('1'), 'store.unavailable');
    await rejects(store.check(), 'store.unavailable');
    expect(await notes.get('1')).to.deep.equal({ id: '1', text: 'kept' });
    expect(await notes.findOne('text', 'kept')).to.include({ id: '1' });
  });
});
