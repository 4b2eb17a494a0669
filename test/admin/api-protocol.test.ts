import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { seatOf } from '../support/administrators.ts';
import type { TestApp } from '../support/app.ts';
import { createVisitor, redeem } from '../support/relying-party.ts';
import { apiOf, basicOf, bearerOf, startApiApp, type ApiClient, type ApiReply } from './api-client.ts';

const outcomeOf = ({ status, body }: ApiReply) => [status, body.code];

describe('the administration API: who calls', () => {
  let app: TestApp;
  before(async () => {
    app = await startApiApp();
  });
  after(() => app.destroy());

  const as = async (authorization: string) => (await apiOf(app, authorization))('GET', '/people');

  it('refuses nobody, a wrong secret, and the access token of a person', async () => {
    const { body } = await redeem(app, await createVisitor(app).signIn('anne.test'));
    const token = body.access_token ?? '';
    expect(token).not.to.equal('');
    for (const authorization of ['', 'Bearer nothing', basicOf('si-chu', 'wrong'), `Bearer ${token}`]) {
      const refused = await as(authorization);
      expect(outcomeOf(refused)).to.deep.equal([401, 'access.unauthenticated']);
      expect(refused.headers.get('WWW-Authenticate')).to.include('Bearer realm=');
    }
  });

  it('asks for the scope of the route, and names it (RFC 6750)', async () => {
    const reader = await apiOf(app, basicOf('si-lecture'));
    const refused = await reader('POST', '/people', { body: {} });
    expect(outcomeOf(refused)).to.deep.equal([403, 'admin.insufficient_scope']);
    expect(refused.headers.get('WWW-Authenticate')).to.include(
      'error="insufficient_scope", scope="admin:write"',
    );
    const narrow = await bearerOf(app, 'si-chu', 'admin:read');
    expect((await as(narrow)).status).to.equal(200);
    const writer = await apiOf(app, narrow);
    expect((await writer('POST', '/people/acc-claire/suspend')).status).to.equal(403);
    expect(outcomeOf(await as(basicOf('batch')))).to.deep.equal([403, 'admin.insufficient_scope']);
  });

  it('leaves refused calls in the audit log', async () => {
    const { items } = await app.services.audit.list({ limit: 1000 });
    const refused = items.filter(({ type }) => type === 'access.call.refused');
    expect(refused.map(({ data }) => data?.['code'])).to.include.members([
      'access.unauthenticated',
      'admin.insufficient_scope',
    ]);
  });

  it('shows the page of the API to administrators only', async () => {
    const page = await (await seatOf(app, 'paul')).get('/admin/api');
    expect(page.status).to.equal(200);
    expect(page.body).to.include('/people/{sub}/memberships');
    expect((await (await seatOf(app, 'claire')).get('/admin/api')).body).to.include(
      'data-code="admin.not_administrator"',
    );
  });

  it('publishes an OpenAPI 3.1 document that is valid, and has every route of the service', async () => {
    const answer = await fetch(`${app.issuer}/admin/api/v1/openapi.json`);
    const document = (await answer.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect(valid, JSON.stringify(errors)).to.equal(true);
    expect(validator.version).to.equal('3.1');
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
    );
    for (const route of documented) {
      const [method = '', path = ''] = route.split(' ');
      const address = `${app.issuer}/admin/api/v1${path.replace(/\{\w+\}/gu, 'x')}`;
      const found = await fetch(address, { method });
      expect([route, found.status]).to.deep.equal([route, 401]);
    }
    const names = Object.values(document.paths).flatMap(it =>
      Object.values(it).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).to.equal(names.length);
    const again = await fetch(answer.url, { headers: { 'If-None-Match': answer.headers.get('ETag') ?? '' } });
    expect(again.status).to.equal(304);
  });
});

describe('the administration API: what HTTP asks', () => {
  let app: TestApp;
  let region: ApiClient;
  before(async () => {
    app = await startApiApp();
    region = await apiOf(app, basicOf('si-region'));
  });
  after(() => app.destroy());

  it('answers a strong validator, and 304 to who has the same', async () => {
    const first = await region('GET', '/people/acc-claire');
    expect(first.etag).to.match(/^"[\w-]{22}"$/u);
    const headers = { 'If-None-Match': `"other", W/${first.etag}` };
    expect((await region('GET', '/people/acc-claire', { headers })).status).to.equal(304);
    const head = await region('HEAD', '/people/acc-claire');
    expect([head.status, head.etag, head.body]).to.deep.equal([200, first.etag, {}]);
  });

  it('wants the version that is changed, and refuses an older one', async () => {
    const path = '/people/acc-perine';
    const { etag } = await region('GET', path);
    const change = (given_name: string, headers: Record<string, string>) =>
      region('PATCH', path, { body: { given_name }, headers });
    expect(outcomeOf(await change('Périne', {}))).to.deep.equal([428, 'admin.version_needed']);
    const weak = await change('Périne', { 'If-Match': `W/${etag}` });
    expect(outcomeOf(weak)).to.deep.equal([412, 'admin.version_changed']);
    const changed = await change('Périne', { 'If-Match': etag });
    expect([changed.status, changed.etag === etag]).to.deep.equal([200, false]);
    expect((await change('Autre', { 'If-Match': etag })).status).to.equal(412);
    expect((await change('Autre', { 'If-Match': changed.etag })).status).to.equal(200);
  });

  it('lets one of 50 parallel changes of the same version through', async () => {
    const path = '/people/acc-luc';
    const { etag } = await region('GET', path);
    const all = await Promise.all(
      Array.from({ length: 50 }, (_each, n) =>
        region('PATCH', path, { body: { given_name: `Luc ${n}` }, headers: { 'If-Match': etag } }),
      ),
    );
    const done = all.filter(({ status }) => status === 200);
    expect(done).to.have.lengthOf(1);
    // Refused while the one is under way, or after it: how many of each is a matter of time.
    for (const { status } of all) expect(status).to.be.oneOf([200, 409, 412]);
    expect((await region('GET', path)).body['given_name']).to.equal(done[0]?.body['given_name']);
  });

  const make = (family_name: string, key: string, more: object = {}) =>
    region('POST', '/people', {
      body: { given_name: 'Une', family_name, ...more },
      headers: { 'Idempotency-Key': key },
    });
  const countOf = async (name: string) => (await region('GET', `/people?q=${name}`)).body['total'];

  it('does a request with a key once, however many times it is sent at once (50)', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => make('Parallele', '"clef-1"')));
    const made = all.filter(({ status }) => status === 201);
    expect(made.length).to.be.greaterThan(0);
    expect(new Set(made.map(({ body }) => body['sub'])).size).to.equal(1);
    for (const other of all.filter(({ status }) => status !== 201))
      expect(outcomeOf(other)).to.deep.equal([409, 'admin.request_under_way']);
    expect(await countOf('parallele')).to.equal(1);
  });

  it('gives the same answer again, to the same request of the same application only', async () => {
    const first = await make('Fois', 'clef-2');
    const again = await make('Fois', '"clef-2"');
    expect([again.status, again.body, again.etag]).to.deep.equal([201, first.body, first.etag]);
    expect(again.headers.get('Location')).to.equal(first.headers.get('Location'));
    expect(again.headers.get('Idempotency-Replayed')).to.equal('true');
    expect(outcomeOf(await make('Autre', 'clef-2'))).to.deep.equal([422, 'admin.idempotency_key_reused']);
    expect(outcomeOf(await make('Fois', 'clef 2'))).to.deep.equal([400, 'admin.idempotency_key_invalid']);
    const chu = await apiOf(app, basicOf('si-chu'));
    const body = { given_name: 'Une', family_name: 'Fois', organisation: 'chu' };
    const other = await chu('POST', '/people', { body, headers: { 'Idempotency-Key': 'clef-2' } });
    expect([other.status, other.body['sub'] === first.body['sub']]).to.deep.equal([201, false]);
  });

  it('keeps no key for what was refused, and never replays across a change of branch', async () => {
    expect((await make('', 'clef-3')).status).to.equal(422);
    expect((await make('Reprise', 'clef-3')).status).to.equal(201);
    const { applications } = app.services.directory;
    await applications.update('si-region', before => ({ ...before, branch: 'chu' }));
    const moved = await make('Reprise', 'clef-3');
    await applications.update('si-region', ({ branch: _branch, ...before }) => before);
    expect(outcomeOf(moved)).to.deep.equal([422, 'admin.idempotency_key_reused']);
  });

  it('never does again what was cut short in its middle: a crash is answered, not repeated', async () => {
    const { professionals } = app.services.directory as {
      professionals: { insert: (...args: never[]) => unknown };
    };
    const { insert } = professionals;
    professionals.insert = async (...args: never[]) => {
      await insert.apply(professionals, args);
      throw new Error('the process died here');
    };
    try {
      expect((await make('Coupee', 'clef-4')).status).to.equal(500);
    } finally {
      professionals.insert = insert;
    }
    expect(outcomeOf(await make('Coupee', 'clef-4'))).to.deep.equal([409, 'admin.outcome_unknown']);
    expect(await countOf('coupee')).to.equal(1);
  });

  it('forgets a key after 24 hours', async () => {
    const first = await make('Lendemain', 'clef-5');
    app.clock.advance(86_401);
    const second = await make('Lendemain', 'clef-5');
    expect([second.status, second.body['sub'] === first.body['sub']]).to.deep.equal([201, false]);
  });

  it('names the methods of an address, and bounds bodies', async () => {
    const answer = await region('PUT', '/people/acc-claire', { body: {} });
    expect([answer.status, answer.headers.get('Allow')]).to.deep.equal([405, 'GET, HEAD, PATCH']);
    const long = await region('POST', '/people', { body: { given_name: 'x'.repeat(65 * 1024) } });
    expect(outcomeOf(long)).to.deep.equal([413, 'http.too_large']);
    expect(outcomeOf(await region('GET', '/nothing'))).to.deep.equal([404, 'http.not_found']);
  });
});

describe('the administration API: its bound', () => {
  it('lets one application call so often in a minute, and another go on', async () => {
    const app = await startApiApp({ TROUSSEAU_ADMIN_CALLS_PER_MINUTE: '3' });
    try {
      const [chu, region] = [await apiOf(app, basicOf('si-chu')), await apiOf(app, basicOf('si-region'))];
      for (let n = 0; n < 3; n += 1) expect((await chu('GET', '/networks')).status).to.equal(200);
      const refused = await chu('GET', '/networks');
      expect(outcomeOf(refused)).to.deep.equal([429, 'http.too_many_requests']);
      expect(Number(refused.headers.get('Retry-After'))).to.be.within(1, 60);
      expect((await region('GET', '/networks')).status).to.equal(200);
      app.clock.advance(61);
      expect((await chu('GET', '/networks')).status).to.equal(200);
    } finally {
      await app.destroy();
    }
  });
});
