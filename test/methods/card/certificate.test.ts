import { expect } from 'chai';
import fc from 'fast-check';
import { readCardCertificate } from '../../../src/methods/card/certificate.ts';
import { createIgc, type IssueOptions } from '../../../scripts/demo/igc/index.ts';
import * as x509 from '../../../scripts/demo/igc/x509.ts';

const igc = createIgc();
const read = async (kind: 'cps' | 'cpe' | 'service', options?: IssueOptions) =>
  readCardCertificate((await igc.issue(kind, options)).certificate.der);

describe('A card’s certificate', () => {
  it('gives what the profile of a CPS holds', async () => {
    const { certificate } = await igc.issue('cps', { serial: '5a0000000000000000000000000000ff' });
    const card = readCardCertificate(certificate.der);
    expect(card?.subject).to.deep.equal({
      nationalId: '899700366240',
      familyName: 'DUPONT',
      givenName: 'CLAIRE',
      title: 'Médecin',
      pseudonym: null,
      organisationName: null,
      finess: null,
    });
    expect(card).to.deep.include({
      serial: '5a0000000000000000000000000000ff',
      cardType: 0,
      cardNumber: '0002187512751/2800000001',
      category: { carrier: 'card', isTest: true },
      professionCode: '10',
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.2'],
      upn: '8.99700366240@carte-cps.fr',
      authority: null,
      unknownCriticalExtensions: [],
    });
    expect(card?.keyUsage.isCritical).to.equal(true);
    expect([...(card?.keyUsage.names ?? [])]).to.deep.equal(['digitalSignature']);
    expect(card?.issuer).to.deep.include({
      commonName: 'TEST AC IGC-SANTE FORT PERSONNES',
      organisation: 'ASIP-SANTE',
      units: ['0002 187512751', 'IGC-SANTE TEST'],
    });
  });

  it('says of every kind what the library that wrote it reads in it', async () => {
    const kinds = [
      'cps',
      'cpf',
      'cpe',
      'cde',
      'cpa',
      'expired',
      'not-yet-valid',
      'service',
      'software',
    ] as const;
    const odd = ['module', 'signature', 'old', 'impostor', 'wrong-key-usage', 'unknown-type'] as const;
    for (const kind of [...kinds, ...odd]) {
      const { certificate } = await igc.issue(kind, { serial: kind === 'cps' ? '00ff01' : '7f02' });
      const card = readCardCertificate(certificate.der);
      const theirs = new x509.X509Certificate(Uint8Array.from(certificate.der));
      const usages = theirs.getExtension(x509.KeyUsagesExtension);
      const names = theirs.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
      expect(card, kind).to.deep.include({
        serial: theirs.serialNumber.replace(/^00/u, ''),
        notBeforeAt: theirs.notBefore.getTime() / 1000,
        notAfterAt: theirs.notAfter.getTime() / 1000,
        upn: names[0]?.value ?? null,
      });
      const set = [...(card?.keyUsage.names ?? [])].reduce((sum, name) => sum | x509.KeyUsageFlags[name], 0);
      expect([set, card?.keyUsage.isCritical], kind).to.deep.equal([usages?.usages, usages?.critical]);
    }
  });

  it('reads each key usage, and the length of path of an authority', async () => {
    for (const bit of Object.values(x509.KeyUsageFlags).filter(flag => typeof flag === 'number')) {
      const card = await read('cps', { keyUsage: bit });
      expect([...(card?.keyUsage.names ?? [])], String(bit)).to.deep.equal([x509.KeyUsageFlags[bit]]);
    }
    const pathOf = async (ca: boolean, length?: number) =>
      (await read('cps', { moreExtensions: [new x509.BasicConstraintsExtension(ca, length, true)] }))
        ?.authority;
    expect(await pathOf(false)).to.equal(null);
    expect(await pathOf(true)).to.deep.equal({ pathLength: null });
    expect(await pathOf(true, 0)).to.deep.equal({ pathLength: 0 });
    expect(await pathOf(true, 3)).to.deep.equal({ pathLength: 3 });
  });

  it('gives the establishment of a CPE, and an identifier with a slash whole', async () => {
    const card = await read('cpe');
    expect(card?.subject).to.deep.include({
      nationalId: '3370000481/SM0042',
      finess: '370000481',
      organisationName: 'CHU BRETONNEAU',
      title: 'Secrétaire médicale',
    });
    expect(card).to.deep.include({ cardType: 2, professionCode: null, upn: null });
  });

  it('reads the same person whatever the order of the attributes, and names that imitate other attributes', async () => {
    const names = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .map(name => name.normalize('NFC').trim())
      .filter(name => name !== '' && !/\p{C}/u.test(name));
    const separators = fc.constantFrom(',CN=899700367909', ' + CN=1', '/CN=2', '"A', '#30', 'A\\,B=');
    const orders = fc.shuffledSubarray(['SN', 'GN', 'CN'] as const, { minLength: 3 });
    await fc.assert(
      fc.asyncProperty(orders, fc.oneof(names, separators), fc.oneof(names, separators), async (...drawn) => {
        const [order, familyName, givenName] = drawn;
        const card = await read('cpe', { order, familyName, givenName });
        expect(card?.subject.nationalId).to.equal('3370000481/SM0042');
        expect(card?.subject.familyName).to.equal(familyName.trim());
        expect(card?.subject.givenName).to.equal(givenName.trim());
      }),
      { numRuns: 40 },
    );
  });

  it('shows the pseudonym of a service card', async () => {
    expect((await read('service'))?.subject.pseudonym).to.equal('ACCUEIL URGENCES');
  });

  it('tells cards, modules and software, of tests or not', async () => {
    const categories = [0x00, 0x02, 0x03, 0x80, 0x82, 0x83, 0x7f];
    const cards = await Promise.all(categories.map(category => read('cps', { category })));
    expect(cards.map(card => card?.category)).to.deep.equal([
      { carrier: 'card', isTest: false },
      { carrier: 'module', isTest: false },
      { carrier: 'software', isTest: false },
      { carrier: 'card', isTest: true },
      { carrier: 'module', isTest: true },
      { carrier: 'software', isTest: true },
      null,
    ]);
  });

  it('is none when an attribute of the person is there twice', async () => {
    expect(await read('cps', { order: ['SN', 'GN', 'CN'], title: 'X' })).to.not.equal(null);
    const twice = await igc.issue('cps', { subject: [{ CN: ['899700366240'] }, { CN: ['899700367909'] }] });
    expect(readCardCertificate(twice.certificate.der)).to.equal(null);
  });

  it('is none when bytes are missing or follow', async () => {
    const { der } = (await igc.issue('cps')).certificate;
    expect(readCardCertificate(der)).to.not.equal(null);
    for (const bytes of [new Uint8Array(), der.subarray(0, -1), Buffer.concat([der, Buffer.alloc(1)])]) {
      expect(readCardCertificate(bytes)).to.equal(null);
    }
  });

  it('is none among random bytes, and never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => readCardCertificate(bytes) === null),
      { numRuns: 500 },
    );
  });
});
