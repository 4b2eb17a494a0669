import { existsSync } from 'node:fs';
import path from 'node:path';
import { demoSecretsFile } from './demo-secrets.ts';
import { shapeOf, type Problem } from './problem.ts';
import { defineSection, defineSetting, type Given, type Mode } from './section.ts';
import { flag, isLoopback, line, oneOf, origin, port, sealKeys, storeUrl, wholeNumber } from './values.ts';

const DEFAULT_PORT = '3000';
const DEFAULT_CARD_PORT = '3443';
const DEFAULT_DATA_DIR = 'data';

const inDemo =
  (text: (given: Given) => string) =>
  (mode: Mode, given: Given): string | undefined =>
    mode === 'demo' ? text(given) : undefined;

/** A demonstration's address on the port that is given; a wrong port is reported once, as itself. */
function localhost(scheme: 'http' | 'https', given: string | undefined, fallback: string): string {
  return `${scheme}://localhost:${port().safeParse(given).success ? given : fallback}`;
}

/** What a public address must be in each mode: a demonstration is never reachable, production never in clear. */
function refuseAddress(address: string, mode: Mode): string | undefined {
  const { protocol, hostname } = new URL(address);
  if (mode === 'production') return protocol === 'https:' ? undefined : 'an https address in production mode';
  return isLoopback(hostname)
    ? undefined
    : 'an address of this machine (`localhost`) in demo mode: it has known passwords';
}

/** What belongs to the service as a whole and to no module. */
export const coreSection = defineSection('core', {
  title: 'Service',
  settings: {
    mode: defineSetting({
      env: 'TROUSSEAU_MODE',
      schema: oneOf('demo', 'production'),
      default: mode => mode,
      description:
        'How the service runs. Without it: `demo`, unless one of the settings marked “deployment” below is given, then `production`.',
    }),
    nodeEnv: defineSetting({
      env: 'NODE_ENV',
      schema: line().optional(),
      description:
        'Read only to refuse a demonstration where other software believes that it is in production.',
      refuse: (value, mode) =>
        mode === 'demo' && value === 'production' ? 'anything but `production` in demo mode' : undefined,
    }),
    label: defineSetting({
      env: 'TROUSSEAU_LABEL',
      schema: oneOf('production', 'formation', 'demonstration'),
      default: mode => (mode === 'demo' ? 'demonstration' : 'production'),
      description:
        'The label on every page. `formation` is a training base: its own issuer, data and keys; it refuses the relying parties of production.',
      refuse: (value, mode) =>
        mode === 'production' && value === 'demonstration'
          ? '`production` or `formation` in production mode'
          : undefined,
    }),
    issuer: defineSetting({
      env: 'TROUSSEAU_ISSUER',
      schema: origin(),
      identity: true,
      default: inDemo(given => localhost('http', given('TROUSSEAU_PORT'), DEFAULT_PORT)),
      description:
        'The public address of the service, and the `iss` of its tokens. In demo mode it follows the port.',
      example: 'https://connexion.region.example',
      refuse: refuseAddress,
    }),
    host: defineSetting({
      env: 'TROUSSEAU_HOST',
      schema: line(1, 255),
      default: '127.0.0.1',
      description: 'The address to listen on. Behind a proxy of another machine: `0.0.0.0` or `::`.',
      refuse: (value, mode) =>
        mode === 'demo' && !isLoopback(value)
          ? 'an address of this machine (`127.0.0.1`) in demo mode'
          : undefined,
    }),
    port: defineSetting({
      env: 'TROUSSEAU_PORT',
      schema: port(),
      default: DEFAULT_PORT,
      description: 'The port of the identity provider. It speaks http: TLS ends at the proxy.',
    }),
    cardPort: defineSetting({
      env: 'TROUSSEAU_CARD_PORT',
      schema: port(),
      default: DEFAULT_CARD_PORT,
      description: 'The port of the card host (mutual TLS).',
    }),
    cardUrl: defineSetting({
      env: 'TROUSSEAU_CARD_URL',
      schema: origin().optional(),
      identity: true,
      default: inDemo(given => localhost('https', given('TROUSSEAU_CARD_PORT'), DEFAULT_CARD_PORT)),
      description: 'The public address of the card host. Without it there is no sign-in by card.',
      example: 'https://carte.region.example',
      refuse: (value, mode) => (value === undefined ? undefined : refuseAddress(value, mode)),
    }),
    dataDir: defineSetting({
      env: 'TROUSSEAU_DATA_DIR',
      schema: line(1, 1000),
      path: 'cwd',
      default: DEFAULT_DATA_DIR,
      description:
        'The folder of what the service keeps outside the store: audit checkpoints, and in demo mode everything.',
    }),
    storeUrl: defineSetting({
      env: 'TROUSSEAU_STORE_URL',
      schema: storeUrl(),
      identity: true,
      secret: true,
      default: inDemo(
        given => `sqlite:${path.join(given('TROUSSEAU_DATA_DIR') ?? DEFAULT_DATA_DIR, 'trousseau.db')}`,
      ),
      description: 'Where the data lives: `sqlite:PATH` (one instance) or `mongodb://…` (several).',
      example: 'mongodb://trousseau@db.region.example/trousseau?replicaSet=rs0',
    }),
    sealKeys: defineSetting({
      env: 'TROUSSEAU_SEAL_KEYS',
      schema: sealKeys().optional(),
      identity: true,
      secret: true,
      requiredIn: 'production',
      description:
        'Keys that seal the secrets at rest; the first seals, all open. Make one: `printf "k1:%s\\n" "$(openssl rand 32 | basenc --base64url | tr -d =)"`. In demo mode one is made and kept in the data folder.',
      example: 'k2:…43 characters…,k1:…43 characters…',
      refuse: (keys, mode) =>
        mode === 'production' && keys?.some(({ id }) => id.startsWith('demo'))
          ? 'keys of your own: those of a demonstration are refused in production mode'
          : undefined,
    }),
    regionFile: defineSetting({
      env: 'TROUSSEAU_REGION_FILE',
      schema: line(1, 1000).optional(),
      path: 'product',
      default: inDemo(() => 'scripts/demo/region.json'),
      description:
        'The region to import at start (again and again without harm). In demo mode it replaces the demo region.',
      example: 'region.json',
    }),
    demoDcc: defineSetting({
      env: 'TROUSSEAU_DEMO_DCC',
      schema: flag(),
      default: mode => (mode === 'demo' ? 'on' : 'off'),
      description: 'Starts the demonstration record (a relying party) beside the service.',
      refuse: (value, mode) => (value && mode === 'production' ? '`off` in production mode' : undefined),
    }),
    demoDccPort: defineSetting({
      env: 'TROUSSEAU_DEMO_DCC_PORT',
      schema: port(),
      default: '3001',
      description: 'The port of the demonstration record.',
    }),
    proxyHops: defineSetting({
      env: 'TROUSSEAU_PROXY_HOPS',
      schema: wholeNumber(0, 5),
      default: '0',
      description:
        'How many proxies of yours stand in front; their `X-Forwarded-For` and `X-Forwarded-Proto` are believed so far and no further. 0: the headers are ignored.',
    }),
    metricsToken: defineSetting({
      env: 'TROUSSEAU_METRICS_TOKEN',
      schema: line(16, 500).optional(),
      secret: true,
      description: 'The bearer token that opens `/metrics`. Without it `/metrics` does not exist.',
    }),
    logLevel: defineSetting({
      env: 'TROUSSEAU_LOG_LEVEL',
      schema: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      default: 'info',
      description: 'How much the log says.',
    }),
  },
  check({ dataDir, port, cardPort, demoDcc, demoDccPort }, { mode }) {
    const problems: Problem[] = [];
    if (port === cardPort) {
      const expected = 'another port than TROUSSEAU_PORT';
      problems.push({ setting: 'TROUSSEAU_CARD_PORT', given: shapeOf(String(cardPort)), expected });
    }
    if (demoDcc && (demoDccPort === port || demoDccPort === cardPort)) {
      const expected = 'another port than TROUSSEAU_PORT and TROUSSEAU_CARD_PORT';
      problems.push({ setting: 'TROUSSEAU_DEMO_DCC_PORT', given: shapeOf(String(demoDccPort)), expected });
    }
    // SECURITY: accounts with a published password must never be carried from a demonstration into production.
    if (mode === 'production' && existsSync(demoSecretsFile(dataDir))) {
      const expected = 'a folder in which no demonstration has run';
      problems.push({ setting: 'TROUSSEAU_DATA_DIR', given: 'the folder of a demonstration', expected });
    }
    return problems;
  },
});

/** The addresses to listen on: a loopback host answers on both families, so that `localhost` works whatever it resolves to. */
export function listenAddresses(host: string): readonly string[] {
  return host === 'localhost' || host === '127.0.0.1' ? ['127.0.0.1', '::1'] : [host];
}
