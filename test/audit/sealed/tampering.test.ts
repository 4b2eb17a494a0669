import { DatabaseSync } from 'node:sqlite';
import { verifyAudit, type AuditFinding } from '#audit/index.ts';
import { isAppError } from '#kernel/index.ts';
import { expect } from 'chai';
import { openSealed, readDays, type SealedDay } from '../../../src/audit/sealed/collections.ts';
import { openSegments, segmentId, type Segment } from '../../../src/audit/segments.ts';
import { openVolume } from '../../../src/audit/sealed/volume-reader.ts';
import { encodeVolume } from '../../../src/audit/sealed/volume.ts';
import { createLogOfDays, type LogOfDays } from './log-of-days.ts';

/** What somebody does who can write the store, and what `audit-verify` says of it. */
describe('audit-verify on a store that was tampered with', () => {
  let log: LogOfDays;

  /** Puts back what a test took away or changed. */
  let restore: () => Promise<void>;
  const forged: string[] = [];

  /** One sealed day of three volumes, and one that is not sealed. */
  before(async () => {
    log = await createLogOfDays();
    await log.writeDay(600);
    log.nextDay(3);
    await log.keep();
    await log.writeDay();
    const { days, manifests, leaves } = sealed();
    const day = await theDay();
    const manifest = (await manifests.get(day.edition))!;
    const kept = (await leaves.list('edition', { key: day.edition, limit: 100 })).items;
    const groups = await segments();
    restore = async () => {
      for (const id of forged.splice(0)) await openSegments(log.store).remove(id);
      await Promise.all([days.put(day), manifests.put(manifest)]);
      await Promise.all(kept.map(leaf => leaves.put(leaf)));
      await Promise.all(groups.map(group => openSegments(log.store).put(group)));
    };
  });
  afterEach(() => restore());
  after(() => log.destroy());

  const sealed = () => openSealed(log.store);
  const theDay = async (): Promise<SealedDay> => (await readDays(sealed().days))[0]!;
  const leaf = async (name: string) => (await sealed().leaves.get(`${(await theDay()).edition}.${name}`))!;
  const kindsOf = (findings: readonly AuditFinding[]) => new Set(findings.map(({ kind }) => kind));
  const findings = async () => (await log.verify()).findings;
  const placeOf = (segment: Segment | undefined) => {
    const [from, to] = [segment!.lines[0]!.seq, segment!.lines.at(-1)!.seq];
    return `chain ${segment!.chain}, line ${from}${from === to ? '' : ` to ${to}`}`;
  };
  const segments = async () =>
    (await openSegments(log.store).list('time', { prefix: '2026-03-06', limit: 1_000 })).items;

  it('finds nothing in a log that nobody touched', async () => {
    expect(await findings()).to.deep.equal([]);
    expect((await sealed().manifests.get((await theDay()).edition))?.manifest.volumes).to.have.lengthOf(3);
  });

  it('names a volume that is missing, and the lines that went with it', async () => {
    await sealed().leaves.remove((await leaf('v1')).id);
    expect(await findings()).to.deep.include({
      kind: 'sealed_missing',
      place: 'sealed day 2026-03-03, volume 2 of 3',
    });
    expect([...kindsOf(await findings())]).to.include('removed');
    const error: unknown = await log.all({ account: 'acc-500' }).catch((thrown: unknown) => thrown);
    expect(isAppError(error, 'audit.sealed_unreadable')).to.equal(true);
  });

  it('names a volume that was written anew without a line', async () => {
    const old = await leaf('v0');
    const [part] = openVolume(old.content).parts();
    if (!part || !('run' in part)) throw new Error('the first part is a run');
    const groups = part.run.groups.slice(0, -1);
    await sealed().leaves.put({ ...old, content: encodeVolume([{ run: { ...part.run, groups } }]) });
    expect(await findings()).to.deep.include({
      kind: 'sealed_changed',
      place: 'sealed day 2026-03-03, volume 1 of 3',
    });
  });

  it('names a volume that nobody can read', async () => {
    await sealed().leaves.put({ ...(await leaf('v2')), content: 'bm8=' });
    expect(await findings()).to.deep.include({
      kind: 'sealed_changed',
      place: 'sealed day 2026-03-03, volume 3 of 3',
    });
  });

  it('names volumes that changed places', async () => {
    const [first, second] = [await leaf('v0'), await leaf('v1')];
    await sealed().leaves.put({ ...first, content: second.content });
    await sealed().leaves.put({ ...second, content: first.content });
    expect((await findings()).filter(({ kind }) => kind === 'sealed_reordered')).to.deep.equal([
      { kind: 'sealed_reordered', place: 'sealed day 2026-03-03, volume 1 of 3' },
      { kind: 'sealed_reordered', place: 'sealed day 2026-03-03, volume 2 of 3' },
    ]);
  });

  it('names an index from which somebody was taken', async () => {
    await sealed().leaves.put({ ...(await leaf('p0')), content: '' });
    expect(await findings()).to.deep.equal([
      { kind: 'sealed_changed', place: 'sealed day 2026-03-03, index of subjects' },
    ]);
  });

  it('takes no manifest that the service did not sign', async () => {
    const day = await theDay();
    const { manifest } = (await sealed().manifests.get(day.edition))!;
    const rule = { category: 'access', months: 36, lines: 0, at: '2030-01-01T00:00:00.000Z' };
    await sealed().manifests.put({ id: day.edition, manifest: { ...manifest, dropped: [rule] } });
    expect(await findings()).to.deep.equal([{ kind: 'sealed_unsigned', place: 'sealed day 2026-03-03' }]);
    await sealed().manifests.remove(day.edition);
    expect(await findings()).to.deep.include({ kind: 'sealed_missing', place: 'sealed day 2026-03-03' });
  });

  it('finds a sealed day that is gone without a trace', async () => {
    const { id, edition } = await theDay();
    await sealed().days.remove(id);
    await sealed().manifests.remove(edition);
    await sealed().leaves.removeBy('edition', edition);
    expect([...kindsOf(await findings())]).to.deep.equal(['removed']);
  });

  it('names lines that were put back where they were written', async () => {
    const [part] = openVolume((await leaf('v0')).content).parts();
    if (!part || !('run' in part)) throw new Error('the first part is a run');
    const { chain } = part.run;
    const line = { ...part.run.groups[3]![0]!, actor: 'acc-forged' };
    const id = segmentId(chain, line.seq);
    forged.push(id);
    await openSegments(log.store).insert({ id, chain, lines: [line] });
    expect(await findings()).to.deep.equal([{ kind: 'added', place: `chain ${chain}, line ${line.seq}` }]);
  });

  it('names a group of lines that is missing, changed places or is none', async () => {
    const [, second, third, fourth] = await segments();
    await openSegments(log.store).put({ ...second!, lines: third!.lines });
    await openSegments(log.store).put({ ...third!, lines: second!.lines });
    expect(await findings()).to.deep.equal(
      second!.lines.map(({ chain, seq }) => ({ kind: 'reordered', place: `chain ${chain}, line ${seq}` })),
    );
    await openSegments(log.store).put(second!);
    await openSegments(log.store).remove(third!.id);
    expect(await findings()).to.deep.equal([{ kind: 'removed', place: placeOf(third) }]);
    await openSegments(log.store).put(third!);
    await openSegments(log.store).put({
      ...fourth!,
      lines: [{} as (typeof fourth & object)['lines'][number]],
    });
    expect(await findings()).to.deep.include.members([
      { kind: 'unreadable', place: `group ${fourth!.id}` },
      { kind: 'removed', place: placeOf(fourth) },
    ]);
  });

  it('goes on after a group that the store itself cannot read', async function () {
    if (!log.store.url.startsWith('sqlite:')) this.skip();
    const [, broken] = await segments();
    const db = new DatabaseSync(log.store.url.slice('sqlite:'.length), { timeout: 20_000 });
    db.prepare('UPDATE docs_audit_segments SET doc = ? WHERE id = ?').run('{"id":', broken!.id);
    db.close();
    const place = placeOf(broken);
    expect(await findings()).to.deep.equal([
      { kind: 'unreadable', place: place.replace(/ to .*/u, '') },
      { kind: 'removed', place },
    ]);
  });

  it('trusts no other key', async () => {
    const other = await createLogOfDays();
    const report = await verifyAudit({
      from: { store: log.store },
      publicKeys: [await other.audit.publicKey()],
    });
    await other.destroy();
    expect([...kindsOf(report.findings)]).to.include('sealed_unsigned');
  });
});
