import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createAudit,
  defineEvent,
  verifyAudit,
  type AuditLine,
  type AuditLog,
  type AuditQuery,
} from '#audit/index.ts';
import { createShiftedClock, isAppError, type ShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

const recordOpened = defineEvent('access.record.opened', {
  category: 'access',
  data: ['reason', 'count'],
  title: 'Ouverture d’un dossier',
});

describe('the audit log', () => {
  let store: TestStore;
  let audit: AuditLog;
  let clock: ShiftedClock;
  let dataDir: string;

  beforeEach(async () => {
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    dataDir = await mkdtemp(path.join(tmpdir(), 'audit-'));
    audit = createAudit({ store, clock, dataDir, opening: { policy: 'p1' } });
  });
  afterEach(async () => {
    await store.destroy();
    await rm(dataDir, { recursive: true });
  });

  const open = (account: string, more: object = {}) =>
    audit.record(recordOpened, { actor: account, outcome: 'success', ...more });

  async function listAll(query: AuditQuery): Promise<AuditLine[]> {
    const lines: AuditLine[] = [];
    let after: string | undefined;
    do {
      const page = await audit.list({ ...query, ...(after !== undefined && { after }) });
      lines.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return lines;
  }

  const verify = async () =>
    verifyAudit({
      from: { store },
      checkpointFiles: [path.join(dataDir, 'audit-checkpoints.jsonl')],
      publicKeys: [await audit.publicKey()],
    });

  it('opens a chain that names its host, its process and the policy', async () => {
    await audit.start();
    const [first] = await listAll({});
    expect(first).to.include({ seq: 1, type: 'audit.chain.opened', actor: 'system' });
    expect(first?.data).to.include({ policy: 'p1', pid: process.pid }).and.to.have.property('host');
  });

  it('keeps fifty concurrent events, each once, in one intact chain of few writes', async () => {
    await audit.start();
    const before = store.stats().operations;
    await Promise.all(Array.from({ length: 50 }, (_, index) => open(`acc-${index}`)));
    expect(store.stats().operations - before).to.be.lessThan(3);
    const lines = await listAll({});
    expect(lines.map(({ seq }) => seq)).to.deep.equal(Array.from({ length: 51 }, (_, index) => index + 1));
    expect(new Set(lines.map(({ actor }) => actor)).size).to.equal(51);
    expect(await verify()).to.deep.include({ isIntact: true, lines: 51, chains: 1, uncoveredLines: 50 });
  });

  it('goes beyond one segment', async () => {
    await audit.start();
    await Promise.all(Array.from({ length: 700 }, () => open('acc-a')));
    expect(await verify()).to.include({ isIntact: true, lines: 701 });
  });

  it('records events that arrive while others are being written', async () => {
    await audit.start();
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        for (let turn = 0; turn < 4; turn++) await open(`acc-${index}`);
      }),
    );
    expect(await verify()).to.include({ isIntact: true, lines: 201 });
  });

  it('refuses a data field that the event does not declare, and writes nothing', async () => {
    const planted = { reason: 'x', password: 'hunter2' };
    const error: unknown = await open('acc-a', { data: planted }).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(TypeError);
    expect(String(error)).to.not.include('hunter2');
    expect(await listAll({})).to.deep.equal([]);
  });

  it('refuses an event whose declared data looks like a secret, or whose name has another form', () => {
    const define = (type: string, field: string) => () =>
      defineEvent(type, { category: 'signin', data: [field], title: 'x' });
    for (const field of ['password', 'newPassword', 'accessToken', 'clientSecret', 'passwordHash', 'nir']) {
      expect(define('a.b.c', field), field).to.throw(TypeError);
    }
    for (const type of ['a.b', 'A.b.c', 'a.b.c.d', 'a b.c.d'])
      expect(define(type, 'x'), type).to.throw(TypeError);
  });

  it('cuts long texts and mends broken ones, and still verifies', async () => {
    await audit.start();
    await open('acc-a', { source: '\ud800', data: { reason: 'é'.repeat(5000) } });
    const line = (await listAll({ account: 'acc-a' }))[0];
    expect(String(line?.data?.['reason']).length).to.be.lessThan(600);
    expect(await verify()).to.include({ isIntact: true });
  });

  it('lists by account, by patient and by time, in order and with paging', async () => {
    clock.setMs(Date.parse('2026-11-21T08:59:30.000Z'));
    await Promise.all([open('acc-a', { patientKey: 'pk-1' }), open('acc-b', { patientKey: 'pk-2' })]);
    clock.setMs(Date.parse('2026-11-21T09:00:00.500Z'));
    await open('acc-a', { patientKey: 'pk-2' });
    clock.setMs(Date.parse('2026-11-22T08:00:00.000Z'));
    await open('acc-c', { account: 'acc-a', onBehalfOf: 'acc-d' });

    const actors = async (query: AuditQuery) =>
      (await listAll({ limit: 1, ...query })).map(({ actor }) => actor);
    expect(await actors({ account: 'acc-a' })).to.deep.equal(['acc-a', 'acc-a', 'acc-c']);
    expect(await actors({ account: 'acc-d' })).to.deep.equal(['acc-c']);
    expect(await actors({ patientKey: 'pk-2' })).to.deep.equal(['acc-b', 'acc-a']);
    expect(await actors({ patientKey: 'pk-2', account: 'acc-a' })).to.deep.equal(['acc-a']);
    expect(await actors({ time: '2026-11-22' })).to.deep.equal(['acc-c']);
    expect(await actors({ time: '2026-11-21T09' })).to.deep.equal(['acc-a']);
    expect(await actors({ account: 'acc' })).to.deep.equal([]);
  });

  it('never groups events of two hours, so that a search by time misses none', async () => {
    clock.setMs(Date.parse('2026-11-21T23:59:59.999Z'));
    const before = open('acc-a');
    clock.setMs(Date.parse('2026-11-22T00:00:00.001Z'));
    await Promise.all([before, open('acc-b')]);
    const actors = (await listAll({ time: '2026-11-22' })).map(({ actor }) => actor);
    expect(actors).to.deep.equal(['acc-b']);
  });

  describe('checkpoints', () => {
    it('are signed at start, when something changed, and at the end, in the store and in the file', async () => {
      await audit.start();
      expect(await audit.checkpoint()).to.equal(null);
      await open('acc-a');
      expect(await audit.checkpoint()).to.include({ number: 2 });
      await audit.close();
      const file = await readFile(path.join(dataDir, 'audit-checkpoints.jsonl'), 'utf8');
      expect(file.trim().split('\n')).to.have.length(3);
      expect(await verify()).to.include({ isIntact: true, checkpoints: 3, uncoveredLines: 0 });
    });

    it('refuse events after the end', async () => {
      await audit.close();
      const error: unknown = await open('acc-a').catch((caught: unknown) => caught);
      expect(isAppError(error, 'audit.unavailable')).to.equal(true);
    });

    it('cover the chains of other processes, ended or killed', async () => {
      const other = createAudit({ store, clock });
      await other.start();
      await other.record(recordOpened, { outcome: 'success' });
      await audit.start();
      expect(await verify()).to.include({ isIntact: true, chains: 2, uncoveredLines: 0 });
    });

    it('are numbered without gap or double by fifty that sign at once', async () => {
      const logs = Array.from({ length: 5 }, () => createAudit({ store, clock }));
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const log = logs[index % logs.length] ?? audit;
          await log.record(recordOpened, { outcome: 'success' });
          await log.checkpoint();
        }),
      );
      await audit.start();
      const report = await verify();
      expect(report.findings).to.deep.equal([]);
      expect(report).to.include({ chains: 6, uncoveredLines: 0 });
    });

    it('survive a file that a crash cut in the middle of a line', async () => {
      await audit.start();
      await appendFile(path.join(dataDir, 'audit-checkpoints.jsonl'), '{"number":9,"at":"2026');
      await open('acc-a');
      await audit.checkpoint();
      expect(await verify()).to.include({ isIntact: true, checkpoints: 2 });
    });

    it('use the key of the store, the same after a restart', async () => {
      const again = createAudit({ store, clock });
      expect(await again.publicKey()).to.equal(await audit.publicKey());
    });
  });
});

describe('the audit log on a failing store', () => {
  it('rejects its events with audit.unavailable and keeps the chain whole', async () => {
    const good = await openTestStore();
    const url = good.url;
    const clock = createShiftedClock();
    const audit = createAudit({ store: good, clock });
    await audit.record(recordOpened, { outcome: 'success' });
    await good.close();
    const errors = await Promise.all(
      Array.from({ length: 50 }, () =>
        audit.record(recordOpened, { outcome: 'success' }).catch((error: unknown) => error),
      ),
    );
    for (const error of errors) {
      expect(isAppError(error, 'audit.unavailable')).to.equal(true);
      expect(isAppError(error) && error.status).to.equal(503);
    }
    const reopened = await openTestStore({ url });
    const next = createAudit({ store: reopened, clock });
    await next.start();
    const report = await verifyAudit({ from: { store: reopened }, publicKeys: [await next.publicKey()] });
    expect(report).to.deep.include({ isIntact: true, lines: 3, chains: 2, findings: [] });
    await reopened.destroy();
  });
});
