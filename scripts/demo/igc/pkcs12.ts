import { BmpString, OctetString } from 'asn1js';
import * as pkijs from 'pkijs';
import { randomBytes } from 'node:crypto';

/** As openssl's default: an attacker of a demonstration's file would find fictional people only. */
const ITERATIONS = 2048;

interface Content {
  readonly label: string;
  /** DER; the holder's first, then what leads to the root. */
  readonly certificates: readonly Uint8Array[];
  /** DER, PKCS#8. */
  readonly privateKey: Uint8Array;
  readonly password: string;
}

/** Writes a `.p12` file (RFC 7292) that browsers and openssl read: AES-256 under PBKDF2, integrity by HMAC-SHA-256. */
export async function writePkcs12({
  label,
  certificates,
  privateKey,
  password,
}: Content): Promise<Uint8Array> {
  const secret = buffer(Buffer.from(password, 'utf8'));
  const localKeyId = new OctetString({ valueHex: buffer(randomBytes(20)) });
  const attributes = [
    new pkijs.Attribute({ type: '1.2.840.113549.1.9.20', values: [new BmpString({ value: label })] }),
    new pkijs.Attribute({ type: '1.2.840.113549.1.9.21', values: [localKeyId] }),
  ];
  const key = new pkijs.PKCS8ShroudedKeyBag({
    parsedValue: pkijs.PrivateKeyInfo.fromBER(buffer(privateKey)),
  });
  await key.makeInternalValues({
    password: secret,
    contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
    hmacHashAlgorithm: 'SHA-256',
    iterationCount: ITERATIONS,
  });
  const file = new pkijs.PFX({
    parsedValue: {
      integrityMode: 0,
      authenticatedSafe: new pkijs.AuthenticatedSafe({
        parsedValue: {
          safeContents: [
            {
              privacyMode: 0,
              value: new pkijs.SafeContents({
                safeBags: [
                  new pkijs.SafeBag({
                    bagId: '1.2.840.113549.1.12.10.1.2',
                    bagValue: key,
                    bagAttributes: attributes,
                  }),
                ],
              }),
            },
            {
              privacyMode: 1,
              value: new pkijs.SafeContents({
                safeBags: certificates.map(
                  (der, index) =>
                    new pkijs.SafeBag({
                      bagId: '1.2.840.113549.1.12.10.1.3',
                      bagValue: new pkijs.CertBag({
                        parsedValue: pkijs.Certificate.fromBER(buffer(der)),
                      }),
                      ...(index === 0 ? { bagAttributes: attributes } : {}),
                    }),
                ),
              }),
            },
          ],
        },
      }),
    },
  });
  await file.parsedValue?.authenticatedSafe?.makeInternalValues({
    safeContents: [
      {},
      {
        password: secret,
        contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
        hmacHashAlgorithm: 'SHA-256',
        iterationCount: ITERATIONS,
      },
    ],
  });
  await file.makeInternalValues({
    password: secret,
    iterations: ITERATIONS,
    pbkdf2HashAlgorithm: 'SHA-256',
    hmacHashAlgorithm: 'SHA-256',
  });
  return new Uint8Array(file.toSchema().toBER());
}

/** A copy with a buffer of its own: Node's small buffers share one. */
function buffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
