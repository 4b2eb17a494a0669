import { expect } from 'chai';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as pkijs from 'pkijs';
import {
  createIgc,
  type IssuedCard,
  type OcspBehaviour,
  type OcspResponder,
} from '../../scripts/demo/igc/index.ts';
import { X509Crl } from '../../scripts/demo/igc/x509.ts';

const igc = createIgc();

describe('Revocation in the imitation of IGC-Santé', () => {
  let cards: Record<'good' | 'revoked' | 'unknown', IssuedCard>;
  let responder: OcspResponder;
  let issuer: pkijs.Certificate;

  before(async () => {
    const [good, revoked, unknown] = [await igc.issue('cps'), await igc.issue('cps'), await igc.issue('cps')];
    cards = { good, revoked, unknown };
    issuer = certificateOf((await igc.authority('fort')).certificate.rawData);
    responder = await igc.startOcsp('fort', serial => {
      if (serial === cards.revoked.certificate.serial) return 'revoked';
      return serial === cards.good.certificate.serial ? 'good' : 'unknown';
    });
  });
  after(() => responder.close());

  it('is told by a list that the authority signed, with its number and its dates', async () => {
    const { publicKey } = (await igc.authority('fort')).keys;
    const thisUpdateMs = Date.UTC(2030, 0, 1);
    const list = new X509Crl(
      await igc.crl('fort', [cards.revoked.certificate.serial], {
        thisUpdateMs,
        nextUpdateMs: thisUpdateMs + 3_600_000,
      }),
    );
    expect(await list.verify({ publicKey })).to.equal(true);
    expect(list.findRevoked(cards.revoked.certificate.serial)).to.not.equal(null);
    expect(list.findRevoked(cards.good.certificate.serial)).to.equal(null);
    expect(list.nextUpdate?.toISOString()).to.equal('2030-01-01T01:00:00.000Z');

    const forged = await igc.crl('fort', [], { signWith: cards.good.keys.privateKey });
    expect(await new X509Crl(forged).verify({ publicKey })).to.equal(false);
  });

  it('is told by a responder that the authority named', async () => {
    responder.behave('answer');
    for (const [status, card] of Object.entries(cards)) {
      const answer = await ask(card);
      expect(await answer.verify({ trustedCerts: [issuer], issuerCerts: [issuer] })).to.equal(true);
      const found = await answer.getCertificateStatus(certificateOf(card.certificate.der), issuer);
      expect(found).to.deep.equal({
        isForCertificate: true,
        status: { good: 0, revoked: 1, unknown: 2 }[status],
      });
    }
  });

  it('may be told falsely, for tests', async () => {
    const isBelieved = async (behaviour: OcspBehaviour) => {
      responder.behave(behaviour);
      const answer = await ask(cards.good);
      const isSigned = await answer
        .verify({ trustedCerts: [issuer], issuerCerts: [issuer] })
        .catch(() => false);
      const next = answer.tbsResponseData.responses[0]?.nextUpdate?.getTime() ?? 0;
      const status = await answer.getCertificateStatus(certificateOf(cards.good.certificate.der), issuer);
      return isSigned && next > Date.now() && status.isForCertificate;
    };
    expect(await isBelieved('answer')).to.equal(true);
    expect(await isBelieved('forged')).to.equal(false);
    expect(await isBelieved('stale')).to.equal(false);
    expect(await isBelieved('other-certificate')).to.equal(false);
  });

  it('may be told by nobody, for tests', async () => {
    responder.behave('failure');
    expect((await post(new ArrayBuffer())).status).to.equal(500);
    responder.behave('silent');
    const before = responder.requests();
    const asker = new AbortController();
    const error = fetch(responder.url, { method: 'POST', signal: asker.signal }).catch(
      (reason: unknown) => reason,
    );
    while (responder.requests() === before) await nextTurn();
    asker.abort();
    expect(await error).to.have.property('name', 'AbortError');
  });

  async function ask(card: IssuedCard): Promise<pkijs.BasicOCSPResponse> {
    const request = new pkijs.OCSPRequest();
    await request.createForCertificate(certificateOf(card.certificate.der), {
      hashAlgorithm: 'SHA-1',
      issuerCertificate: issuer,
    });
    const answer = await post(request.toSchema(true).toBER());
    const response = pkijs.OCSPResponse.fromBER(await answer.arrayBuffer());
    return pkijs.BasicOCSPResponse.fromBER(
      response.responseBytes?.response.valueBlock.valueHex ?? new ArrayBuffer(),
    );
  }

  function post(body: ArrayBuffer): Promise<Response> {
    return fetch(responder.url, {
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request' },
      body,
    });
  }
});

function certificateOf(der: ArrayBuffer | Uint8Array): pkijs.Certificate {
  return pkijs.Certificate.fromBER(Uint8Array.from(new Uint8Array(der)).buffer);
}
