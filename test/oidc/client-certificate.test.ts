import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';

const SECRET = 'a-proxy-secret-of-more-than-32-characters';
const PEM = readFileSync(new URL('../support/certificates/client.pem', import.meta.url), 'utf8');
const SUBJECT = 'CN=rcp.chu.example,O=CHU Bretonneau,C=FR';

describe('tls_client_auth (RFC 8705 §2.1), behind a declared proxy', () => {
  let app: TestApp;
  before(async () => {
    const region = exampleRegion();
    const machine = (id: string, subject: string) => ({
      client_id: id,
      name: id,
      redirect_uris: [],
      network: 'cancerologie',
      grant_types: ['client_credentials'],
      scopes: ['access:evaluate'],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: subject,
    });
    const applications = [
      ...region.applications,
      machine('machine', SUBJECT),
      machine('other', 'CN=other,C=FR'),
    ];
    app = await startTestApp({
      region: { ...region, applications },
      env: { TROUSSEAU_CLIENT_CERT_SECRET: SECRET },
    });
  });
  after(() => app.destroy());

  const genuine = {
    'X-Trousseau-Proxy-Secret': SECRET,
    'X-Client-Cert': encodeURIComponent(PEM),
    'X-Client-Verify': 'SUCCESS',
  };
  async function ask(headers: Record<string, string>, clientId = 'machine') {
    const answer = await fetch(`${app.issuer}/oidc/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'access:evaluate',
        client_id: clientId,
      }),
    });
    return answer.status;
  }

  it('is offered in discovery', async () => {
    const answer = await fetch(`${app.issuer}/.well-known/openid-configuration`);
    const document = (await answer.json()) as { token_endpoint_auth_methods_supported: string[] };
    expect(document.token_endpoint_auth_methods_supported).to.include('tls_client_auth');
  });

  it('takes the verified certificate of the registered subject', async () => {
    expect(await ask(genuine)).to.equal(200);
  });

  const forged: readonly [string, Record<string, string>, string?][] = [
    ['no certificate', {}],
    ['the certificate without the proxy’s secret', { ...genuine, 'X-Trousseau-Proxy-Secret': '' }],
    ['a wrong secret', { ...genuine, 'X-Trousseau-Proxy-Secret': `${SECRET}x` }],
    ['a certificate that the proxy did not verify', { ...genuine, 'X-Client-Verify': 'FAILED' }],
    ['what is no certificate', { ...genuine, 'X-Client-Cert': 'x%' }],
    ['the certificate of another application', genuine, 'other'],
  ];
  for (const [name, headers, clientId] of forged) {
    it(`refuses ${name}`, async () => {
      expect(await ask(headers, clientId)).to.equal(401);
    });
  }
});
