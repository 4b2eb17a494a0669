import { defineSection, duration, line, list } from '#config/index.ts';

export const oidcSection = defineSection('oidc', {
  title: 'OpenID Connect',
  settings: {
    accessTokenSeconds: {
      env: 'TROUSSEAU_ACCESS_TOKEN',
      schema: duration('1min', '1h'),
      default: '10min',
      description: 'How long an access token lives. It never outlives its session.',
    },
    idTokenSeconds: {
      env: 'TROUSSEAU_ID_TOKEN',
      schema: duration('1min', '1h'),
      default: '10min',
      description: 'How long an ID token may be accepted.',
    },
    interactionSeconds: {
      env: 'TROUSSEAU_INTERACTION',
      schema: duration('5min', '2h'),
      default: '1h',
      description: 'How long a sign-in page waits for the person.',
    },
    retiredKeySeconds: {
      env: 'TROUSSEAU_RETIRED_KEY',
      schema: duration('1h', '30d'),
      default: '24h',
      description:
        'How long a rotated signing key stays published: longer than the longest session, because ID tokens come back as hints at logout.',
    },
    proxySecret: {
      env: 'TROUSSEAU_CLIENT_CERT_SECRET',
      schema: line(32, 500).optional(),
      secret: true,
      description:
        'Opens `tls_client_auth`: the secret that your proxy sends in `X-Trousseau-Proxy-Secret` beside `X-Client-Cert` (URL-encoded PEM) and `X-Client-Verify: SUCCESS`. The proxy must strip all three from what it receives.',
    },
    internalHosts: {
      env: 'TROUSSEAU_INTERNAL_HOSTS',
      schema: list('`host` or `host:port` separated by commas').optional(),
      default: mode => (mode === 'demo' ? 'localhost,127.0.0.1' : undefined),
      description:
        'Relying parties on private addresses that the service may call (back-channel logout, JWKS). Any other private address is refused.',
      example: 'dcc.intra.region.example,10.1.2.3:8443',
    },
  },
});
