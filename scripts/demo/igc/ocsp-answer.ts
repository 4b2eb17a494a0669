import { Constructed, Enumerated, GeneralizedTime, Integer, OctetString, Primitive } from 'asn1js';
import * as pkijs from 'pkijs';
import { createHash, randomBytes, type webcrypto } from 'node:crypto';
import type { Authority } from './authorities.ts';
import { RSA_SHA256 } from './keys.ts';
import type { OcspBehaviour, OcspStatus } from './ocsp.ts';
import * as x509 from './x509.ts';

const NONCE = '1.3.6.1.5.5.7.48.1.2';
const BASIC = '1.3.6.1.5.5.7.48.1.1';
const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** A certificate for the responder: with the right to answer for its authority (RFC 6960 §4.2.2.2), or without. */
export async function issueResponder(
  authority: Authority,
  keys: webcrypto.CryptoKeyPair,
  nowMs: number,
  mayAnswer: boolean,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    subject: [{ C: ['FR'] }, { O: ['ASIP-SANTE'] }, { CN: ['TEST OCSP IGC-SANTE'] }],
    issuer: authority.certificate.subjectName.toJSON(),
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + 365 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: RSA_SHA256,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        mayAnswer ? x509.ExtendedKeyUsage.ocspSigning : x509.ExtendedKeyUsage.clientAuth,
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
}

/** The answer to a request that names one certificate or more. */
export async function answerOcsp(
  der: Uint8Array,
  options: {
    nowMs: number;
    behaviour: OcspBehaviour;
    statusOf: (serial: string) => OcspStatus;
    certificate: x509.X509Certificate;
    signingKey: webcrypto.CryptoKey;
  },
): Promise<Uint8Array> {
  const { nowMs, behaviour, certificate } = options;
  const request = pkijs.OCSPRequest.fromBER(Uint8Array.from(der).buffer);
  const thisUpdateMs = behaviour === 'stale' ? nowMs - 2 * DAY_MS : nowMs;
  const responder = pkijs.Certificate.fromBER(certificate.rawData);
  const answer = new pkijs.BasicOCSPResponse({ certs: [responder] });
  answer.tbsResponseData.responderID = keyHashOf(responder);
  answer.tbsResponseData.producedAt = wholeSeconds(thisUpdateMs);
  answer.tbsResponseData.responses = request.tbsRequest.requestList.map(({ reqCert }) => {
    const serial = Buffer.from(reqCert.serialNumber.valueBlock.valueHexView);
    const status = statusBlock(options.statusOf(trimmedHex(serial)), thisUpdateMs);
    if (behaviour === 'other-certificate') {
      serial[serial.length - 1] = (serial.at(-1) ?? 0) ^ 1;
      reqCert.serialNumber = new Integer({ valueHex: Uint8Array.from(serial).buffer });
    }
    return new pkijs.SingleResponse({
      certID: reqCert,
      certStatus: status,
      thisUpdate: wholeSeconds(thisUpdateMs),
      nextUpdate: wholeSeconds(thisUpdateMs + HOUR_MS),
    });
  });
  const nonce = request.tbsRequest.requestExtensions?.find(({ extnID }) => extnID === NONCE);
  if (nonce && behaviour !== 'no-nonce') {
    const value = behaviour === 'other-nonce' ? otherNonce() : nonce.extnValue.valueBlock.valueHex;
    answer.tbsResponseData.responseExtensions = [new pkijs.Extension({ extnID: NONCE, extnValue: value })];
  }
  await answer.sign(options.signingKey, 'SHA-256');
  const response = new pkijs.OCSPResponse({
    responseStatus: new Enumerated({ value: 0 }),
    responseBytes: new pkijs.ResponseBytes({
      responseType: BASIC,
      response: new OctetString({ valueHex: answer.toSchema().toBER() }),
    }),
  });
  return new Uint8Array(response.toSchema().toBER());
}

/** An answer without a body: 1 malformed request, 3 try later (RFC 6960 §4.2.1). */
export function unsuccessfulAnswer(status: number): Uint8Array {
  const response = new pkijs.OCSPResponse({ responseStatus: new Enumerated({ value: status }) });
  return new Uint8Array(response.toSchema().toBER());
}

function statusBlock(status: OcspStatus, revokedAtMs: number): Primitive | Constructed {
  if (status === 'revoked') {
    return new Constructed({
      idBlock: { tagClass: 3, tagNumber: 1 },
      value: [new GeneralizedTime({ valueDate: wholeSeconds(revokedAtMs) })],
    });
  }
  return new Primitive({ idBlock: { tagClass: 3, tagNumber: status === 'good' ? 0 : 2 } });
}

function keyHashOf(certificate: pkijs.Certificate): OctetString {
  const key = certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  const hash = createHash('sha1').update(key).digest();
  return new OctetString({ valueHex: Uint8Array.from(hash).buffer });
}

function otherNonce(): ArrayBuffer {
  return new OctetString({ valueHex: Uint8Array.from(randomBytes(16)).buffer }).toBER();
}

/** Without the zero byte that keeps a positive INTEGER positive: as `X509Certificate.serialNumber` writes it. */
function trimmedHex(serial: Buffer): string {
  return serial.toString('hex').replace(/^(?:00)+(?=..)/u, '');
}

/** RFC 6960 §4.2.2.1 and RFC 5280 §4.1.2.5.2: no fraction of a second. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
