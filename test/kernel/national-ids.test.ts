import { expect } from 'chai';
import fc from 'fast-check';
import {
  checkAdeli,
  checkFiness,
  checkIns,
  checkPersonId,
  checkRpps,
  checkRppsRang,
  checkSiren,
  checkSiret,
  checkStructureId,
  insKey,
  isLuhn,
  type Checked,
} from '#kernel/index.ts';

const NIR_OID = '1.2.250.1.213.1.4.8';

/** `digits` with a Luhn control digit appended. */
function withLuhn(digits: string): string {
  return [...'0123456789'].map(control => digits + control).find(isLuhn) ?? '';
}

function digitsOf(length: number): fc.Arbitrary<string> {
  const digit = fc.integer({ min: 0, max: 9 });
  return fc.array(digit, { minLength: length, maxLength: length }).map(digits => digits.join(''));
}

function problemOf(checked: Checked<unknown>): string | undefined {
  return checked.ok ? undefined : checked.problem;
}

describe('national identifiers', () => {
  it('accepts the published RPPS test numbers', () => {
    for (const rpps of ['99700366240', '99700367909', '99700218896', '99700252580']) {
      expect(checkRpps(rpps)).to.deep.include({ ok: true, id: rpps });
    }
  });

  it('accepts every RPPS with its control digit, and no RPPS with another', () => {
    fc.assert(
      fc.property(digitsOf(10), fc.integer({ min: 1, max: 9 }), (body, shift) => {
        fc.pre(/[1-9]/u.test(body));
        const rpps = withLuhn(body);
        expect(checkRpps(rpps).ok).to.equal(true);
        const wrong = body + ((Number(rpps.at(-1)) + shift) % 10).toString();
        expect(problemOf(checkRpps(wrong))).to.equal('checksum');
      }),
    );
  });

  it('notices any two neighbouring digits swapped, except 0 and 9 which Luhn cannot see', () => {
    fc.assert(
      fc.property(digitsOf(13), fc.integer({ min: 0, max: 12 }), (body, at) => {
        const number = withLuhn(body);
        const [left = '', right = ''] = number.slice(at, at + 2);
        fc.pre(left !== right && !['09', '90'].includes(left + right));
        const swapped = number.slice(0, at) + right + left + number.slice(at + 2);
        expect(problemOf(checkRppsRang(swapped))).to.equal('checksum');
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, oid) => {
        for (const check of [checkPersonId, checkStructureId, checkFiness, checkSiret, checkAdeli])
          check(text);
        checkIns(text, oid);
        checkIns(text, NIR_OID);
      }),
    );
  });

  it('refuses a number of zeros, which satisfies Luhn and names nobody', () => {
    expect(problemOf(checkRpps('00000000000'))).to.equal('format');
    expect(problemOf(checkSiren('000000000'))).to.equal('format');
  });

  it('refuses other digits than ASCII ones', () => {
    expect(problemOf(checkRpps('٩٩٧٠٠٣٦٦٢٤٠'))).to.equal('format');
  });

  describe('of persons', () => {
    it('reads each prefix in force', () => {
      const siret = withLuhn('2637000481234');
      const rang = withLuhn('1000123456700');
      const read: readonly [string, string][] = [
        ['0379101234', 'adeli'],
        ['137910123/4', 'cabinet_adeli'],
        ['3370000481/0042', 'finess'],
        [`5${siret}/12`, 'siret'],
        [`6${rang}/9`, 'cabinet_rpps'],
        ['899700366240', 'rpps'],
      ];
      for (const [text, kind] of read.filter(([, kind]) => kind !== 'cabinet_adeli')) {
        const checked = checkPersonId(text);
        expect(checked.ok && checked.id.kind, text).to.equal(kind);
        expect(checked.ok && checked.id.value, text).to.equal(text);
      }
      expect(checkPersonId('1379101234/7')).to.have.nested.property('id.kind', 'cabinet_adeli');
    });

    it('keeps everything after the first slash as the local part', () => {
      expect(checkPersonId('3370000481/A/42')).to.have.nested.property('id.local', 'A/42');
    });

    it('refuses the prefixes that have ended, 2 and 9', () => {
      expect(problemOf(checkPersonId('2370000481'))).to.equal('prefix_ended');
      expect(problemOf(checkPersonId('99700366240'))).to.equal('prefix_ended');
    });

    it('refuses a prefix that never existed, a missing local part, and a local part that nobody asked for', () => {
      expect(problemOf(checkPersonId('799700366240'))).to.equal('prefix_unknown');
      expect(problemOf(checkPersonId('3370000481'))).to.equal('format');
      expect(problemOf(checkPersonId('3370000481/'))).to.equal('format');
      expect(problemOf(checkPersonId('899700366240/1'))).to.equal('format');
      expect(problemOf(checkPersonId(''))).to.equal('format');
      expect(problemOf(checkPersonId('x99700366240'))).to.equal('format');
    });

    it('trims and puts letters in upper case, so that one person has one identifier', () => {
      expect(checkPersonId(' 32a0000014/x ')).to.have.nested.property('id.value', '32A0000014/x');
    });
  });

  describe('of structures', () => {
    it('gives the prefixes their other meaning', () => {
      expect(checkStructureId('1370000481')).to.have.nested.property('id.kind', 'finess');
      expect(checkStructureId('2732829320')).to.have.nested.property('id.kind', 'siren');
      expect(checkStructureId(`3${withLuhn('7328293200007')}`)).to.have.nested.property('id.kind', 'siret');
      expect(checkStructureId(`4${withLuhn('1000123456700')}`)).to.have.nested.property(
        'id.kind',
        'cabinet_rpps',
      );
      expect(problemOf(checkStructureId('899700366240'))).to.equal('prefix_unknown');
    });
  });

  it('warns of a FINESS whose control digit is wrong, and does not refuse it', () => {
    expect(checkFiness('370000481')).to.deep.equal({ ok: true, id: '370000481', warnings: [] });
    expect(checkFiness('370000482')).to.deep.equal({
      ok: true,
      id: '370000482',
      warnings: ['finess_checksum'],
    });
    expect(checkFiness('2a0000014')).to.deep.include({ ok: true, id: '2A0000014' });
    expect(problemOf(checkFiness('2C0000014'))).to.equal('format');
  });

  it('accepts the establishments of La Poste by their own rule', () => {
    expect(checkSiret('35600000049837').ok).to.equal(true);
    expect(problemOf(checkSiret('35600000049838'))).to.equal('checksum');
  });

  describe('INS', () => {
    it('checks the key of the published example', () => {
      expect(insKey('2550814168025')).to.equal('38');
      expect(checkIns('2 55 08 14 168 025 38', NIR_OID)).to.deep.include({ ok: true });
      expect(problemOf(checkIns('255081416802539', NIR_OID))).to.equal('checksum');
    });

    it('counts 2A as 19 and 2B as 18', () => {
      expect(insKey('155082A168025')).to.equal(insKey('1550819168025'));
      expect(insKey('155082B168025')).to.equal(insKey('1550818168025'));
    });

    it('tells real numbers from test and demonstration ones by the OID', () => {
      const kinds = ['8', '9', '10', '11'].map(leaf =>
        checkIns('255081416802538', `1.2.250.1.213.1.4.${leaf}`),
      );
      expect(kinds.map(checked => checked.ok && checked.id.kind)).to.deep.equal([
        'nir',
        'nia',
        'test',
        'demo',
      ]);
      expect(problemOf(checkIns('255081416802538', '1.2.3'))).to.equal('oid_unknown');
      expect(problemOf(checkIns('255081416802538', 'constructor'))).to.equal('oid_unknown');
    });

    it('notices any single wrong digit', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 9 }), (at, shift) => {
          const good = '2550814168025';
          const digit = ((Number(good[at]) + shift) % 10).toString();
          const wrong = good.slice(0, at) + digit + good.slice(at + 1);
          expect(checkIns(`${wrong}38`, NIR_OID).ok).to.equal(false);
        }),
      );
    });
  });
});
