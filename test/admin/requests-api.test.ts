import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { basicOf, startApiApp } from './api-client.ts';
import { runErrands, sendRequest, stateOf } from './sent-requests.ts';

describe('requests for an account by the API', () => {
  let app: TestApp;
  before(async () => {
    app = await startApiApp({ TROUSSEAU_WELCOME_PAUSE: '0s', TROUSSEAU_FIRST_PASSWORD: 'password' });
  });
  after(() => app.destroy());

  async function call(client: string, method: string, path: string, body?: object) {
    const answer = await fetch(`${app.issuer}/admin/api/v1${path}`, {
      method,
      headers: { Authorization: basicOf(client), 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  }
  const grants = (profile: string) => [{ network: 'cancerologie', organisation: 'chu', profile }];

  it('lists those of the branch in pages, and one of elsewhere like none', async () => {
    for (const familyName of ['Un', 'Deux', 'Trois']) await sendRequest(app, { familyName });
    const elsewhere = await sendRequest(app, { familyName: 'Ailleurs', organisation: 'clinique' });
    const names: unknown[] = [];
    let next: unknown = '';
    for (let page = 0; page < 5 && next !== undefined; page += 1) {
      const after = next === '' ? '' : `&after=${String(next)}`;
      const { body } = await call('si-chu', 'GET', `/requests?limit=2${after}`);
      names.push(...(body['items'] as Record<string, unknown>[]).map(item => item['family_name']));
      next = body['next'];
    }
    expect(names).to.have.members(['Un', 'Deux', 'Trois']);
    for (const id of [elsewhere.id, 'inconnu'])
      expect((await call('si-chu', 'GET', `/requests/${id}`)).body['code']).to.equal('admin.not_found');
  });

  it('opens the account that an application accepts, with a random password to change where the region says so', async () => {
    const { id } = await sendRequest(app, { familyName: 'Interface' });
    const accepted = await call('si-chu', 'POST', `/requests/${id}/accept`, {
      turn: 1,
      grants: grants('acces_limite'),
    });
    expect([accepted.status, accepted.body['state']]).to.deep.equal([200, 'accepted']);
    await runErrands(app);
    expect(await stateOf(app, id)).to.equal('opened');
    const sub = String((await call('si-chu', 'GET', `/requests/${id}`)).body['account']);
    expect(await app.services.accounts.get(sub)).to.include({
      login: 'lea.interface',
      mustChangePassword: true,
    });
    expect((await app.mails()).filter(({ to }) => to === 'interface@exemple.fr')).to.have.length(2);
  });

  it('is no second person, and opens nothing once its right was withdrawn', async () => {
    const particular = await sendRequest(app, { familyName: 'Seule', habilitationForm: true });
    const refused = await call('si-region', 'POST', `/requests/${particular.id}/accept`, {
      turn: 1,
      grants: grants('coordinateur_3c'),
    });
    expect(refused.body['code']).to.equal('admin.second_person_needed');
    await app.jobs.stop();
    const { id } = await sendRequest(app, { familyName: 'Retrait' });
    await call('si-chu', 'POST', `/requests/${id}/accept`, { turn: 1, grants: grants('acces_limite') });
    const { applications } = app.services.directory;
    await applications.update('si-chu', before => ({ ...before, scopes: ['admin:read'] }));
    await runErrands(app);
    expect(await stateOf(app, id)).to.equal('received');
    const { items } = await app.services.directory.professionals.list('name', {
      prefix: 'lea retrait',
      limit: 5,
    });
    expect(items).to.have.length(0);
  });
});
