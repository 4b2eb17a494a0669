import { expect } from 'chai';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { createShiftedClock } from '#kernel/index.ts';
import {
  createIgc,
  createKeyRing,
  exportKeyRing,
  importKeyRing,
  type CardKind,
} from '../../scripts/demo/igc/index.ts';

const igc = createIgc();

describe('The imitation of IGC-Santé', () => {
  it('issues cards whose chain leads to the roots of the anchors', async () => {
    const [racineFort, fort, racineStandard, standard] = split(await igc.anchors());
    const cps = new X509Certificate((await igc.issue('cps')).certificate.der);
    const cpe = new X509Certificate((await igc.issue('cpe')).certificate.der);
    for (const [certificate, issuer] of [
      [cps, fort],
      [fort, racineFort],
      [cpe, standard],
      [standard, racineStandard],
    ] as const) {
      expect(certificate?.checkIssued(issuer as X509Certificate)).to.equal(true);
      expect(certificate?.verify((issuer as X509Certificate).publicKey)).to.equal(true);
    }
  });

  it('writes the person in one multi-valued RDN, in the order asked for', async () => {
    const one = new X509Certificate((await igc.issue('cps', { order: ['CN', 'SN', 'GN'] })).certificate.der);
    expect(one.subject.split('\n').at(-1)).to.equal('CN=899700366240 + SN=DUPONT + GN=CLAIRE');
    const other = new X509Certificate(
      (await igc.issue('cpe', { order: ['GN', 'CN', 'SN'] })).certificate.der,
    );
    expect(other.subject).to.include('GN=SOPHIE + CN=3370000481/SM0042 + SN=MARTIN');
  });

  it('gives a renewed card another serial number and the same identifier', async () => {
    const [first, second] = [await igc.issue('cps'), await igc.issue('cps')];
    expect(first.certificate.serial).to.not.equal(second.certificate.serial);
    expect(first.nationalId).to.equal(second.nationalId);
  });

  it('signs an impostor’s card with a key that is not the authority’s', async () => {
    const fort = split(await igc.anchors())[1] as X509Certificate;
    const forged = new X509Certificate((await igc.issue('impostor')).certificate.der);
    expect(forged.issuer).to.equal(fort.subject);
    expect(forged.verify(fort.publicKey)).to.equal(false);
  });

  it('dates cards by the clock that it is given', async () => {
    const clock = createShiftedClock();
    clock.setMs(Date.UTC(2030, 0, 15));
    const dated = createIgc({ clock });
    const until = async (kind: CardKind) =>
      new X509Certificate((await dated.issue(kind)).certificate.der).validToDate.getUTCFullYear();
    expect([await until('cps'), await until('expired')]).to.deep.equal([2033, 2030]);
  });

  it('writes a .p12 file that OpenSSL opens with its PIN and with no other', async () => {
    const file = Buffer.from(await (await igc.issue('cps')).p12('1234'));
    expect(() => createSecureContext({ pfx: file, passphrase: '1234' })).to.not.throw();
    expect(() => createSecureContext({ pfx: file, passphrase: '4321' })).to.throw();
  });

  it('gives the card host a certificate for its names', async () => {
    const { certificate, privateKey } = await igc.host(['localhost', '127.0.0.1']);
    const host = split(certificate)[0] as X509Certificate;
    expect(host.checkHost('localhost')).to.equal('localhost');
    expect(host.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(host.checkPrivateKey(createPrivateKey(privateKey))).to.equal(true);
  });

  it('keeps its keys from one start to the next', async () => {
    const kept = await exportKeyRing(createKeyRing());
    const [one, other] = [createIgc({ keys: importKeyRing(kept) }), createIgc({ keys: importKeyRing(kept) })];
    const fort = split(await one.anchors())[1] as X509Certificate;
    const card = new X509Certificate((await other.issue('cps')).certificate.der);
    expect(card.verify(fort.publicKey)).to.equal(true);
  });
});

function split(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  return blocks.map(block => new X509Certificate(block));
}
