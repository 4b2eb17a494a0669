import { createAudit, defineEvent, verifyAudit, type AuditLine } from '#audit/index.ts';
import { createShiftedClock, isAppError } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Doc, Store } from '#store/index.ts';
import { expect } from 'chai';
import { bodyOf, hashLine } from '../../src/audit/line.ts';
import { openSegments, segmentId } from '../../src/audit/segments.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

const recordOpened = defineEvent('access.record.opened', { category: 'access', data: ['n'], title: 'x' });

/** The real store, but for the answers to writes of segments, which are lost while `isLosing`. */
function losingAnswers(store: Store, isLosing: () => boolean): Store {
  const lossy = <T extends Doc>(collection: Collection<T>): Collection<T> => ({
    ...collection,
    async insert(doc) {
      await collection.insert(doc);
      if (isLosing()) throw new Error('the answer was lost');
    },
  });
  return {
    ...store,
    collection<T extends Doc>(spec: CollectionSpec<T>) {
      const collection = store.collection(spec);
      return spec.name === 'audit_segments' ? lossy(collection) : collection;
    },
  };
}

describe('the audit log, when the store misbehaves', () => {
  let store: TestStore;
  const clock = createShiftedClock();
  beforeEach(async () => {
    store = await openTestStore();
  });
  afterEach(() => store.destroy());

  const outcome = (recording: Promise<void>) =>
    recording.then(
      () => 'written',
      (error: unknown) => (isAppError(error) ? error.code : 'other'),
    );
  const event = (n: number) => ({ actor: 'acc-a', outcome: 'success', data: { n } }) as const;

  it('goes on after a write whose answer was lost, without a hole or a double', async () => {
    let isLosing = false;
    const audit = createAudit({ store: losingAnswers(store, () => isLosing), clock });
    await audit.record(recordOpened, event(1));
    isLosing = true;
    const lost = await Promise.all([2, 3, 4].map(n => outcome(audit.record(recordOpened, event(n)))));
    expect(new Set(lost)).to.deep.equal(new Set(['audit.unavailable']));
    isLosing = false;
    await audit.record(recordOpened, event(5));
    await audit.checkpoint();
    const report = await verifyAudit({ from: { store }, publicKeys: [await audit.publicKey()] });
    expect(report).to.deep.include({ isIntact: true, lines: 6, chains: 1, findings: [] });
  });

  it('begins a new chain when somebody else wrote into its own, and the verifier names the foreign line', async () => {
    const audit = createAudit({ store, clock });
    await audit.start();
    await audit.record(recordOpened, event(1));
    const [, last] = (await audit.list({})).items;
    if (!last) throw new TypeError('no line');
    const body = { ...bodyOf(last), seq: 3, actor: 'acc-forged' };
    const forged: AuditLine = { ...body, hash: hashLine(last.hash, body) };
    await openSegments(store).insert({ id: segmentId(last.chain, 3), chain: last.chain, lines: [forged] });

    expect(await outcome(audit.record(recordOpened, event(2)))).to.equal('audit.unavailable');
    expect(await outcome(audit.record(recordOpened, event(3)))).to.equal('written');
    await audit.checkpoint();
    const report = await verifyAudit({ from: { store }, publicKeys: [await audit.publicKey()] });
    expect(report.findings).to.deep.equal([{ kind: 'added', place: `chain ${last.chain}, line 3` }]);
  });

  it('finds a line changed in the store itself', async () => {
    const audit = createAudit({ store, clock });
    await audit.start();
    await Promise.all([1, 2, 3].map(n => audit.record(recordOpened, event(n))));
    await audit.checkpoint();
    const segments = openSegments(store);
    const { chain } = (await audit.list({})).items[0] ?? { chain: '' };
    await segments.update(segmentId(chain, 2), segment => ({
      ...segment,
      lines: segment.lines.map(line => (line.seq === 3 ? { ...line, actor: 'acc-z' } : line)),
    }));
    const report = await verifyAudit({ from: { store }, publicKeys: [await audit.publicKey()] });
    expect(report.findings).to.deep.equal([{ kind: 'changed', place: `chain ${chain}, line 3` }]);
  });

  it('refuses events on a full disk', async () => {
    const full = await openTestStore({ testing: { maxPageCount: 60 } });
    const audit = createAudit({ store: full, clock });
    const outcomes: string[] = [];
    for (let n = 0; n < 400; n++) outcomes.push(await outcome(audit.record(recordOpened, event(n))));
    expect(new Set(outcomes)).to.deep.equal(new Set(['written', 'audit.unavailable']));
    const written = outcomes.filter(result => result === 'written').length;
    const lines: AuditLine[] = [];
    let after: string | undefined;
    do {
      const page = await audit.list({ ...(after !== undefined && { after }), limit: 1000 });
      lines.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    // The opening line, and each event whose caller was told that it was written.
    expect(lines).to.have.length(written + 1);
    await full.destroy();
  });
});
