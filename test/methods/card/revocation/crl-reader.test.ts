import { expect } from 'chai';
import fc from 'fast-check';
import { createSign, KeyObject, X509Certificate } from 'node:crypto';
import {
  readCrl,
  type ListIssuer,
  type ReadList,
} from '../../../../src/methods/card/revocation/crl-reader.ts';
import { readIssuingCa } from '../../../../src/methods/card/revocation/issuing-ca.ts';
import { createSerialTableBuilder, hasSerial } from '../../../../src/methods/card/revocation/serial-table.ts';
import { makeLargeCrl, signerOf } from '../../../../scripts/bench/harness/large-crl.ts';
import { createIgc } from '../../../../scripts/demo/igc/index.ts';
import { Extension } from '../../../../scripts/demo/igc/x509.ts';
import { inPieces } from './list-server.ts';

const igc = createIgc();
const SERIALS = ['01', '7f', '0080', '40c0ffee', '7fffffffffffffffffffffffffffffffffffffff'];
const DISTRIBUTION_POINT = '2.5.29.28';
const hex = (text: string) => Buffer.from(text, 'hex');

let issuer: ListIssuer;
let good: Uint8Array;

async function codeOf(der: Uint8Array | Promise<Uint8Array>, by = issuer): Promise<string | null> {
  const read = readCrl(inPieces(await der), by);
  return read.ok ? null : read.code;
}

const withExtension = (id: string, isCritical: boolean, value: string) =>
  igc.crl('fort', SERIALS, { moreExtensions: [new Extension(id, isCritical, hex(value))] });

/** Signs again what a test has changed within the signed part, so that only the change is judged. */
async function signedAgain(signedPart: Buffer): Promise<Buffer> {
  const { privateKey } = signerOf(await igc.authority('fort'));
  const signature = createSign('sha256').update(signedPart).sign(privateKey);
  const frame = (tag: number, content: Buffer) =>
    Buffer.concat([Buffer.of(tag, 0x82, content.length >> 8, content.length & 0xff), content]);
  const algorithm = hex('300d06092a864886f70d01010b0500');
  return frame(
    0x30,
    Buffer.concat([signedPart, algorithm, frame(0x03, Buffer.concat([Buffer.of(0), signature]))]),
  );
}

/** The signed part of a list whose frames have lengths of two octets, with `from` replaced by `to` of the same length. */
function changed(der: Uint8Array, from: string, to: string): Buffer {
  const signedPart = Buffer.from(der).subarray(4, 4 + 4 + Buffer.from(der).readUInt16BE(6));
  const at = signedPart.indexOf(hex(from));
  expect(at, `${from} is in the list`).to.be.greaterThan(0);
  const copy = Buffer.from(signedPart);
  hex(to).copy(copy, at);
  return copy;
}

describe('methods/card/revocation: the reader of lists', () => {
  before(async () => {
    const authority = await igc.authority('fort');
    issuer = readIssuingCa(new X509Certificate(Buffer.from(authority.certificate.rawData)));
    good = await igc.crl('fort', SERIALS, { thisUpdateMs: Date.UTC(2026, 0, 2, 3, 4, 5), number: 4711 });
  });

  it('finds every serial of a list, and no other', () => {
    for (const pieceBytes of [1, 7, 100_000]) {
      const read = readCrl(inPieces(good, pieceBytes), issuer);
      if (!read.ok) throw new Error(read.detail);
      expect(read.list.serials.size).to.equal(SERIALS.length);
      for (const serial of ['01', '7f', '80', '40c0ffee', SERIALS[4] ?? ''])
        expect(hasSerial(read.list.serials, hex(serial)), serial).to.equal(true);
      for (const serial of ['', '00', '02', '0080', '40c0ffef', 'c0ffee', '40c0ffee00'])
        expect(hasSerial(read.list.serials, hex(serial)), serial).to.equal(false);
    }
  });

  it('reads dates and number', () => {
    const read = readCrl(inPieces(good), issuer);
    if (!read.ok) throw new Error(read.detail);
    expect(read.list.thisUpdateAt).to.equal(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000);
    expect(read.list.nextUpdateAt - read.list.thisUpdateAt).to.equal(7 * 24 * 3600);
    expect(read.list.number).to.equal(4711n);
    expect(read.list.bytes).to.equal(good.length);
  });

  it('takes a list without entries', async () => {
    expect(await codeOf(igc.crl('fort', []))).to.equal(null);
  });

  it('keeps as many of 20,000 serials in windows as there are', async () => {
    const signer = signerOf(await igc.authority('fort'));
    const { der, sample } = makeLargeCrl(signer, issuer.subject, 20_000, 1_700_000_000);
    const read = readCrl(inPieces(der, 65_521), issuer);
    if (!read.ok) throw new Error(read.detail);
    expect(read.list.serials.size).to.equal(20_000);
    expect(sample.every(serial => hasSerial(read.list.serials, serial))).to.equal(true);
  });

  it('refuses the list of another issuer, and one of the same name with another key', async () => {
    expect(await codeOf(igc.crl('standard', SERIALS))).to.equal('card.crl_issuer');
    expect(await codeOf(igc.crl('impostor', SERIALS))).to.equal('card.crl_issuer');
  });

  it('refuses a signature by another key', async () => {
    const { privateKey } = (await igc.authority('standard')).keys;
    expect(await codeOf(igc.crl('fort', SERIALS, { signWith: privateKey }))).to.equal('card.crl_signature');
  });

  it('refuses SHA-1, and an RSA signature for a key of another kind', async () => {
    expect(await codeOf(signedAgain(changed(good, '2a864886f70d01010b', '2a864886f70d010105')))).to.equal(
      'card.crl_algorithm',
    );
    const ec = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
      'verify',
    ]);
    expect(await codeOf(good, { ...issuer, publicKey: KeyObject.from(ec.publicKey) })).to.equal(
      'card.crl_algorithm',
    );
  });

  it('refuses two algorithms that differ', async () => {
    const other = Buffer.from(good);
    other[other.lastIndexOf(hex('2a864886f70d01010b')) + 8] = 0x0c;
    expect(await codeOf(other)).to.equal('card.crl_algorithm');
  });

  it('refuses a list of changes only', async () => {
    expect(await codeOf(withExtension('2.5.29.27', true, '020101'))).to.equal('card.crl_delta');
  });

  it('refuses a list of several issuers, said of the list or of an entry', async () => {
    expect(await codeOf(withExtension(DISTRIBUTION_POINT, true, '30038401ff'))).to.equal('card.crl_indirect');
    const { der } = makeLargeCrl(signerOf(await igc.authority('fort')), issuer.subject, 3, 1_700_000_000);
    const indirect = changed(der, '300a0603551d1504030a0101', '300a0603551d1d04030a0101');
    expect(await codeOf(signedAgain(indirect))).to.equal('card.crl_indirect');
  });

  it('refuses a list of a part of the certificates, and takes one of those of people', async () => {
    expect(await codeOf(withExtension(DISTRIBUTION_POINT, true, '30038201ff'))).to.equal('card.crl_partial');
    expect(await codeOf(withExtension(DISTRIBUTION_POINT, true, '3004830205a0'))).to.equal(
      'card.crl_partial',
    );
    expect(await codeOf(withExtension(DISTRIBUTION_POINT, true, '30038101ff'))).to.equal(null);
  });

  it('takes a list of one distribution point, and says of which', async () => {
    const pointsIn = async (value: string) => {
      const read = readCrl(inPieces(await withExtension(DISTRIBUTION_POINT, true, value)), issuer);
      return read.ok ? read.list.points : read.code;
    };
    expect(await pointsIn('3007a005a003860161')).to.deep.equal(['860161']);
    expect(await pointsIn('300da00ba0098601618204622e6672')).to.deep.equal(['860161', '8204622e6672']);
    expect(await pointsIn('30038101ff')).to.equal(null);
    // Beside the name, what leaves out kinds or reasons still does.
    expect(await pointsIn('300aa005a0038601618201ff')).to.equal('card.crl_partial');
    expect(await pointsIn('300ba005a003860161830205a0')).to.equal('card.crl_partial');
    // Relative to its issuer, and names that are none.
    expect(await pointsIn('3004a002a100')).to.equal('card.crl_partial');
    expect(await pointsIn('3004a002a000')).to.equal('card.crl_partial');
    expect(await pointsIn('3002a000')).to.equal('card.crl_malformed');
  });

  it('refuses what is critical and not known, and passes over what is not critical', async () => {
    expect(await codeOf(withExtension('1.2.250.1.71.9', true, '0500'))).to.equal('card.crl_unsupported');
    expect(await codeOf(withExtension('1.2.250.1.71.9', false, '0500'))).to.equal(null);
  });

  it('refuses a list that does not say when the next one comes', async () => {
    expect(await codeOf(igc.crl('fort', SERIALS, { nextUpdateMs: null }))).to.equal('card.crl_malformed');
  });

  it('refuses what stands after the list', async () => {
    expect(await codeOf(Buffer.concat([good, Buffer.of(0)]))).to.equal('card.crl_malformed');
  });

  it('refuses a serial number that is negative, spelt twice or too long', async () => {
    const list = await igc.crl('fort', ['40c0ffee']);
    expect(await codeOf(signedAgain(changed(list, '020440c0ffee', '0204c0c0ffee')))).to.equal(
      'card.crl_malformed',
    );
    expect(await codeOf(signedAgain(changed(list, '020440c0ffee', '02040040ffee')))).to.equal(
      'card.crl_malformed',
    );
    const long = igc.crl('fort', ['7f'.repeat(21)]);
    expect(await codeOf(long)).to.equal('card.crl_malformed');
  });

  it('believes nothing that is cut short', () => {
    for (let length = 0; length < good.length; length += 1) {
      const read: ReadList = readCrl(inPieces(good.subarray(0, length)), issuer);
      expect(read.ok, `${length} octets`).to.equal(false);
    }
  });

  it('believes no list with a changed octet, and never throws', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const copy = Uint8Array.from(good);
        copy[at] = (copy[at] ?? 0) ^ change;
        return !readCrl(inPieces(copy, 97), issuer).ok;
      }),
      { numRuns: 1000 },
    );
  });

  it('believes no random bytes, whatever frame they are put in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(good.length - 1), (bytes, at) => {
        const within = Uint8Array.from(good);
        within.set(bytes.subarray(0, good.length - at), at);
        const isSame = Buffer.compare(within, good) === 0;
        return !readCrl(inPieces(bytes), issuer).ok && (isSame || !readCrl(inPieces(within), issuer).ok);
      }),
      { numRuns: 500 },
    );
  });

  it('packs any serials without losing or inventing one', () => {
    const serial = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(serial, { maxLength: 200 }), serial, (serials, other) => {
        const builder = createSerialTableBuilder(serials.length * 21);
        for (const one of serials) builder.add(one, 0, one.length);
        const table = builder.build();
        const texts = new Set(serials.map(one => Buffer.from(one).toString('hex')));
        return (
          table.size === texts.size &&
          serials.every(one => hasSerial(table, one)) &&
          hasSerial(table, other) === texts.has(Buffer.from(other).toString('hex'))
        );
      }),
    );
  });
});
