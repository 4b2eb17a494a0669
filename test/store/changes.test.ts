import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Follower } from '#store/index.ts';
import { changeLogSpec } from '../../src/store/changes/index.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

interface Note extends Doc {
  readonly text: string;
}
const notesSpec: CollectionSpec<Note> = { name: 'notes', version: 1, indexes: {}, followed: true };

/** Waits for a condition, long. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !holds(); await delay(5))
    if (performance.now() > end) throw new Error('it did not come to pass');
}

describe('the change log', () => {
  let store: TestStore;
  let other: TestStore;
  let touched: string[];
  let losses: number;
  let follower: Follower;

  beforeEach(async () => {
    store = await openTestStore();
    other = await openTestStore({ url: store.url });
    touched = [];
    losses = 0;
    follower = store.changes.follow({
      touched: (collection, id) => void touched.push(`${collection}/${id ?? '*'}`),
      lost: () => void (losses += 1),
    });
    await until(() => follower.isCurrent());
  });
  afterEach(async () => {
    await other.close();
    await store.destroy();
  });

  it('tells of an own write before it is made, and until it has ended', async () => {
    const written = store.collection(notesSpec).insert({ id: 'a', text: '' });
    expect(follower.isSettled('notes', 'a')).to.equal(false);
    expect(follower.isSettled('notes', 'b')).to.equal(true);
    expect(touched).to.deep.equal(['notes/a']);
    await written;
    await until(() => follower.isSettled('notes', 'a'));
  });

  it('tells of a write of another process', async () => {
    const notes = other.collection(notesSpec);
    await notes.insert({ id: 'a', text: '' });
    await until(() => touched.includes('notes/a') && follower.isSettled('notes', 'a'));
    await notes.update('a', note => ({ ...note, text: 'b' }));
    await notes.put({ id: 'b', text: '' });
    await notes.consume('b');
    await until(() => touched.includes('notes/b'));
    expect(losses).to.equal(0);
  });

  /** An entry as a process writes it, at a place of our choice. */
  async function enter(places: number, begun: readonly { key: string; token: string }[]): Promise<void> {
    const log = other.collection(changeLogSpec);
    const { items } = await log.list('newest', { prefix: '', limit: 1 });
    const id = String(Number(items[0]?.id ?? 0) + places).padStart(15, '0');
    await log.insert({ id, mark: id, atMs: systemClock.nowMs(), begun, ended: [] });
  }

  it('keeps the change of a process that ended in between open', async () => {
    const notes = other.collection(notesSpec);
    await enter(1, [{ key: 'notes/a', token: 'ended-1' }]);
    await notes.insert({ id: 'a', text: '' });
    await notes.insert({ id: 'b', text: '' });
    await until(() => touched.includes('notes/b') && follower.isSettled('notes', 'b'));
    expect(follower.isSettled('notes', 'a')).to.equal(false);
  });

  it('gives fifty parallel writers of two processes one order without a gap', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? store : other).collection(notesSpec).insert({ id: `n${index}`, text: '' }),
      ),
    );
    await until(() =>
      Array.from({ length: 50 }, (_, index) => `notes/n${index}`).every(key => touched.includes(key)),
    );
    expect(losses).to.equal(0);
  });

  it('tells a bulk as one change of everything', async () => {
    const notes = other.collection(notesSpec);
    await Promise.all(Array.from({ length: 300 }, (_, index) => notes.insert({ id: `n${index}`, text: '' })));
    await until(() => touched.includes('notes/*'));
    await other.close();
    await until(() => follower.isSettled('notes', 'n0'));
  });

  it('says that changes may have been missed when entries are missing', async () => {
    await other.collection(notesSpec).insert({ id: 'a', text: '' });
    await until(() => touched.includes('notes/a'));
    await enter(5, []);
    await until(() => losses > 0);
    await until(() => follower.isCurrent());
  });

  it('is not current while it cannot be read', async () => {
    await store.close();
    await until(() => !follower.isCurrent());
  });
});
