import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createAudit,
  defineEvent,
  exportAudit,
  verifyAudit,
  type AuditLine,
  type AuditLog,
  type FindingKind,
} from '#audit/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { bodyOf, hashLine } from '../../src/audit/line.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

const recordOpened = defineEvent('access.record.opened', { category: 'access', data: ['n'], title: 'x' });

/** Lines of one chain: 1 opens it, 2 to 11 are events, the checkpoint covers 11, then 12 and 13 come, not covered. */
describe('verifyAudit, on an export', () => {
  let folder: string;
  let store: TestStore;
  let audit: AuditLog;
  let lines: AuditLine[];
  let checkpoints: string[];
  let publicKey: string;
  let chain: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verify-'));
    store = await openTestStore();
    audit = createAudit({ store, clock: createShiftedClock(), dataDir: folder });
    await audit.start();
    for (let n = 2; n <= 11; n++)
      await audit.record(recordOpened, { actor: 'acc-a', outcome: 'success', data: { n } });
    await audit.checkpoint();
    for (let n = 12; n <= 13; n++)
      await audit.record(recordOpened, { actor: 'acc-a', outcome: 'success', data: { n } });
    publicKey = await audit.publicKey();
    const file = path.join(folder, 'export.jsonl');
    expect(await exportAudit(store, file)).to.deep.equal({ lines: 13, checkpoints: 2 });
    const texts = (await readFile(file, 'utf8')).trim().split('\n');
    checkpoints = texts.filter(text => text.startsWith('{"checkpoint"'));
    lines = texts.filter(text => text.startsWith('{"line"')).map(text => JSON.parse(text).line as AuditLine);
    chain = lines[0]?.chain ?? '';
  });
  after(async () => {
    await store.destroy();
    await rm(folder, { recursive: true });
  });

  async function verify(
    changed: readonly AuditLine[],
    options: {
      checkpoints?: readonly string[];
      files?: readonly string[];
      keys?: readonly string[];
      tail?: string;
    } = {},
  ) {
    const file = path.join(folder, `changed-${Math.random()}.jsonl`);
    const texts = [...(options.checkpoints ?? checkpoints), ...changed.map(line => JSON.stringify({ line }))];
    await writeFile(file, `${texts.join('\n')}\n${options.tail ?? ''}`);
    return verifyAudit({
      from: { file },
      checkpointFiles: options.files ?? [],
      publicKeys: options.keys ?? [publicKey],
    });
  }

  const found = async (...args: Parameters<typeof verify>) =>
    (await verify(...args)).findings.map(({ kind, place }) => `${kind}: ${place.replace(chain, 'C')}`);
  const at = (seq: number): AuditLine => {
    const line = lines[seq - 1];
    if (!line) throw new TypeError(`no line ${seq}`);
    return line;
  };
  const forged = (line: AuditLine, previous: string, change: object): AuditLine => {
    const body = { ...bodyOf(line), ...change };
    return { ...body, hash: hashLine(previous, body) };
  };
  const expectOnly = (findings: readonly string[], kind: FindingKind, place: string) =>
    expect(findings).to.deep.equal([`${kind}: ${place}`]);

  it('accepts what was written, and says how far it is covered', async () => {
    const report = await verify(lines);
    expect(report).to.deep.include({ isIntact: true, findings: [], lines: 13, chains: 1, uncoveredLines: 2 });
    expect(report.coveredUntil).to.be.a('string');
  });

  it('finds a changed line', async () => {
    expectOnly(await found(lines.with(4, { ...at(5), actor: 'acc-z' })), 'changed', 'chain C, line 5');
  });

  it('finds a member added to a line, and one taken away', async () => {
    const added = { ...at(5), note: 'x' } as AuditLine;
    expectOnly(await found(lines.with(4, added)), 'changed', 'chain C, line 5');
    const { actor: _actor, ...without } = at(5);
    expectOnly(await found(lines.with(4, without)), 'changed', 'chain C, line 5');
  });

  it('finds a line changed together with its hash, by the line after it', async () => {
    const changed = forged(at(5), at(4).hash, { actor: 'acc-z' });
    expectOnly(await found(lines.with(4, changed)), 'changed', 'chain C, line 6');
  });

  it('finds a chain rewritten to its end, by the checkpoint', async () => {
    const rewritten = lines.slice(0, 4);
    for (const line of lines.slice(4)) {
      const change = line.seq === 5 ? { actor: 'acc-z' } : {};
      rewritten.push(forged(line, rewritten.at(-1)?.hash ?? '', change));
    }
    expectOnly(await found(rewritten), 'changed', 'chain C, line 11');
  });

  it('finds a removed line, several, and the first', async () => {
    expectOnly(await found(lines.toSpliced(4, 1)), 'removed', 'chain C, line 5');
    expectOnly(await found(lines.toSpliced(4, 3)), 'removed', 'chain C, line 5 to 7');
    expectOnly(await found(lines.slice(1)), 'removed', 'chain C, line 1');
  });

  it('finds a line removed with the rest renumbered and rehashed, by the checkpoint', async () => {
    const rewritten = lines.slice(0, 4);
    for (const line of lines.slice(5)) {
      rewritten.push(forged(line, rewritten.at(-1)?.hash ?? '', { seq: line.seq - 1 }));
    }
    expectOnly(await found(rewritten), 'changed', 'chain C, line 11');
  });

  it('finds an added line: a copy, a forged one before or after the genuine one', async () => {
    expectOnly(await found(lines.toSpliced(5, 0, at(5))), 'added', 'chain C, line 5');
    const forgery = forged(at(5), at(4).hash, { actor: 'acc-z' });
    expectOnly(await found(lines.toSpliced(5, 0, forgery)), 'added', 'chain C, line 5');
    expectOnly(await found(lines.toSpliced(4, 0, { ...at(5), actor: 'acc-z' })), 'added', 'chain C, line 5');
  });

  it('finds an old line added at the end, and a forged chain', async () => {
    const old = forged(at(13), at(13).hash, { seq: 14, at: '2020-01-01T00:00:00.000Z' });
    expectOnly(await found([...lines, old]), 'added', 'chain C, line 14');
    const foreign = forged(at(1), '', { chain: 'forged', at: '2020-01-01T00:00:00.000Z' });
    expectOnly(await found([...lines, foreign]), 'added', 'chain forged, line 1');
  });

  it('finds reordered lines', async () => {
    expectOnly(await found(lines.with(4, at(6)).with(5, at(5))), 'reordered', 'chain C, line 5');
    expectOnly(await found([...lines.toSpliced(4, 1), at(5)]), 'reordered', 'chain C, line 5');
  });

  it('finds a cut tail that a checkpoint has seen', async () => {
    expectOnly(await found(lines.slice(0, 9)), 'cut', 'chain C, line 10 to 11');
    expectOnly(await found([]), 'cut', 'chain C, line 1 to 11');
  });

  it('finds each of several faults', async () => {
    const changed = lines
      .with(2, { ...at(3), actor: 'acc-z' })
      .toSpliced(6, 1)
      .slice(0, -3);
    expect(await found(changed)).to.deep.equal([
      'changed: chain C, line 3',
      'removed: chain C, line 7',
      'cut: chain C, line 11',
    ]);
  });

  it('finds what is no line', async () => {
    expect(await found(lines, { tail: '{"line":\n' })).to.deep.equal(['malformed: file line 16']);
  });

  it('finds a tail cut together with its checkpoint, by the file kept elsewhere', async () => {
    const cut = { checkpoints: checkpoints.slice(0, 1) };
    expect(await found(lines.slice(0, 5), cut)).to.deep.equal([]);
    const files = [path.join(folder, 'audit-checkpoints.jsonl')];
    expectOnly(await found(lines.slice(0, 5), { ...cut, files }), 'cut', 'chain C, line 6 to 11');
  });

  it('finds a checkpoint that was changed, removed, or signed by another', async () => {
    const bent = (checkpoints[1] ?? '').replace('"seq":11', '"seq":10');
    expect(await found(lines, { checkpoints: [checkpoints[0] ?? '', bent] })).to.include(
      'checkpoint_unsigned: checkpoint 2',
    );
    expectOnly(
      await found(lines, { checkpoints: checkpoints.slice(1) }),
      'checkpoint_missing',
      'checkpoint 1',
    );
    const other = await openTestStore();
    const stranger = await createAudit({ store: other, clock: createShiftedClock() }).publicKey();
    const report = await verify(lines, { keys: [stranger] });
    expect(report.findings.map(({ kind }) => kind)).to.deep.equal([
      'checkpoint_unsigned',
      'checkpoint_unsigned',
    ]);
    expect(report.coveredUntil).to.equal(null);
    await other.destroy();
  });
});
