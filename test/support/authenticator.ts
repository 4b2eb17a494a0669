import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';

/** COSE: ES256, EdDSA, RS256. */
export type Algorithm = -7 | -8 | -257;

/** What an answer is made to say; by default what an honest browser and authenticator say. */
export interface Lie {
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly isPresent?: boolean;
  readonly isVerified?: boolean;
  readonly isSyncable?: boolean;
  readonly isBackedUp?: boolean;
  readonly counter?: number;
  readonly userHandle?: string | null;
  readonly id?: string;
  readonly format?: string;
  readonly statement?: Cbor;
  /** The new key signs its own attestation (`packed`, without certificate). */
  readonly attestsItself?: boolean;
}

interface CreationOptions {
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
  readonly challenge: string;
}

interface RequestOptions {
  readonly rpId: string;
  readonly challenge: string;
}

/** A passkey in software and the browser around it: real keys, real CBOR, real signatures. */
export interface Authenticator {
  readonly id: string;
  /** The answer of `navigator.credentials.create`, as the page's script posts it. */
  attest(options: unknown, lie?: Lie): string;
  /** The answer of `navigator.credentials.get`. */
  assert(options: unknown, lie?: Lie): string;
}

export function createAuthenticator(
  origin: string,
  made: { readonly algorithm?: Algorithm; readonly isSyncable?: boolean; readonly counts?: boolean } = {},
): Authenticator {
  const { algorithm = -7, isSyncable = false, counts = true } = made;
  const { privateKey, cose } = makeKey(algorithm);
  const rawId = randomBytes(16);
  const id = rawId.toString('base64url');
  let counter = 0;
  let userHandle: string | null = null;

  function clientData(type: string, challenge: string, lie: Lie): Buffer {
    const { crossOrigin = false } = lie;
    return Buffer.from(
      JSON.stringify({
        type: lie.type ?? type,
        challenge: lie.challenge ?? challenge,
        origin: lie.origin ?? origin,
        crossOrigin,
      }),
    );
  }

  function authenticatorData(rpId: string, lie: Lie, attested?: Buffer): Buffer {
    if (counts) counter += 1;
    const syncable = lie.isSyncable ?? isSyncable;
    const flags =
      (lie.isPresent === false ? 0 : 0x01) |
      (lie.isVerified === false ? 0 : 0x04) |
      (syncable ? 0x08 : 0) |
      ((lie.isBackedUp ?? syncable) ? 0x10 : 0) |
      (attested ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(lie.counter ?? counter);
    return Buffer.concat([
      sha256(lie.rpId ?? rpId),
      Buffer.from([flags]),
      count,
      ...(attested ? [attested] : []),
    ]);
  }

  const signed = (data: Buffer, client: Buffer) =>
    sign(algorithm === -8 ? null : 'sha256', Buffer.concat([data, sha256(client)]), privateKey);

  return {
    id,
    attest(options, lie = {}) {
      const { rp, user, challenge } = options as CreationOptions;
      userHandle = user.id;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(rawId.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, rawId, encode(cose)]);
      const client = clientData('webauthn.create', challenge, lie);
      const data = authenticatorData(rp.id, lie, attested);
      const own = new Map<string, Cbor>([
        ['alg', algorithm],
        ['sig', signed(data, client)],
      ]);
      const attestation = new Map<string, Cbor>([
        ['fmt', lie.format ?? (lie.attestsItself ? 'packed' : 'none')],
        ['attStmt', lie.statement ?? (lie.attestsItself ? own : new Map())],
        ['authData', data],
      ]);
      return JSON.stringify({
        id: lie.id ?? id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          attestationObject: encode(attestation).toString('base64url'),
          transports: ['internal'],
        },
      });
    },
    assert(options, lie = {}) {
      const { rpId, challenge } = options as RequestOptions;
      const client = clientData('webauthn.get', challenge, lie);
      const data = authenticatorData(rpId, lie);
      const handle = lie.userHandle === undefined ? userHandle : lie.userHandle;
      return JSON.stringify({
        id: lie.id ?? id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signed(data, client).toString('base64url'),
          ...(handle === null ? {} : { userHandle: handle }),
        },
      });
    },
  };
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

type Cbor = number | string | Buffer | Map<string | number, Cbor>;

/** As much CBOR (RFC 8949) as authenticators write. */
export function encode(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([
    head(5, value.size),
    ...[...value].flatMap(([key, item]) => [encode(key), encode(item)]),
  ]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 0xff]);
}

function makeKey(algorithm: Algorithm): {
  readonly privateKey: KeyObject;
  readonly cose: Map<number, Cbor>;
} {
  const bytes = (text = '') => Buffer.from(text, 'base64url');
  const jwkOf = (key: KeyObject) => createPublicKey(key).export({ format: 'jwk' });
  if (algorithm === -257) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = jwkOf(privateKey);
    return {
      privateKey,
      cose: new Map<number, Cbor>([
        [1, 3],
        [3, -257],
        [-1, bytes(n)],
        [-2, bytes(e)],
      ]),
    };
  }
  if (algorithm === -8) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const { x } = jwkOf(privateKey);
    return {
      privateKey,
      cose: new Map<number, Cbor>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(x)],
      ]),
    };
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = jwkOf(privateKey);
  return {
    privateKey,
    cose: new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ]),
  };
}
