import { expect } from 'chai';
import { apiOf, basicOf, startApiApp, type ApiClient } from '../admin/api-client.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import type { TestApp } from '../support/app.ts';

const SCIM_BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const SCIM_PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

describe('requests that were made elsewhere, or for something else', () => {
  let app: TestApp;
  let paul: Seat;
  let chu: ApiClient;
  let clinique: ApiClient;
  before(async () => {
    app = await startApiApp({}, { accounts: administeredRegion().accounts });
    paul = await seatOf(app, 'paul');
    chu = await apiOf(app, basicOf('si-chu'));
    clinique = await apiOf(app, basicOf('si-clinique'));
  });
  after(() => app.destroy());

  const person = (sub: string) => app.services.directory.professionals.get(sub);
  const cookiesOf = ({ browser }: Seat) =>
    ['trousseau_session', 'trousseau_session.sig', 'trousseau_form', 'trousseau_device']
      .map(name => `${name}=${browser.cookie('localhost', name) ?? ''}`)
      .join('; ');
  const statusOf = async (sub: string) => (await person(sub))?.status;

  it('are refused across sites: no token, another’s token, an Origin or a site of elsewhere', async () => {
    const form = await paul.get('/admin/people/acc-claire/suspend');
    const csrf = form.forms.find(({ id }) => id === 'confirm')?.fields['csrf'] ?? '';
    expect(csrf).to.not.equal('');
    const cookie = cookiesOf(paul);
    const carole = await seatOf(app, 'carole');
    const others = (await carole.get('/admin/people/new')).forms.at(-1)?.fields['csrf'] ?? '';
    const send = async (token: string | undefined, headers: Readonly<Record<string, string>>) => {
      const body = new URLSearchParams({ reason: 'Essai', ...(token !== undefined && { csrf: token }) });
      const { status } = await fetch(`${app.issuer}/admin/people/acc-claire/suspend`, {
        method: 'POST',
        redirect: 'manual',
        headers: { Cookie: cookie, ...headers },
        body,
      });
      return status;
    };
    expect(await send(undefined, {})).to.equal(403);
    expect(await send('', {})).to.equal(403);
    expect(await send(others, {})).to.equal(403);
    expect(await send(csrf, { Origin: 'https://elsewhere.example' })).to.equal(403);
    expect(await send(csrf, { Origin: 'null' })).to.equal(403);
    expect(await send(csrf, { 'Sec-Fetch-Site': 'cross-site' })).to.equal(403);
    expect(await send(csrf, { 'Sec-Fetch-Site': 'same-site' })).to.equal(403);
    expect(await statusOf('acc-claire')).to.equal('active');
    // The same from our own page is done.
    expect(await send(csrf, { Origin: app.issuer, 'Sec-Fetch-Site': 'same-origin' })).to.equal(303);
    expect(await statusOf('acc-claire')).to.equal('suspended');
    await chu('POST', '/people/acc-claire/reactivate', { body: {} });
  });

  it('are nobody’s to the API when only the cookies of a browser come with them, whatever type they say', async () => {
    const cookie = cookiesOf(paul);
    for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
      for (const path of ['/admin/api/v1/people/acc-claire/suspend', '/scim/v2/Users']) {
        const { status } = await fetch(`${app.issuer}${path}`, {
          method: 'POST',
          headers: { Cookie: cookie, 'Content-Type': type },
          body: '{}',
        });
        expect(status, `${path} ${type}`).to.equal(401);
      }
    }
    const { status } = await fetch(`${app.issuer}/admin/api/v1/people/acc-claire/suspend`, {
      method: 'POST',
      headers: { Authorization: basicOf('si-chu'), 'Content-Type': 'text/plain' },
      body: '{}',
    });
    expect(status).to.equal(415);
    expect(await statusOf('acc-claire')).to.equal('active');
  });

  it('are not answered with what another caller did under the same key', async () => {
    const headers = { 'idempotency-key': 'one-key-for-all' };
    const body = { given_name: 'Zoé', family_name: 'Clef', organisation: 'chu' };
    const mine = await chu('POST', '/people', { body, headers });
    expect(mine.status).to.equal(201);
    const theirs = await clinique('POST', '/people', { body, headers });
    expect(theirs.body.code).to.equal('admin.not_found');
    const other = await chu('POST', '/people', { body: { ...body, family_name: 'Autre' }, headers });
    expect(other.body.code).to.equal('admin.idempotency_key_reused');
    const elsewhere = await chu('POST', '/people/acc-claire/suspend', { body: {}, headers });
    expect(elsewhere.body.code).to.equal('admin.idempotency_key_reused');
  });

  it('open no other branch by the cursor of a page that somebody else was given', async () => {
    const region = await apiOf(app, basicOf('si-region'));
    const first = await region('GET', '/people?limit=1');
    let after = String(first.body['next']);
    const own = ((await chu('GET', '/people?limit=200')).body['items'] as { sub: string }[]).map(
      ({ sub }) => sub,
    );
    for (let step = 0; step < 12 && after !== 'undefined'; step += 1) {
      const page = await region('GET', `/people?limit=1&after=${encodeURIComponent(after)}`);
      const mine = await chu('GET', `/people?limit=200&after=${encodeURIComponent(after)}`);
      for (const { sub } of mine.body['items'] as { sub: string }[]) expect(own).to.include(sub);
      expect(mine.body['total']).to.equal(own.length);
      after = String(page.body['next']);
    }
    for (const forged of ['', '%00', 'AAAA', Buffer.from('acc-luc').toString('base64url'), 'é'.repeat(50)]) {
      const reply = await chu('GET', `/people?limit=200&after=${encodeURIComponent(forged)}`);
      expect(reply.status, forged).to.be.below(500);
      const items = (reply.body['items'] ?? []) as { sub: string }[];
      for (const { sub } of items) expect(own).to.include(sub);
    }
  });

  it('assign nothing that no form shows, at any act of a person’s page', async () => {
    const extra = {
      status: 'closed',
      sub: 'acc-luc',
      id: 'acc-luc',
      branch: 'clinique',
      memberships: 'administrateur_regional',
      profiles: 'administrateur_regional',
      by: 'acc-anne',
      actor: 'acc-anne',
      givenBy: 'acc-anne',
      revision: '0',
      from: '',
      __proto__: 'x',
      constructor: 'x',
      'constructor[prototype][status]': 'closed',
    };
    const before = await person('acc-luc');
    for (const path of ['edit', 'enrol', 'memberships/new', 'absence']) {
      const form = await paul.get(`/admin/people/acc-perine/${path}`);
      const csrf = form.forms.at(-1)?.fields['csrf'] ?? '';
      await paul.browser.post(
        `${app.issuer}/admin/people/acc-perine/${path}`,
        new URLSearchParams({ ...form.forms.at(-1)?.fields, ...extra, csrf }),
      );
    }
    const perine = await person('acc-perine');
    expect([perine?.status, perine?.branch]).to.deep.equal(['active', undefined]);
    expect(perine?.memberships.every(({ givenBy }) => givenBy !== 'acc-anne')).to.equal(true);
    expect(perine?.memberships.map(({ profile }) => profile)).to.not.include('administrateur_regional');
    expect(await person('acc-luc')).to.deep.equal(before);
  });

  it('assign nothing by the API either: a member that the schema does not know is refused', async () => {
    for (const [method, path, body] of [
      ['POST', '/people', { given_name: 'Z', family_name: 'Z', organisation: 'chu', sub: 'acc-choisi' }],
      ['POST', '/people', { given_name: 'Z', family_name: 'Z', organisation: 'chu', memberships: [] }],
      [
        'POST',
        '/people/acc-claire/memberships',
        { network: 'cancerologie', organisation: 'chu', profile: 'pharmacien', givenBy: 'acc-anne' },
      ],
      ['POST', '/people/acc-claire/suspend', { sub: 'acc-luc' }],
      ['POST', '/people/acc-claire/open', { password: 'choisi', mustChangePassword: false }],
    ] as const)
      expect((await chu(method, path, { body })).body.code, path).to.equal('admin.invalid');
    const proto = await fetch(`${app.issuer}/admin/api/v1/people`, {
      method: 'POST',
      headers: { Authorization: basicOf('si-chu'), 'Content-Type': 'application/json' },
      body: '{"given_name":"Z","family_name":"Z","organisation":"chu","__proto__":{"status":"closed"}}',
    });
    expect(proto.status).to.be.within(201, 422);
    expect(({} as { status?: string }).status).to.equal(undefined);
  });

  it('reach no other branch by a filter, a patch or a bulk of SCIM', async () => {
    const scim = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`${app.issuer}/scim/v2${path}`, {
        method,
        headers: { Authorization: basicOf('si-chu'), 'Content-Type': 'application/scim+json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    };
    const before = JSON.stringify([await person('acc-luc'), await person('acc-colin')]);
    const filters = [
      'userName eq "luc.test"',
      'id eq "acc-luc"',
      'emails.value co "luc"',
      'emails[value sw "luc"]',
      'not (userName eq "x")',
      'id pr',
      'groups.value eq "cancerologie.clinique.utilisateur_cancerologie"',
    ];
    for (const filter of filters)
      expect((await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).text, filter).to.not.include(
        'acc-luc',
      );
    const members = await scim('GET', '/Groups?filter=displayName%20pr');
    expect(members.text).to.not.include('acc-luc').and.not.include('.clinique.');
    const suspend = { schemas: [SCIM_PATCH], Operations: [{ op: 'replace', path: 'active', value: false }] };
    const bulk = await scim('POST', '/Bulk', {
      schemas: [SCIM_BULK],
      Operations: [
        { method: 'PATCH', path: '/Users/acc-luc', data: suspend },
        { method: 'DELETE', path: '/Users/acc-luc' },
        { method: 'PATCH', path: '/Users/../Users/acc-luc', data: suspend },
        { method: 'PATCH', path: '/Users/acc-claire/../acc-luc', data: suspend },
        { method: 'PATCH', path: '/Users/acc%2Dluc', data: suspend },
        {
          method: 'PATCH',
          path: '/Groups/cancerologie.chu.pharmacien',
          data: {
            schemas: [SCIM_PATCH],
            Operations: [{ op: 'add', path: 'members', value: [{ value: 'acc-luc' }] }],
          },
        },
      ],
    });
    expect(bulk.status).to.be.oneOf([200, 400]);
    expect(JSON.stringify([await person('acc-luc'), await person('acc-colin')])).to.equal(before);
  });
});
