import { expect } from 'chai';
import { GENESIS, hashLine, type AuditBody, type AuditLine } from '../../../src/audit/line.ts';
import { openVolume } from '../../../src/audit/sealed/volume-reader.ts';
import { encodeVolume, type Part } from '../../../src/audit/sealed/volume.ts';

describe('a volume of a sealed day', () => {
  const FIRST_MS = Date.parse('2026-03-03T08:00:00.000Z');
  let seq = 0;
  let hash = GENESIS;

  /** Lines of several shapes: without actor, about another, on behalf of somebody, with and without data. */
  function nextLine(n: number): AuditLine {
    seq += 1;
    const at = new Date(FIRST_MS + n * 700).toISOString();
    const common = { chain: 'c-1', seq, at, category: 'access', outcome: 'success', type: 'a.b' } as const;
    const bodies: readonly AuditBody[] = [
      { ...common, actor: `p-${n % 5}`, patientKey: `k-${n % 7}`, data: { n, purpose: 'normal' } },
      { ...common, account: `p-${n % 3}`, category: 'signin' },
      { ...common, actor: 'system', onBehalfOf: `p-${n % 4}`, data: {} },
      {
        ...common,
        actor: `p-${n % 5}`,
        account: 'p-1',
        patientKey: 'k-1',
        data: { isLate: true, reason: null },
      },
    ];
    const body = bodies[n % bodies.length]!;
    hash = hashLine(hash, body);
    return { ...body, hash };
  }

  function groupsOf(sizes: readonly number[]): AuditLine[][] {
    let n = 0;
    return sizes.map(size => Array.from({ length: size }, () => nextLine(n++)));
  }

  const first = groupsOf([1, 8, 3, 40]);
  const before = hash;
  const gap = { chain: 'c-1', from: seq + 1, to: seq + 4, hash: 'the-hash-of-the-last' };
  seq += 4;
  hash = gap.hash;
  const second = groupsOf([5, 2]);
  const parts: readonly Part[] = [
    { run: { chain: 'c-1', before: GENESIS, groups: first } },
    { gap },
    { run: { chain: 'c-1', before: gap.hash, groups: second } },
  ];
  const volume = openVolume(encodeVolume(parts));

  it('gives back its parts, with hashes that follow from the lines', () => {
    expect(before).to.equal(first.at(-1)!.at(-1)!.hash);
    expect(volume.parts()).to.deep.equal(parts);
  });

  it('gives the groups that hold a line about somebody or a patient, in a span of time, and no other', () => {
    const all = [...first, ...second];
    for (const time of ['', '2026-03-03T08', '2026-03-03T08:00:0', '2026-03-04'])
      for (const subject of ['p-0', 'p-1', 'p-4', 'k-1', 'k-6', 'system', 'nobody'])
        for (const fields of [['actor', 'account', 'onBehalfOf'], ['patientKey']] as const) {
          const expected = all.filter(
            lines =>
              lines[0]!.at.startsWith(time) &&
              lines.some(line => fields.some(field => line[field] === subject)),
          );
          const found = volume.groups({ about: { fields, subject }, time });
          expect(found.map(({ lines }) => lines)).to.deep.equal(expected);
          expect(found.map(({ id }) => id)).to.deep.equal(
            expected.map(lines => `c-1.${String(lines[0]!.seq).padStart(12, '0')}`),
          );
        }
    expect(volume.groups()).to.have.lengthOf(all.length);
  });

  it('refuses what is none', () => {
    expect(() => openVolume('bm8=')).to.throw();
  });
});
