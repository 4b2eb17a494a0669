import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { equalsInConstantTime } from '#kernel/index.ts';

/** What the declared proxy says about the certificate that a relying party has shown it. */
export interface ClientCertificates {
  /** The certificate in PEM; `undefined` for none, and for a header of anybody but the proxy. */
  pem(request: IncomingMessage): string | undefined;
  /** The proxy has verified its chain and that it is neither expired nor revoked. */
  isVerified(request: IncomingMessage): boolean;
  /** SPEC: RFC 8705 §2.1.2: the subject is exactly `expected`, in the string form of RFC 4514. */
  hasSubject(request: IncomingMessage, expected: string): boolean;
}

const SECRET_HEADER = 'x-trousseau-proxy-secret';
/** URL-encoded PEM: nginx's `$ssl_client_escaped_cert`. */
const CERTIFICATE_HEADER = 'x-client-cert';
/** `SUCCESS`: nginx's `$ssl_client_verify`. */
const VERIFY_HEADER = 'x-client-verify';

/**
 * Client certificates of relying parties, which end at the proxy with TLS. SECURITY: a certificate is public, so a
 * header that carries one proves nothing (trap 15): it counts only beside the secret that this proxy and we share.
 */
export function createClientCertificates(secret: string): ClientCertificates {
  const header = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? '');
  const isProxy = (request: IncomingMessage) => equalsInConstantTime(header(request, SECRET_HEADER), secret);

  function certificate(request: IncomingMessage): X509Certificate | undefined {
    if (!isProxy(request) || header(request, CERTIFICATE_HEADER) === '') return undefined;
    try {
      return new X509Certificate(decodeURIComponent(header(request, CERTIFICATE_HEADER)));
    } catch {
      // Not a certificate: as good as none.
      return undefined;
    }
  }

  return {
    pem: request => certificate(request)?.toString(),
    isVerified: request => isProxy(request) && header(request, VERIFY_HEADER) === 'SUCCESS',
    hasSubject(request, expected) {
      const subject = certificate(request)?.subject.split('\n').toReversed();
      const wanted = parseName(expected);
      return (
        subject !== undefined &&
        subject.length === wanted.length &&
        subject.every((part, index) => part === wanted[index])
      );
    },
  };
}

/** The parts of an RFC 4514 name, last part of the certificate first. */
function parseName(name: string): readonly string[] {
  return name.split(/(?<!\\),/u).map(part => part.trim().replace(/\\(?=[,+"\\<>;])/gu, ''));
}
