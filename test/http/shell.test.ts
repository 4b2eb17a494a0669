import { expect } from 'chai';
import { AppError } from '#kernel/index.ts';
import { readJson } from '#http/index.ts';
import type { Context } from 'koa';
import { createTestShell, type TestShell } from '../support/shell.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('the HTTP shell', () => {
  let shell: TestShell;

  beforeEach(async () => {
    shell = await createTestShell({ metricsToken: 'a-metrics-token-of-20' });
    shell.http.use(async (ctx: Context, next) => {
      if (ctx.path === '/form' && ctx.method === 'GET') return shell.http.render(ctx, 'form');
      if (ctx.path === '/form') {
        const form = await shell.http.readForm(ctx);
        ctx.body = { name: form.get('name'), hasProto: form.has('__proto__') };
        return;
      }
      if (ctx.path === '/access/json') {
        ctx.body = { got: await readJson(ctx, { maxBytes: 100 }) };
        return;
      }
      if (ctx.path === '/source') {
        ctx.body = shell.http.source(ctx);
        return;
      }
      if (ctx.path === '/fails') throw new Error('the secret of the database');
      if (ctx.path === '/busy') {
        throw new AppError({ code: 'x.busy', status: 503, publicMessage: 'Occupé.', retryAfterSeconds: 7 });
      }
      return next();
    });
    await shell.start();
  });
  afterEach(() => shell.close());

  async function openForm(): Promise<{ cookie: string; token: string }> {
    const page = await shell.send({ path: '/form' });
    const cookie = (page.headers['set-cookie'] ?? [])[0]?.split(';')[0] ?? '';
    return { cookie, token: /value="([^"]+)"/u.exec(page.text)?.[1] ?? '' };
  }

  it('trap 1: answers only for its own host', async () => {
    for (const host of ['evil.example', 'idp.example.evil.example', 'idp.example:81', '127.0.0.1']) {
      const { status, text } = await shell.send({
        path: '/source',
        headers: { Host: host, Accept: 'application/json' },
      });
      expect(status, host).to.equal(421);
      expect(JSON.parse(text)).to.include({ code: 'http.wrong_host' });
    }
    expect((await shell.send({ path: '/source' })).status).to.equal(200);
  });

  it('answers probes under any host and says nothing more than whether it works', async () => {
    shell.http.health.addCheck('store', async () => {
      throw new Error('connection refused by db.intra');
    });
    const live = await shell.send({ path: '/health/live', headers: { Host: '10.0.0.1' } });
    const ready = await shell.send({ path: '/health/ready', headers: { Host: '10.0.0.1' } });
    expect([live.status, ready.status]).to.deep.equal([200, 503]);
    expect(ready.text).to.equal('{"status":"unavailable"}');
  });

  it('is not ready while it drains', async () => {
    expect((await shell.send({ path: '/health/ready' })).status).to.equal(200);
    shell.http.health.drain();
    expect((await shell.send({ path: '/health/ready' })).status).to.equal(503);
  });

  it('shows metrics only to the holder of the token', async () => {
    expect((await shell.send({ path: '/metrics' })).status).to.equal(401);
    const answer = await shell.send({
      path: '/metrics',
      headers: { Authorization: 'Bearer a-metrics-token-of-20' },
    });
    expect(answer.status).to.equal(200);
    expect(answer.text).to.include('trousseau_http_requests_total');
  });

  it('trap 10: sets the security headers on every answer, refusals included, without form-action', async () => {
    for (const path of ['/source', '/nowhere', '/fails']) {
      const { headers } = await shell.send({ path });
      expect(headers['content-security-policy'], path).to.include("default-src 'none'");
      expect(headers['content-security-policy'], path).to.not.include('form-action');
      expect(headers['x-content-type-options'], path).to.equal('nosniff');
      expect(headers['cache-control'], path).to.equal('no-store');
    }
  });

  it('accepts a form with the token of this browser', async () => {
    const { cookie, token } = await openForm();
    const body = new URLSearchParams({ csrf: token, name: 'Éléonore', __proto__x: '1' }).toString();
    const answer = await shell.send({
      path: '/form',
      method: 'POST',
      headers: { ...FORM, Cookie: cookie },
      body,
    });
    expect(JSON.parse(answer.text)).to.deep.equal({ name: 'Éléonore', hasProto: false });
  });

  const forgeries: readonly [
    string,
    (
      mine: { cookie: string; token: string },
      theirs: { cookie: string; token: string },
    ) => { headers: Record<string, string>; token: string },
  ][] = [
    ['no token', mine => ({ headers: { Cookie: mine.cookie }, token: '' })],
    ['no cookie', mine => ({ headers: {}, token: mine.token })],
    [
      'the token of another browser',
      (mine, theirs) => ({ headers: { Cookie: mine.cookie }, token: theirs.token }),
    ],
    [
      'a foreign Origin',
      mine => ({ headers: { Cookie: mine.cookie, Origin: 'https://evil.example' }, token: mine.token }),
    ],
    ['an opaque Origin', mine => ({ headers: { Cookie: mine.cookie, Origin: 'null' }, token: mine.token })],
    [
      'a cross-site fetch',
      mine => ({ headers: { Cookie: mine.cookie, 'Sec-Fetch-Site': 'cross-site' }, token: mine.token }),
    ],
  ];
  for (const [name, forge] of forgeries) {
    it(`refuses a form with ${name}`, async () => {
      const { headers, token } = forge(await openForm(), await openForm());
      const body = new URLSearchParams({ csrf: token, name: 'x' }).toString();
      const answer = await shell.send({
        path: '/form',
        method: 'POST',
        headers: { ...FORM, Accept: 'application/json', ...headers },
        body,
      });
      expect(answer.status).to.equal(403);
      expect(JSON.parse(answer.text)).to.include({ code: 'http.csrf_failed' });
    });
  }

  const badBodies: readonly [string, Record<string, string>, string | Buffer, number, string][] = [
    ['a form of 65 KiB', FORM, `name=${'x'.repeat(65 * 1024)}`, 413, 'http.too_large'],
    ['a field of 5 KiB', FORM, `name=${'x'.repeat(5000)}`, 400, 'http.malformed_form'],
    ['101 fields', FORM, 'a=1&'.repeat(101), 400, 'http.malformed_form'],
    ['a NUL', FORM, 'name=%00', 400, 'http.malformed_form'],
    ['bytes that are not UTF-8', FORM, Buffer.from([0x6e, 0x3d, 0xff]), 400, 'http.malformed_body'],
    ['a JSON body where a form is asked', JSON_TYPE, '{}', 415, 'http.unsupported_type'],
    ['a compressed body', { ...FORM, 'Content-Encoding': 'gzip' }, 'a=1', 415, 'http.unsupported_encoding'],
  ];
  for (const [name, headers, body, status, code] of badBodies) {
    it(`refuses ${name} with ${status}`, async () => {
      const answer = await shell.send({
        path: '/form',
        method: 'POST',
        headers: { Accept: 'application/json', ...headers },
        body,
      });
      expect(answer.status).to.equal(status);
      expect(JSON.parse(answer.text)).to.include({ code });
    });
  }

  const badJson: readonly [string, string, string, number, string][] = [
    ['half a document', 'application/json', '{"a":', 400, 'http.malformed_json'],
    ['a polluting key', 'application/json', '{"__proto__":{"isAdmin":true}}', 400, 'http.malformed_json'],
    ['more than the bound', 'application/json', JSON.stringify('x'.repeat(200)), 413, 'http.too_large'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1', 415, 'http.unsupported_type'],
  ];
  for (const [name, type, body, status, code] of badJson) {
    it(`refuses JSON that is ${name}`, async () => {
      const answer = await shell.send({
        path: '/access/json',
        method: 'POST',
        headers: { 'Content-Type': type },
        body,
      });
      expect(answer.status).to.equal(status);
      expect(answer.headers['content-type']).to.include('application/problem+json');
      expect(JSON.parse(answer.text)).to.include({ code, status });
    });
  }

  it('shows a reference and no detail for what is unexpected, and keeps the detail in the log', async () => {
    const { status, text, headers } = await shell.send({ path: '/fails', headers: { Accept: 'text/html' } });
    expect(status).to.equal(500);
    expect(text).to.include(String(headers['x-request-id'])).and.not.include('secret');
    expect(JSON.stringify(shell.log)).to.include('the secret of the database');
  });

  it('sends Retry-After with a 503', async () => {
    const { status, headers } = await shell.send({ path: '/busy' });
    expect([status, headers['retry-after']]).to.deep.equal([503, '7']);
  });

  it('logs neither query strings, nor bodies, nor cookies, nor ids in paths', async () => {
    await shell.send({
      path: '/access/v1/records/pk-planted-1?code=planted-2',
      headers: { Cookie: 'planted=3', Authorization: 'Bearer planted-4' },
    });
    expect(shell.log.length).to.be.greaterThan(0);
    expect(JSON.stringify(shell.log)).to.not.include('planted');
  });

  it('does not believe forwarded headers of an undeclared proxy', async () => {
    const { text } = await shell.send({
      path: '/source',
      headers: { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Host': 'evil.example' },
    });
    expect(text).to.equal('127.0.0.1');
  });

  it('believes exactly the declared proxies', async () => {
    const proxied = await createTestShell({ proxyHops: 1 });
    proxied.http.use(async ctx => void (ctx.body = proxied.http.source(ctx)));
    await proxied.start();
    try {
      const { text } = await proxied.send({
        path: '/source',
        headers: { 'X-Forwarded-For': '198.51.100.1, 203.0.113.9' },
      });
      expect(text).to.equal('203.0.113.9');
    } finally {
      await proxied.close();
    }
  });
});
