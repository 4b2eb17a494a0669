import path from 'node:path';
import {
  coreSection,
  defineSetting,
  line,
  oneOf,
  reader,
  shapeOf,
  wholeNumber,
  type CheckContext,
  type Given,
  type Mode,
  type Problem,
} from '#config/index.ts';
import { isIP } from 'node:net';
import type { DeclaredPeer } from './proxy.ts';

/** Where a demonstration keeps its own authorities (`scripts/demo/igc`). */
export const DEMO_FOLDER = 'igc';

const inDemo =
  (file: string) =>
  (mode: Mode, given: Given): string | undefined =>
    mode === 'demo' ? path.join(given('TROUSSEAU_DATA_DIR') ?? 'data', DEMO_FOLDER, file) : undefined;

function declaredPeer() {
  return reader<DeclaredPeer>(
    '`unix:` and the path of a socket, or addresses of proxies separated by commas',
    text => {
      const [, file] = /^unix:(\/.+)$/u.exec(text) ?? [];
      if (file !== undefined) return { kind: 'socket', file };
      const addresses = text.split(',').map(address => address.trim());
      return addresses.every(address => isIP(address) > 0) ? { kind: 'addresses', addresses } : undefined;
    },
  );
}

function headerName() {
  return reader('the name of a header', text =>
    /^[A-Za-z][A-Za-z0-9-]{2,63}$/u.test(text) ? text.toLowerCase() : undefined,
  );
}

/** How browsers reach the card host, and whose cards they show there. */
export const hostSettings = {
  anchors: defineSetting({
    env: 'TROUSSEAU_CARD_ANCHORS',
    schema: line(1, 1000).optional(),
    path: 'cwd',
    default: inDemo('anchors.pem'),
    description:
      'The authorities whose cards are accepted: a PEM file of the roots and of `AC IGC-SANTE FORT PERSONNES` and `AC IGC-SANTE STANDARD PERSONNES`. It switches sign-in by card on.',
    example: '/etc/trousseau/igc-sante.pem',
  }),
  certificate: defineSetting({
    env: 'TROUSSEAU_CARD_TLS_CERTIFICATE',
    schema: line(1, 1000).optional(),
    path: 'cwd',
    default: inDemo('host.pem'),
    description:
      'The certificate of the card host itself, its chain after it: a PEM file. Not behind a proxy.',
    example: '/etc/trousseau/carte.pem',
  }),
  privateKey: defineSetting({
    env: 'TROUSSEAU_CARD_TLS_KEY',
    schema: line(1, 1000).optional(),
    path: 'cwd',
    default: inDemo('host.key'),
    description: 'Its private key: a PEM file that only the service can read.',
    example: '/etc/trousseau/carte.key',
  }),
  maxTls: defineSetting({
    env: 'TROUSSEAU_CARD_TLS_MAX',
    schema: oneOf('TLSv1.2', 'TLSv1.3'),
    default: 'TLSv1.3',
    description:
      'The newest TLS that the card host speaks. `TLSv1.2` for establishments whose readers cannot sign by RSA-PSS, which TLS 1.3 demands.',
  }),
  perNetwork: defineSetting({
    env: 'TROUSSEAU_CARD_CONNECTIONS',
    schema: wholeNumber(10, 2_000),
    default: '200',
    description:
      'How many connections to the card host one network (an IPv4 address, an IPv6 /64) may hold at once, of 2,000 in all; a hospital behind one address needs one for each card that is being read. Not behind a proxy, which bounds its own.',
  }),
  proxy: defineSetting({
    env: 'TROUSSEAU_CARD_PROXY',
    schema: declaredPeer().optional(),
    description:
      'A proxy that ends TLS for the card host and forwards the certificate: the socket to listen on for it, or its addresses (then it comes to TROUSSEAU_CARD_PORT in clear text, with the secret below).',
    example: 'unix:/run/trousseau/card.sock',
  }),
  proxyHeader: defineSetting({
    env: 'TROUSSEAU_CARD_PROXY_HEADER',
    schema: headerName(),
    default: 'X-SSL-Client-Cert',
    description:
      'The header in which that proxy forwards it, as escaped PEM (nginx) or DER in base64 (haproxy).',
  }),
  proxySecret: defineSetting({
    env: 'TROUSSEAU_CARD_PROXY_SECRET',
    schema: line(32, 500).optional(),
    secret: true,
    description: 'What that proxy sends as `X-Trousseau-Proxy-Secret`; required with addresses.',
  }),
};

interface HostValues {
  readonly anchors: string | undefined;
  readonly certificate: string | undefined;
  readonly privateKey: string | undefined;
  readonly proxy: DeclaredPeer | undefined;
  readonly proxySecret: string | undefined;
}

/** Half a configuration is refused by the name of what is missing, or is one too many. */
export function checkHost(values: HostValues, { mode, of }: CheckContext): readonly Problem[] {
  const { anchors, certificate, privateKey, proxy, proxySecret } = values;
  const core = of(coreSection);
  const problems: Problem[] = [];
  const lacks = (setting: string, because: string) =>
    problems.push({ setting, given: 'missing', expected: `a value: ${because}` });
  const isWanted =
    [anchors, proxy, proxySecret].some(value => value !== undefined) || core?.cardUrl !== undefined;
  if (!isWanted && certificate === undefined && privateKey === undefined) return problems;
  if (mode === 'production') {
    const because = 'sign-in by card is half configured';
    if (anchors === undefined) lacks('TROUSSEAU_CARD_ANCHORS', because);
    if (core && core.cardUrl === undefined) lacks('TROUSSEAU_CARD_URL', because);
    if (proxy === undefined && certificate === undefined)
      lacks('TROUSSEAU_CARD_TLS_CERTIFICATE', 'the card host ends TLS itself, or TROUSSEAU_CARD_PROXY does');
    if (proxy === undefined && privateKey === undefined)
      lacks('TROUSSEAU_CARD_TLS_KEY', 'the card host ends TLS itself, or TROUSSEAU_CARD_PROXY does');
    if (proxy !== undefined && (certificate ?? privateKey) !== undefined)
      problems.push({
        setting: 'TROUSSEAU_CARD_TLS_CERTIFICATE',
        given: shapeOf(certificate ?? privateKey ?? ''),
        expected: 'nothing, nor a key: TROUSSEAU_CARD_PROXY ends TLS',
      });
  }
  if (core?.cardUrl !== undefined && core.cardUrl === core.issuer)
    problems.push({
      setting: 'TROUSSEAU_CARD_URL',
      given: 'the address of TROUSSEAU_ISSUER',
      expected: 'another one: one host cannot ask some for a certificate and others not',
    });
  // SECURITY: an address alone can be anybody's on that machine, and a header is easily written.
  if (proxy?.kind === 'addresses' && proxySecret === undefined)
    lacks('TROUSSEAU_CARD_PROXY_SECRET', 'proxies that come by address prove themselves');
  if (proxy === undefined && proxySecret !== undefined)
    lacks('TROUSSEAU_CARD_PROXY', 'TROUSSEAU_CARD_PROXY_SECRET is its secret');
  return problems;
}
