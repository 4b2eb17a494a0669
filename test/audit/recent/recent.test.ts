import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineEvent, type AuditLine, type AuditLog } from '#audit/index.ts';
import type { Collection, CollectionSpec, Doc, Store } from '#store/index.ts';
import { expect } from 'chai';
import { concerns } from '../../../src/audit/line.ts';
import { BLOCK_LINES, blockOf, candidatesIn, firstLineOf } from '../../../src/audit/recent/block.ts';
import { openBlocks, type Blocks } from '../../../src/audit/recent/blocks.ts';
import { completeBlocks } from '../../../src/audit/recent/keeping.ts';
import { firstSeqOf, openSegments, segmentId } from '../../../src/audit/segments.ts';
import { fingerprintOf, subjectName } from '../../../src/audit/subjects.ts';
import { createRecentLog, listAll, placesOf, type RecentLog } from './recent-log.ts';

const crowded = defineEvent('recent.test.crowded', { category: 'access', title: 'Foule' });

describe('lines that are not sealed', function () {
  this.timeout(60_000);
  let log: RecentLog;
  let audit: AuditLog;
  let blocks: Blocks;
  beforeEach(async () => {
    log = await createRecentLog();
    audit = log.open();
    blocks = openBlocks(log.store);
  });
  afterEach(() => log.destroy());

  /** What there is to find, read without any index of subjects. */
  const everything = () => listAll(audit, {}, 500);
  const aboutAccount = (lines: readonly AuditLine[], account: string) =>
    placesOf(lines.filter(line => concerns(line, account)));
  const aboutRecord = (lines: readonly AuditLine[], key: string) =>
    placesOf(lines.filter(line => line.patientKey === key));

  async function expectToFindAll(reader: AuditLog): Promise<void> {
    const lines = await everything();
    for (const [account, limit] of [
      ['acc-0', 9],
      ['acc-7', 1_000],
      ['acc-99', 1_000],
    ] as const)
      expect(placesOf(await listAll(reader, { account }, limit))).to.deep.equal(aboutAccount(lines, account));
    for (const patientKey of ['key-0', 'key'])
      expect(placesOf(await listAll(reader, { patientKey }, 10))).to.deep.equal(
        aboutRecord(lines, patientKey),
      );
    for (const length of [13, 16, 19]) {
      const time = lines[Math.floor(lines.length / 2)]?.at.slice(0, length) ?? '';
      const then = lines.filter(({ at }) => at.startsWith(time));
      for (const n of [0, 1])
        expect(placesOf(await listAll(reader, { account: `acc-${n}`, time }, 7))).to.deep.equal(
          aboutAccount(then, `acc-${n}`),
        );
    }
  }

  it('are all found by person and record, in order, by who reads for the first time and by who reads on', async () => {
    const reader = log.open();
    await log.write(audit, 700);
    await expectToFindAll(reader);
    await log.write(audit, 1_900);
    // A process that was killed: its chain has no end.
    const other = log.open();
    await Promise.all([log.write(other, 1_200), log.write(audit, 300)]);
    await expectToFindAll(reader);
    await audit.close();
    await expectToFindAll(reader);
    await expectToFindAll(log.open());
  });

  it('stand in blocks that their writer made, whole', async () => {
    await log.write(audit, 2_300);
    const [line] = await everything();
    await audit.close();
    const chain = line?.chain ?? '';
    expect(await blocks.get(chain, 0)).to.not.equal(null);
    expect(await blocks.get(chain, 1)).to.not.equal(null);
    expect(await blocks.get(chain, 2)).to.equal(null);
    await expectBlockOf(chain, 0);
    await expectBlockOf(chain, 1);
  });

  /** That it names for each person exactly the groups that do. */
  async function expectBlockOf(chain: string, number: number): Promise<void> {
    const block = await blocks.get(chain, number);
    const { items } = await openSegments(log.store).list('chain', { key: chain, limit: 1_000 });
    const groups = items.filter(({ id }) => blockOf(firstSeqOf(id)) === number);
    expect(block?.places).to.have.length(groups.length);
    for (let n = 0; n < 40; n++) {
      const account = `acc-${n}`;
      const found = candidatesIn(block!, fingerprintOf(subjectName('account', account)));
      const wanted = groups.filter(({ lines }) => lines.some(line => concerns(line, account)));
      expect(found).to.deep.equal(
        wanted.map(({ id, lines }) => ({ seq: firstSeqOf(id), ms: Date.parse(lines[0]!.at) })),
      );
    }
  }

  it('are found without blocks, or with broken ones, which the next run of the job makes again', async () => {
    await log.write(audit, 3_500);
    await audit.checkpoint();
    const chain = (await everything())[0]?.chain ?? '';
    await blocks.remove(chain, 0);
    const broken = { oldest: 0, newest: 0, places: [0], instants: [], names: [1], holders: [0] };
    await blocks.add(chain, { number: 1, ...broken });
    expect(await blocks.get(chain, 1)).to.equal(null);
    await expectToFindAll(log.open());
    await completeBlocks(log.store);
    for (const number of [0, 1, 2]) await expectBlockOf(chain, number);
    await expectToFindAll(log.open());
  });

  it('are found around a hole in their chain, of some groups or of a whole block', async () => {
    await log.write(audit, 3_300);
    const segments = openSegments(log.store);
    const lines = await everything();
    const chain = lines[0]?.chain ?? '';
    const hole = Array.from({ length: BLOCK_LINES + 80 }, (_, at) => firstLineOf(1) - 40 + at);
    await Promise.all(hole.map(seq => segments.remove(segmentId(chain, seq))));
    expect(await everything()).to.not.have.length(lines.length);
    await expectToFindAll(log.open());
    for (const number of [0, 1, 2]) await blocks.remove(chain, number);
    await expectToFindAll(log.open());
  });

  it('are found by their time when the clock was set back', async () => {
    await log.write(audit, 300);
    log.clock.advance(-7_200);
    await log.write(audit, 900);
    await expectToFindAll(log.open());
  });

  it('are found as soon as they are durable, by several who look at once', async () => {
    const reader = log.open();
    const entry = { actor: 'acc-1', outcome: 'success' } as const;
    let durable = 0;
    let isWriting = true;
    const look = async () => {
      while (isWriting) {
        const before = durable;
        const places = placesOf(await listAll(reader, { account: 'acc-1' }, 30));
        expect(places.length).to.be.at.least(before);
        expect(new Set(places).size).to.equal(places.length);
        await nextTurn();
      }
    };
    const looking = [look(), look(), look()];
    for (let n = 0; n < 20; n++) {
      await Promise.all(Array.from({ length: 60 }, () => audit.record(crowded, entry)));
      durable += 60;
    }
    isWriting = false;
    await Promise.all(looking);
    expect(await listAll(reader, { account: 'acc-1' }, 1_000)).to.have.length(1_200);
  });

  it('are found page after page when they are all of one instant, in several blocks of two chains', async () => {
    const writers = [audit, log.open()];
    const entry = { actor: 'acc-1', outcome: 'success' } as const;
    await Promise.all(Array.from({ length: 5_200 }, (_, n) => writers[n % 2]!.record(crowded, entry)));
    const all = aboutAccount(await everything(), 'acc-1');
    expect(all).to.have.length(5_200);
    for (const limit of [1, 2, 50])
      expect(placesOf(await listAll(log.open(), { account: 'acc-1' }, limit))).to.deep.equal(all);
  });

  it('are written and found although no block can be stored', async () => {
    const writer = log.open(withoutBlocks(log.store));
    await log.write(writer, 2_200);
    await writer.close();
    await expectToFindAll(audit);
    const [line] = await everything();
    expect(await blocks.get(line?.chain ?? '', 0)).to.equal(null);
    await completeBlocks(log.store);
    await expectBlockOf(line?.chain ?? '', 0);
    await expectBlockOf(line?.chain ?? '', 1);
  });
});

/** The real store, but for blocks, which it refuses. */
function withoutBlocks(store: Store): Store {
  const refusing = <T extends Doc>(collection: Collection<T>): Collection<T> => ({
    ...collection,
    put: () => Promise.reject(new Error('no room')),
  });
  return {
    ...store,
    collection<T extends Doc>(spec: CollectionSpec<T>) {
      const collection = store.collection(spec);
      return spec.name === 'audit_blocks' ? refusing(collection) : collection;
    },
  };
}
