import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createAudit, type AuditLog } from '#audit/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import {
  createOutbox,
  undeliverable,
  type DeliveryHandler,
  type Outbox,
  type OutboxState,
} from '#notify/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

describe('the outbox', () => {
  let store: TestStore;
  let clock: ShiftedClock;
  let audit: AuditLog;
  let sent: string[];
  const outboxes: Outbox[] = [];

  beforeEach(async () => {
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    audit = createAudit({ store, clock });
    sent = [];
  });
  afterEach(async () => {
    await Promise.all(outboxes.splice(0).map(outbox => outbox.close()));
    await store.destroy();
  });

  const remember: DeliveryHandler = async ({ to }) => {
    sent.push(String(to));
  };
  const fail: DeliveryHandler = () => Promise.reject(new Error('no answer'));

  function open(handler: DeliveryHandler = remember, on: TestStore = store): Outbox {
    const outbox = createOutbox({ store: on, clock, audit });
    outbox.register('test', handler);
    outboxes.push(outbox);
    return outbox;
  }

  async function idsIn(outbox: Outbox, state: OutboxState): Promise<readonly string[]> {
    return (await outbox.list(state)).items.map(({ id }) => id);
  }

  it('sends at once, without being asked, and without making the caller wait', async () => {
    const gate = Promise.withResolvers<void>();
    const outbox = open(async payload => {
      await gate.promise;
      await remember(payload, { id: '', attempt: 1 });
    });
    await outbox.enqueue('test', { to: 'a' });
    expect(sent).to.deep.equal([]);
    gate.resolve();
    await outbox.drain();
    expect(sent).to.deep.equal(['a']);
    expect(await idsIn(outbox, 'due')).to.deep.equal([]);
  });

  it('sends the same id once, even when it comes again later or fifty times together', async () => {
    const outbox = open();
    await Promise.all(Array.from({ length: 50 }, () => outbox.enqueue('test', { to: 'a' }, { id: 'one' })));
    await outbox.drain();
    await outbox.enqueue('test', { to: 'a' }, { id: 'one' });
    await outbox.drain();
    expect(sent).to.deep.equal(['a']);
  });

  it('sends each delivery once when fifty instances drain together', async () => {
    const broken = open(fail);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => broken.enqueue('test', { to: String(index) })),
    );
    await broken.drain();
    clock.advance(10);
    const instances = Array.from({ length: 50 }, () => open());
    await Promise.all(instances.map(outbox => outbox.drain()));
    expect(sent.toSorted()).to.deep.equal(Array.from({ length: 20 }, (_, index) => String(index)).toSorted());
  });

  it('leaves what a dead process was sending to another one, once its claim has lapsed', async () => {
    const gate = Promise.withResolvers<void>();
    const dying = open(() => gate.promise);
    await dying.enqueue('test', { to: 'a' });
    const heir = open();
    await heir.drain();
    expect(sent).to.deep.equal([]);
    clock.advance(61);
    await heir.drain();
    expect(sent).to.deep.equal(['a']);
    gate.resolve();
  });

  it('keeps what was accepted across a restart', async () => {
    await open(fail).enqueue('test', { to: 'a' });
    await outboxes[0]?.close();
    await store.close();
    store = await openTestStore({ clock, url: store.url });
    clock.advance(3600);
    const outbox = open(remember, store);
    await outbox.drain();
    expect(sent).to.deep.equal(['a']);
  });

  it('keeps the content sealed, and no longer than it is needed', async () => {
    const planted = 'planted-7391-code';
    const outbox = open(fail);
    await outbox.enqueue('test', { to: 'a', code: planted }, { id: 'one' });
    await outbox.drain();
    expect(JSON.stringify(await outbox.list('due'))).to.not.include(planted);
    await store.close();
    if (store.url.startsWith('sqlite:')) {
      const file = store.url.slice('sqlite:'.length);
      const stored = await Promise.all(
        [file, `${file}-wal`].map(name => readFile(name).catch(() => Buffer.alloc(0))),
      );
      expect(Buffer.concat(stored).includes(planted)).to.equal(false);
    }
  });

  it('tries again, later and later, with the number of the attempt', async () => {
    const attempts: number[] = [];
    const outbox = open((_payload, { attempt }) => {
      attempts.push(attempt);
      return attempt < 4 ? Promise.reject(new Error('busy')) : Promise.resolve();
    });
    await outbox.enqueue('test', { to: 'a' }, { id: 'one' });
    await outbox.drain();
    expect(attempts).to.deep.equal([1]);
    clock.advance(3);
    await outbox.drain();
    expect(attempts).to.deep.equal([1]);
    for (const seconds of [4, 13, 26]) {
      clock.advance(seconds);
      await outbox.drain();
    }
    expect(attempts).to.deep.equal([1, 2, 3, 4]);
    expect(await idsIn(outbox, 'done')).to.deep.equal(['one']);
  });

  it('gives up after a day, with a trace', async () => {
    let attempts = 0;
    const outbox = open(() => {
      attempts++;
      return Promise.reject(new Error('no answer'));
    });
    await outbox.enqueue('test', { to: 'a' }, { id: 'one' });
    for (let hour = 0; hour < 30; hour++) {
      await outbox.drain();
      clock.advance(3600 * 1.25);
    }
    expect(attempts).to.be.greaterThan(15);
    const [dead] = (await outbox.list('dead')).items;
    expect(dead).to.include({ id: 'one', reason: 'retries_exhausted', attempts });
    const traces = (await audit.list({})).items.filter(({ type }) => type === 'notify.delivery.abandoned');
    expect(traces.map(({ data }) => data?.['delivery'])).to.deep.equal(['one']);
  });

  it('gives up at once what can never arrive', async () => {
    const outbox = open(() => Promise.reject(undeliverable('no such box')));
    await outbox.enqueue('test', { to: 'a' }, { id: 'one' });
    await outbox.drain();
    expect((await outbox.list('dead')).items[0]).to.include({ reason: 'undeliverable', attempts: 1 });
  });

  it('never sends what would arrive too late', async () => {
    const broken = open(fail);
    await broken.enqueue('test', { to: 'a' }, { id: 'one', notAfterAt: clock.now() + 20 });
    await broken.enqueue('test', { to: 'b' }, { id: 'two', notAfterAt: clock.now() });
    await broken.drain();
    clock.advance(21);
    const outbox = open();
    await outbox.drain();
    expect(sent).to.deep.equal([]);
    expect(await idsIn(outbox, 'dead')).to.have.members(['one', 'two']);
  });

  it('does not send on a claim that lapsed while the delivery waited for its turn', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = open(async payload => {
      await gate.promise;
      await remember(payload, { id: '', attempt: 1 });
    });
    await Promise.all(Array.from({ length: 20 }, (_, index) => slow.enqueue('test', { to: String(index) })));
    // Eight are being sent; twelve wait, and their claims lapse.
    clock.advance(61);
    const other = open();
    const drained = other.drain();
    while (sent.length < 12) await wait(5);
    gate.resolve();
    await Promise.all([drained, slow.drain()]);
    const waited = Array.from({ length: 12 }, (_, index) => String(index + 8));
    for (const to of waited)
      expect(
        sent.filter(name => name === to),
        to,
      ).to.have.length(1);
  });

  it('ends what is under way when it closes, and leaves the rest to the next process', async () => {
    const gate = Promise.withResolvers<void>();
    const closing = open(async payload => {
      await gate.promise;
      await remember(payload, { id: '', attempt: 1 });
    });
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => closing.enqueue('test', { to: String(index) })),
    );
    const closed = closing.close();
    gate.resolve();
    await closed;
    expect(sent).to.have.length(8);
    clock.advance(61);
    await open().drain();
    expect(new Set(sent).size).to.equal(10);
    expect(sent).to.have.length(10);
  });

  it('keeps a delivery of an unknown kind for who knows it', async () => {
    const outbox = open();
    await outbox.enqueue('other', { to: 'a' }, { id: 'one' });
    await outbox.drain();
    expect(await idsIn(outbox, 'due')).to.deep.equal(['one']);
    expect(() => outbox.register('test', remember)).to.throw(TypeError);
  });
});
