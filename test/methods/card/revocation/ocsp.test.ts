import { expect } from 'chai';
import fc from 'fast-check';
import { X509Certificate } from 'node:crypto';
import { createShiftedClock } from '#kernel/index.ts';
import { readIssuingCa, type IssuingCa } from '../../../../src/methods/card/revocation/issuing-ca.ts';
import { judgeOcspAnswer, type OcspQuestion } from '../../../../src/methods/card/revocation/ocsp-answer.ts';
import { certIdOf, writeOcspRequest } from '../../../../src/methods/card/revocation/ocsp-request.ts';
import { createOcspClient, type OcspClient } from '../../../../src/methods/card/revocation/ocsp.ts';
import { createIgc, type OcspBehaviour, type OcspResponder } from '../../../../scripts/demo/igc/index.ts';
import { startListServer } from './list-server.ts';

const igc = createIgc();
const REVOKED = '40c0ffee';
const UNKNOWN = '40facade';
const serial = (hex: string) => Buffer.from(hex, 'hex');
const nothingRevoked = () => false;

describe('methods/card/revocation: OCSP', () => {
  let issuer: { ca: IssuingCa; certificate: X509Certificate };
  let responder: OcspResponder;
  let clock = createShiftedClock();

  before(async () => {
    const authority = await igc.authority('fort');
    const certificate = new X509Certificate(Buffer.from(authority.certificate.rawData));
    issuer = { ca: readIssuingCa(certificate), certificate };
    responder = await igc.startOcsp('fort', asked =>
      asked === REVOKED ? 'revoked' : asked === UNKNOWN ? 'unknown' : 'good',
    );
  });
  beforeEach(() => {
    clock = createShiftedClock();
    responder.behave('answer');
  });
  after(() => responder.close());

  const client = (changes: Partial<Parameters<typeof createOcspClient>[0]> = {}): OcspClient =>
    createOcspClient({ url: responder.url, sendsNonce: true, clock, fetch, ...changes });

  async function outcome(
    hex: string,
    asking = client(),
    isRevoked: (one: Uint8Array) => boolean = nothingRevoked,
  ) {
    const answer = await asking.ask(issuer, serial(hex), isRevoked);
    return answer.ok ? answer.status : answer.code;
  }

  it('says good, revoked, and nothing of what the responder does not know', async () => {
    expect(await outcome('01')).to.equal('good');
    // The octet of the sign is added and taken away.
    expect(await outcome('c0ffee')).to.equal('good');
    expect(await outcome(REVOKED)).to.equal('revoked');
    expect(await outcome(UNKNOWN)).to.equal('card.ocsp_unknown');
  });

  const refused: readonly (readonly [OcspBehaviour, string])[] = [
    ['forged', 'card.ocsp_signature'],
    ['stale', 'card.ocsp_stale'],
    ['not-a-responder', 'card.ocsp_responder'],
    ['other-certificate', 'card.ocsp_unknown'],
    ['other-nonce', 'card.ocsp_nonce'],
    ['no-nonce', 'card.ocsp_nonce'],
    ['try-later', 'card.ocsp_refused'],
    ['failure', 'card.ocsp_unreachable'],
    ['garbage', 'card.ocsp_malformed'],
  ];
  for (const [behaviour, code] of refused) {
    it(`believes no responder that behaves so: ${behaviour}`, async () => {
      responder.behave(behaviour);
      expect(await outcome('01')).to.equal(code);
    });
  }

  it('takes an answer without a nonce only where none was sent', async () => {
    responder.behave('no-nonce');
    expect(await outcome('01', client({ sendsNonce: false }))).to.equal('good');
  });

  it('waits no longer than the time-out', async function () {
    // The bound is ours, the machine is shared: an unlucky pause of the whole process is not a failure.
    this.retries(2);
    responder.behave('silent');
    const startedMs = performance.now();
    expect(await outcome('01', client({ timeoutMs: 200 }))).to.equal('card.ocsp_timeout');
    expect(performance.now() - startedMs).to.be.lessThan(3000);
  });

  it('follows no redirection, and reads no endless answer', async () => {
    const server = await startListServer((_request, response) =>
      response.writeHead(307, { location: responder.url }).end(),
    );
    try {
      expect(await outcome('01', client({ url: server.url }))).to.equal('card.ocsp_unreachable');
      server.answer = (_request, response) => response.end(Buffer.alloc(1024 * 1024));
      expect(await outcome('01', client({ url: server.url }))).to.equal('card.ocsp_malformed');
    } finally {
      await server.close();
    }
  });

  it('believes no responder of another authority', async () => {
    const other = await igc.startOcsp('standard', () => 'good');
    try {
      expect(await outcome('01', client({ url: other.url }))).to.equal('card.ocsp_responder');
    } finally {
      await other.close();
    }
  });

  it('believes no responder whose certificate is on the list of its authority', async () => {
    expect(await outcome('01', client(), () => true)).to.equal('card.ocsp_responder');
  });

  it('asks once for all who ask at the same time, and again only after some minutes', async () => {
    const before = responder.requests();
    const asking = client();
    const answers = await Promise.all(Array.from({ length: 50 }, () => outcome('0a', asking)));
    expect(new Set(answers)).to.deep.equal(new Set(['good']));
    clock.advance(290);
    await outcome('0a', asking);
    expect(responder.requests() - before).to.equal(1);
    clock.advance(20);
    await outcome('0a', asking);
    expect(responder.requests() - before).to.equal(2);
  });

  it('remembers no failure, and tells of the last one', async () => {
    const asking = client();
    responder.behave('failure');
    await outcome('0b', asking);
    expect(asking.health().lastError?.code).to.equal('card.ocsp_unreachable');
    responder.behave('answer');
    expect(await outcome('0b', asking)).to.equal('good');
    expect(asking.health().answeredAt).to.be.a('number');
  });

  describe('an answer', () => {
    let answer: Uint8Array;
    let question: OcspQuestion;

    before(async () => {
      const certId = certIdOf(issuer.ca, serial('0c'));
      const response = await fetch(responder.url, {
        method: 'POST',
        body: new Uint8Array(writeOcspRequest(certId, null)),
      });
      answer = new Uint8Array(await response.arrayBuffer());
      const now = Math.floor(Date.now() / 1000);
      const { ca, certificate } = issuer;
      question = { ca, caCertificate: certificate, certId, nonce: null, now, isRevoked: nothingRevoked };
    });

    it('is believed to its end, and not before its time', () => {
      const at = (offset: number) => {
        const judged = judgeOcspAnswer(answer, { ...question, now: question.now + offset });
        return judged.ok ? judged.status : judged.code;
      };
      expect(at(0)).to.equal('good');
      expect(at(3600)).to.equal('good');
      expect(at(3600 + 400)).to.equal('card.ocsp_stale');
      expect(at(-400)).to.equal('card.ocsp_stale');
    });

    it('is never about another serial number', () => {
      const judged = judgeOcspAnswer(answer, { ...question, certId: certIdOf(issuer.ca, serial('0d')) });
      expect(judged.ok).to.equal(false);
    });

    it('cut short or with anything behind it is not believed', () => {
      for (let length = 0; length < answer.length; length += 1)
        expect(judgeOcspAnswer(answer.subarray(0, length), question).ok, `${length} octets`).to.equal(false);
      expect(judgeOcspAnswer(Buffer.concat([answer, Buffer.of(0)]), question).ok).to.equal(false);
    });

    it('with a changed octet never says more than it said, and never throws', () => {
      fc.assert(
        fc.property(fc.nat(answer.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const copy = Uint8Array.from(answer);
          copy[at] = (copy[at] ?? 0) ^ change;
          const judged = judgeOcspAnswer(copy, question);
          // Octets that nobody signed and nothing rests on may change: of certificates that are not the responder's.
          return !judged.ok || judged.status === 'good';
        }),
        { numRuns: 500 },
      );
    });

    it('of random bytes is not believed', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 600 }), bytes => !judgeOcspAnswer(bytes, question).ok),
      );
    });
  });
});
