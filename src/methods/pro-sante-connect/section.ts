import {
  defineSection,
  defineSetting,
  duration,
  flag,
  line,
  port,
  reader,
  type Given,
  type Mode,
  type SectionValues,
} from '#config/index.ts';
import { ACR } from '#kernel/index.ts';
import { readFederation } from './federation.ts';
import type { Upstream, UpstreamAuthentication } from './upstream.ts';

/** Pro Santé Connect's names (domain §5). */
const PRODUCTION_ISSUER = 'https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet';
const DISCOVERY_PATH = '/.well-known/wallet-openid-configuration';
const SCOPE = 'openid scope_all';
const LEVEL = 'eidas1';

const DEMO_PORT = '3002';
/** Of the simulated provider, which nobody outside this machine reaches. */
const DEMO_CLIENT = { id: 'trousseau-demo', secret: 'secret-of-the-simulated-provider' };

/** The simulated provider stands in where none was named. */
function isSimulated(mode: Mode, given: Given): boolean {
  return (
    mode === 'demo' && given('TROUSSEAU_DEMO_PSC') !== 'off' && given('TROUSSEAU_PSC_CLIENT_ID') === undefined
  );
}

const demoIssuer = (demoPort: string | number) => `http://localhost:${demoPort}/auth/realms/esante-wallet`;

function address() {
  return reader('an http(s) address without query', text => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url && /^https?:$/u.test(url.protocol) && url.search === '' && url.hash === '' ? text : undefined;
  });
}

function pem(kind: string) {
  return reader(`${kind} in PEM`, text => (text.includes('-----BEGIN ') ? text : undefined));
}

const onlyTls = (value: string | undefined, mode: Mode) =>
  mode === 'production' && value?.startsWith('http:') ? 'an https address in production mode' : undefined;

/** Pro Santé Connect, and the OpenID providers of establishments. */
export const proSanteConnectSection = defineSection('pro-sante-connect', {
  title: 'Pro Santé Connect and other OpenID providers',
  settings: {
    clientId: {
      env: 'TROUSSEAU_PSC_CLIENT_ID',
      schema: line(1, 300).optional(),
      default: (mode, given) => (isSimulated(mode, given) ? DEMO_CLIENT.id : undefined),
      description:
        'Our `client_id` at Pro Santé Connect. Without it the means does not exist. In demo mode: that of the simulated provider.',
    },
    clientSecret: {
      env: 'TROUSSEAU_PSC_CLIENT_SECRET',
      schema: line(1, 1000).optional(),
      secret: true,
      default: (mode, given) => (isSimulated(mode, given) ? DEMO_CLIENT.secret : undefined),
      description: 'The secret that Pro Santé Connect gave with it; or the certificate below.',
    },
    certificate: {
      env: 'TROUSSEAU_PSC_CERTIFICATE',
      schema: pem('a certificate and its chain').optional(),
      fileVariant: true,
      description: 'Our client certificate (`tls_client_auth`, RFC 8705) instead of a secret.',
    },
    certificateKey: {
      env: 'TROUSSEAU_PSC_CERTIFICATE_KEY',
      schema: pem('a private key').optional(),
      secret: true,
      description: 'Its private key.',
    },
    issuer: defineSetting({
      env: 'TROUSSEAU_PSC_ISSUER',
      schema: address(),
      default: (mode, given) =>
        isSimulated(mode, given)
          ? demoIssuer(given('TROUSSEAU_DEMO_PSC_PORT') ?? DEMO_PORT)
          : PRODUCTION_ISSUER,
      description:
        'The issuer, exactly as its tokens write it. The sandbox: `https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet`.',
      refuse: onlyTls,
    }),
    discovery: defineSetting({
      env: 'TROUSSEAU_PSC_DISCOVERY',
      schema: address().optional(),
      description: `Where its metadata is; the issuer and \`${DISCOVERY_PATH}\` when absent.`,
      refuse: onlyTls,
    }),
    timeoutSeconds: {
      env: 'TROUSSEAU_PSC_TIMEOUT',
      schema: duration('1s', '5s'),
      default: '5s',
      description: 'How long one exchange with it may take in all; then the other means are offered.',
    },
    federation: defineSetting({
      env: 'TROUSSEAU_FEDERATION',
      schema: reader(
        'a JSON document `{"providers": […]}` as in docs/means/pro-sante-connect.md',
        readFederation,
      ).optional(),
      secret: true,
      description:
        'The OpenID providers of establishments, each one more means of signing in. Usually given as a file.',
      refuse: (providers, mode) =>
        mode === 'production' &&
        providers?.some(({ issuer, discoveryUrl }) =>
          [issuer, discoveryUrl].some(at => at.startsWith('http:')),
        )
          ? 'https addresses in production mode'
          : undefined,
    }),
    demo: defineSetting({
      env: 'TROUSSEAU_DEMO_PSC',
      schema: flag(),
      default: (mode, given) => (isSimulated(mode, given) ? 'on' : 'off'),
      description: 'Starts a simulated Pro Santé Connect beside the service.',
      refuse: (value, mode) => (value && mode === 'production' ? '`off` in production mode' : undefined),
    }),
    demoPort: {
      env: 'TROUSSEAU_DEMO_PSC_PORT',
      schema: port(),
      default: DEMO_PORT,
      description: 'The port of the simulated Pro Santé Connect.',
    },
  },
  check(settings) {
    if (settings.clientId === undefined || authenticationOf(settings)) return [];
    const expected = 'a secret, or TROUSSEAU_PSC_CERTIFICATE with TROUSSEAU_PSC_CERTIFICATE_KEY';
    return [{ setting: 'TROUSSEAU_PSC_CLIENT_SECRET', given: 'nothing', expected }];
  },
});

type Settings = SectionValues<typeof proSanteConnectSection>;

function authenticationOf(settings: {
  readonly clientSecret?: string | undefined;
  readonly certificate?: string | undefined;
  readonly certificateKey?: string | undefined;
}): UpstreamAuthentication | undefined {
  const { certificate, certificateKey: key, clientSecret: secret } = settings;
  if (certificate !== undefined && key !== undefined) return { kind: 'tls_client_auth', certificate, key };
  return secret === undefined ? undefined : { kind: 'client_secret_post', secret };
}

/** Every provider of the configuration, Pro Santé Connect first. */
export function upstreamsOf(settings: Settings): readonly Upstream[] {
  const { clientId, issuer, discovery, timeoutSeconds, federation = [] } = settings;
  const authentication = authenticationOf(settings);
  if (clientId === undefined || !authentication) return federation;
  const proSanteConnect: Upstream = {
    id: 'pro-sante-connect',
    codes: 'psc',
    label: 'Pro Santé Connect',
    issuer,
    discoveryUrl: discovery ?? issuer + DISCOVERY_PATH,
    clientId,
    authentication,
    scope: SCOPE,
    requiredAcrs: [LEVEL],
    requiredAmrs: [],
    binding: { kind: 'national_id', claim: 'SubjectNameID' },
    acr: ACR.card,
    timeoutSeconds,
  };
  return [proSanteConnect, ...federation];
}
