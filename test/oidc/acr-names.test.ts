import { ACR, type Acr } from '#kernel/index.ts';
import { expect } from 'chai';
import { sessionsSpec } from '../../src/oidc/collections.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, postAsClient, redeem, type Visitor } from '../support/relying-party.ts';

describe('the name of the level in the ID token', () => {
  let app: TestApp;
  let visitor: Visitor;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());
  beforeEach(async () => {
    visitor = createVisitor(app);
    await visitor.signIn('claire.dupont');
  });
  afterEach(async () => {
    for (const { uid } of await app.oidc.sessions.list('acc-claire'))
      await app.oidc.sessions.end(uid, 'test');
  });

  /** As after a sign-in by card. */
  async function raiseTo(acr: Acr): Promise<void> {
    const sessions = app.services.store.collection(sessionsSpec);
    const { items } = await sessions.list('account', { key: 'acc-claire', limit: 10 });
    for (const { id } of items)
      await sessions.update(id, doc => ({ ...doc, payload: { ...doc.payload, acr } }));
  }
  async function told(params: Readonly<Record<string, string>>) {
    return (await redeem(app, await visitor.authorize(params))).body;
  }
  const acrOf = (idToken: string | undefined) => payloadOf(idToken)['acr'];
  const claim = (acr: object) => ({ claims: JSON.stringify({ id_token: { acr } }) });

  const requests: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['acr_values', { acr_values: 'eidas1' }, 'eidas1'],
    ['acr_values with others', { acr_values: `${ACR.mfa} eidas1` }, 'eidas1'],
    ['an essential claim', claim({ essential: true, value: 'eidas1' }), 'eidas1'],
    ['a voluntary claim', claim({ values: ['eidas1'] }), 'eidas1'],
    ['the claim of a scribbler', claim({ values: 'eidas1', value: 3 }), ACR.card],
    ['our own name', { acr_values: ACR.card }, ACR.card],
    ['nothing', {}, ACR.card],
  ];
  for (const [name, params, expected] of requests) {
    it(`is ${expected} in a session by card for ${name}`, async () => {
      await raiseTo(ACR.card);
      expect(acrOf((await told(params)).id_token)).to.equal(expected);
    });
  }

  it('stays the same through a refresh', async () => {
    await raiseTo(ACR.card);
    const body = await told({ acr_values: 'eidas1', scope: 'openid offline_access' });
    const refreshed = await postAsClient(app, '/oidc/token', {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token ?? '',
    });
    expect(acrOf(refreshed.body.id_token)).to.equal('eidas1');
  });

  it('is that of the session when the session is below a card, whatever was asked', async () => {
    expect(acrOf((await told({ acr_values: `eidas1 ${ACR.code}` })).id_token)).to.equal(ACR.code);
  });
});
