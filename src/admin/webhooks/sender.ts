import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { undeliverable } from '#notify/index.ts';
import { AppError } from '#kernel/index.ts';

const TIMEOUT_MS = 5_000;
/** What is read of an answer before the connection is cut: its body tells us nothing. */
const MAX_ANSWER_BYTES = 1024;

/** Posts to addresses that others have chosen. */
export interface Sender {
  /**
   * Resolves on a 2xx answer within five seconds. Throws `notify.undeliverable` when the receiver is gone (410) or may
   * not be called at all, else `admin.webhook_failed`. SECURITY: redirects are not followed.
   */
  post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Pushes a Security Event Token (RFC 8935): resolves on 202. Throws as `post`, and `notify.undeliverable` when the
   * receiver says in an `err` that it will never take this token (400).
   */
  push(url: string, token: string): Promise<void>;
  /** Why this may be no address of a receiver: a French sentence, or `null`. Names are resolved at each call only. */
  problemOf(url: string): string | null;
}

/** `internalHosts`: `host` or `host:port` that the operator has named; they may be private and without TLS. */
export function createSender({ internalHosts }: { readonly internalHosts: readonly string[] }): Sender {
  const allowed = new Set(internalHosts.map(host => host.toLowerCase()));
  const isInternal = ({ host, hostname }: URL) => allowed.has(host) || allowed.has(hostname);

  function problemOf(text: string): string | null {
    if (!URL.canParse(text)) return 'Écrivez une adresse complète, telle que https://exemple.fr/evenements.';
    const url = new URL(text);
    if (url.username !== '' || url.password !== '' || url.hash !== '')
      return 'L’adresse ne peut contenir ni identifiant, ni mot de passe, ni « # ».';
    if (isInternal(url) && /^https?:$/u.test(url.protocol)) return null;
    if (url.protocol !== 'https:') return 'L’adresse commence par https://.';
    const literal = url.hostname.replace(/^\[|\]$/gu, '');
    if (url.hostname === 'localhost' || (isIP(literal) > 0 && isSpecialUse(literal)))
      return 'Cette adresse est celle d’un réseau privé que l’exploitant n’a pas autorisé.';
    return null;
  }

  /** Resolves when the answer begins; its body is read by who wants it, up to a bound. */
  function call(
    text: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> {
    if (problemOf(text) !== null) return Promise.reject(undeliverable('the address may not be called'));
    const url = new URL(text);
    const options: RequestOptions = {
      method: 'POST',
      headers: { 'content-length': Buffer.byteLength(body), 'user-agent': 'Trousseau', ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      agent: false,
      ...(isInternal(url) ? {} : { lookup: publicLookup }),
    };
    return new Promise((resolve, reject) => {
      const request = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
      request.on('error', cause => reject(failed('no answer', cause)));
      request.once('response', resolve);
      request.end(body);
    });
  }

  return {
    problemOf,
    async post(url, body, headers) {
      const response = await call(url, body, { 'content-type': 'application/json', ...headers });
      // The answer stands in its first line; what becomes of the rest changes nothing.
      void startOf(response);
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) return;
      throw statusCode === 410 ? undeliverable('gone (410)') : failed(`answered ${statusCode}`);
    },
    async push(url, token) {
      const response = await call(url, token, {
        'content-type': 'application/secevent+jwt',
        accept: 'application/json',
      });
      const start = startOf(response);
      const { statusCode = 0 } = response;
      if (statusCode === 202) return;
      if (statusCode === 410) throw undeliverable('gone (410)');
      const refusal = statusCode === 400 ? refusalIn(await start) : undefined;
      throw refusal === undefined ? failed(`answered ${statusCode}`) : undeliverable(refusal);
    },
  };
}

/** The beginning of the answer's body; the connection is cut behind it. Never rejects. */
function startOf(response: IncomingMessage): Promise<string> {
  return new Promise(resolve => {
    const parts: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      parts.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) response.destroy();
    });
    response.on('error', () => undefined);
    response.once('close', () => resolve(Buffer.concat(parts).toString()));
  });
}

/** SPEC: RFC 8935 §2.3: `err`, a registered code; without one, the answer is no refusal of that standard. */
function refusalIn(text: string): string | undefined {
  try {
    const { err } = JSON.parse(text) as { readonly err?: unknown };
    return typeof err === 'string' && /^[a-z_]{1,40}$/u.test(err) ? `refused: ${err}` : undefined;
  } catch {
    return undefined;
  }
}

/** SECURITY: judged on the addresses that are then connected to: a name that changes in between gains nothing. */
const publicLookup: NonNullable<RequestOptions['lookup']> = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => isSpecialUse(address)))
      return callback(Object.assign(new Error('special-use address'), { code: 'EADDRNOTAVAIL' }), '', 0);
    if (options.all) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};

// SPEC: IANA special-purpose registries (RFC 6890 and its updates).
const SPECIAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv6');

/** True for loopback, private, link-local, documentation and multicast addresses; mapped IPv4 counts as IPv4. */
export function isSpecialUse(address: string): boolean {
  return SPECIAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function failed(detail: string, cause?: unknown): AppError {
  return new AppError({
    code: 'admin.webhook_failed',
    status: 502,
    publicMessage: 'Le destinataire n’a pas accepté l’événement.',
    detail,
    ...(cause !== undefined && { cause }),
  });
}
