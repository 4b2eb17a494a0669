import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';

interface AccessCases {
  readonly region: { readonly applications: readonly { client_id: string; client_secret: string }[] };
  readonly cases: readonly { request: object; expected: { decision: boolean; reason_code: string } }[];
}

const { region, cases } = JSON.parse(
  readFileSync(new URL('../policies/access-cases.json', import.meta.url), 'utf8'),
) as AccessCases;

describe('the 400 cases, over HTTP on an imported region', () => {
  let app: TestApp;
  const [caller] = region.applications;
  const basic = `Basic ${Buffer.from(`${caller?.client_id}:${caller?.client_secret}`).toString('base64')}`;
  before(async () => {
    app = await startTestApp({ region });
  });
  after(() => app.destroy());

  async function post(path: string, body: object, authorization = basic) {
    const answer = await fetch(`${app.issuer}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: authorization },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }
  const outcome = (answer: { decision?: unknown; context?: { reason_code?: unknown } }) => ({
    decision: answer.decision,
    reason_code: answer.context?.reason_code,
  });

  it('agree one by one, with HTTP Basic', async () => {
    expect(cases).to.have.length(400);
    for (const [number, { request, expected }] of cases.entries()) {
      const { body } = await post('/access/v1/evaluation', request);
      expect(outcome(body), `case ${number}`).to.deep.equal(expected);
    }
  }).timeout(180_000);

  it('agree as one batch, with a bearer token', async () => {
    const granted = await fetch(`${app.issuer}/oidc/token`, {
      method: 'POST',
      headers: { Authorization: basic },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'access:evaluate access:simulate',
      }),
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    const { body } = await post(
      '/access/v1/evaluations',
      { evaluations: cases.map(({ request }) => request) },
      `Bearer ${token}`,
    );
    const answers = body['evaluations'] as { decision: boolean; context: { reason_code: string } }[];
    expect(answers.map(outcome)).to.deep.equal(cases.map(({ expected }) => expected));
  }).timeout(60_000);

  it('are refused to a caller that is not known, or lacks the scope', async () => {
    const stranger = await post('/access/v1/evaluation', cases[0]?.request ?? {}, 'Basic eDp5');
    expect(stranger.status).to.equal(401);
    const granted = await fetch(`${app.issuer}/oidc/token`, {
      method: 'POST',
      headers: { Authorization: basic },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'access:consents' }),
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    expect((await post('/access/v1/evaluation', cases[0]?.request ?? {}, `Bearer ${token}`)).status).to.equal(
      403,
    );
  });
});
