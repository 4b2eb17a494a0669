import { createAudit, defineEvent, type AuditLog, type BackwardsQuery } from '#audit/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Doc, Store } from '#store/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

const noted = defineEvent('backwards.test.noted', { category: 'signin', data: ['count'], title: 'Noté' });
const DAY = 86_400;

describe('the log, read from the newest on', () => {
  let store: TestStore;
  let clock: ShiftedClock;
  let audit: AuditLog;
  beforeEach(async () => {
    clock = createShiftedClock();
    clock.setMs(Date.UTC(2026, 2, 1, 10));
    store = await openTestStore({ clock });
    audit = createAudit({ store, clock });
    await audit.start();
  });
  afterEach(() => store.destroy());

  const write = (count: number, more: object = {}) =>
    audit.record(noted, { account: 'acc-1', outcome: 'success', data: { count }, ...more });
  const isNoted = (line: { type: string }) => line.type === noted.type;
  /** All counts, page after page. */
  async function read(query: Partial<BackwardsQuery> = {}, limit = 7) {
    const counts: unknown[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await audit.backwards({ matches: isNoted, ...query, limit, after });
      expect(page.items.length).to.be.at.most(limit);
      counts.push(...page.items.map(({ data }) => data?.['count']));
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    return { counts, pages };
  }
  const downFrom = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, at) => from - at);

  it('gives every line once, over months, busy hours and one very busy second', async () => {
    for (let count = 1; count <= 20; count++) {
      await write(count);
      clock.advance(DAY * 3);
    }
    for (let count = 21; count <= 320; count++) await write(count);
    clock.advance(50);
    await Promise.all(Array.from({ length: 30 }, (_, at) => write(321 + at)));
    const { counts, pages } = await read();
    expect(counts).to.deep.equal(downFrom(350, 1));
    expect(pages).to.be.at.least(50);
    expect((await read({}, 200)).counts).to.deep.equal(downFrom(350, 1));
  });

  it('is not disturbed by what is written between two pages', async () => {
    for (let count = 1; count <= 10; count++) await write(count);
    const first = await audit.backwards({ matches: isNoted, limit: 4 });
    for (let count = 11; count <= 15; count++) await write(count);
    const second = await audit.backwards({ matches: isNoted, limit: 6, after: first.next });
    expect([...first.items, ...second.items].map(({ data }) => data?.['count'])).to.deep.equal(
      downFrom(10, 1),
    );
  });

  it('keeps to the account, to the patient and to the span of time asked for', async () => {
    await write(1, { patientKey: 'key-1' });
    await write(2, { account: 'acc-10' });
    clock.advance(DAY);
    const fromMs = clock.nowMs();
    await write(3, { actor: 'acc-1', account: 'acc-2', patientKey: 'key-1' });
    clock.advance(1800);
    await write(4, { onBehalfOf: 'acc-1', account: 'acc-2', patientKey: 'key-10' });
    clock.advance(1);
    const toMs = clock.nowMs();
    await write(5);
    expect((await read({ account: 'acc-1' })).counts).to.deep.equal([5, 4, 3, 1]);
    expect((await read({ patientKey: 'key-1' })).counts).to.deep.equal([3, 1]);
    expect((await read({ fromMs, toMs })).counts).to.deep.equal([4, 3]);
    expect((await read({ account: 'acc-1', fromMs: fromMs + 1000 })).counts).to.deep.equal([5, 4]);
    expect((await read({ toMs: fromMs })).counts).to.deep.equal([2, 1]);
  });

  it('stops after so many groups that do not count, says so, and goes on from there', async () => {
    await write(1);
    for (let at = 0; at < 100; at++) await write(-1);
    const query = {
      matches: (line: { data?: { count?: unknown } }) => line.data?.count === 1,
      limit: 5,
      mostGroups: 80,
    };
    const first = await audit.backwards(query);
    expect(first.items).to.deep.equal([]);
    expect(first.isUnfinished).to.equal(true);
    const second = await audit.backwards({ ...query, after: first.next });
    expect(second.items).to.have.length(1);
    expect(second.isUnfinished).to.equal(false);
    expect(second).not.to.have.property('next');
  });

  it('reads a few hundred groups for a page, however many there are', async () => {
    for (let at = 0; at < 450; at++) {
      await write(at);
      if (at % 3 === 0) clock.advance(20);
    }
    let read = 0;
    const counting: Store = {
      ...store,
      collection<T extends Doc>(spec: CollectionSpec<T>): Collection<T> {
        const collection = store.collection(spec);
        return {
          ...collection,
          async list(index, query) {
            const page = await collection.list(index, query);
            read += page.items.length;
            return page;
          },
        };
      },
    };
    const page = await createAudit({ store: counting, clock }).backwards({ limit: 20 });
    expect(page.items).to.have.length(20);
    expect(read).to.be.within(20, 230);
  });

  it('refuses a place that it never gave', async () => {
    for (const after of ['x', '2026-99-01T00:00:00.000Z~a.1~1', "2026-01-01T00:00:00.000Z~a' or~1"]) {
      const failure = await audit.backwards({ limit: 5, after }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.have.property('code', 'audit.bad_cursor');
    }
  });
});
