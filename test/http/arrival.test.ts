import { connect } from 'node:net';
import Router from '@koa/router';
import { expect } from 'chai';
import { createTestShell, type TestShell } from '../support/shell.ts';

const PAGE = { Accept: 'text/html' };

describe('a request that arrives', () => {
  let shell: TestShell;

  async function open(overrides: Parameters<typeof createTestShell>[0] = {}): Promise<void> {
    shell = await createTestShell(overrides);
    const routes = new Router();
    routes.get('/seen', async ctx => {
      const { ip, host, protocol, href } = ctx;
      ctx.body = { ip, host, protocol, href, source: shell.http.source(ctx) };
    });
    routes.post('/only-post/:id', async ctx => void (ctx.body = 'ok'));
    shell.http.use(routes);
    await shell.start();
  }
  afterEach(() => shell.close());

  it('shows nothing of forged forwarded headers to what lies below', async () => {
    await open();
    const { text } = await shell.send({
      path: '/seen',
      headers: {
        'X-Forwarded-For': '203.0.113.9',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'https',
        Forwarded: 'host=evil.example;proto=https',
      },
    });
    expect(JSON.parse(text)).to.deep.equal({
      ip: '127.0.0.1',
      host: 'idp.example',
      protocol: 'http',
      href: 'http://idp.example/seen',
      source: '127.0.0.1',
    });
  });

  it('takes the entry of the outermost declared proxy, and nothing that stands before it', async () => {
    await open({ proxyHops: 2 });
    for (const [forwarded, expected] of [
      ['6.6.6.6, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
      ['6.6.6.6, ::ffff:203.0.113.9, 10.0.0.2', '203.0.113.9'],
      ['2001:db8::7, 10.0.0.2', '2001:db8::7'],
      ['203.0.113.9:5678, 10.0.0.2', '203.0.113.9'],
      ['[2001:db8::7]:5678, 10.0.0.2', '2001:db8::7'],
      ['[2001:db8::7], 10.0.0.2', '2001:db8::7'],
      ['[::ffff:203.0.113.9]:1, 10.0.0.2', '203.0.113.9'],
      ['203.0.113.9:port, 10.0.0.2', '127.0.0.1'],
      ['6.6.6.6, not-an-address, 10.0.0.2', '127.0.0.1'],
      ['', '127.0.0.1'],
    ] as const) {
      const { text } = await shell.send({ path: '/seen', headers: { 'X-Forwarded-For': forwarded } });
      expect(JSON.parse(text), forwarded).to.include({ source: expected, ip: expected });
    }
  });

  it('is named by the declared proxy when it names it, and never by a stranger', async () => {
    const named = async (): Promise<readonly string[]> => {
      const headers = { 'X-Request-ID': 'chosen-1', Accept: 'application/json' };
      const answer = await shell.send({ path: '/nowhere', headers });
      const { instance } = JSON.parse(answer.text) as { instance: string };
      const logged = shell.log.find(line => line['route'] !== undefined)?.['requestId'];
      expect(instance).to.equal(`urn:trousseau:request:${String(logged)}`);
      return [String(logged), String(answer.headers['x-request-id'])];
    };
    await open({ proxyHops: 1 });
    expect(await named()).to.deep.equal(['chosen-1', 'chosen-1']);
    const odd = await shell.send({ path: '/seen', headers: { 'X-Request-ID': 'a b<script>' } });
    expect(odd.headers['x-request-id']).to.match(/^[a-zA-Z0-9]{8}-[a-z0-9]+$/u);
    await shell.close();
    await open();
    const [reference, echoed] = await named();
    expect(reference).not.to.equal('chosen-1');
    expect(echoed).to.equal(reference);
  });

  it('speaks https to what lies below when the public address does', async () => {
    await open({ issuer: 'https://idp.example', proxyHops: 1 });
    const { text, headers } = await shell.send({ path: '/seen', headers: { 'X-Forwarded-Proto': 'https' } });
    expect(JSON.parse(text)).to.include({ protocol: 'https', href: 'https://idp.example/seen' });
    expect(headers['strict-transport-security']).to.include('max-age=');
  });

  it('sends a page asked in clear text to the public address, and refuses anything else', async () => {
    await open({ issuer: 'https://idp.example', proxyHops: 1 });
    const headers = { 'X-Forwarded-Proto': 'http' };
    const page = await shell.send({ path: '/seen?a=1', headers: { ...headers, ...PAGE } });
    expect([page.status, page.headers.location]).to.deep.equal([307, 'https://idp.example/seen?a=1']);
    const posted = await shell.send({ path: '/only-post/1', method: 'POST', headers });
    expect(posted.status).to.equal(421);
  });

  it('sends people on another of its names to the public one, and answers programs there', async () => {
    await open({ otherHosts: ['127.0.0.1:3000'] });
    const headers = { Host: '127.0.0.1:3000' };
    const page = await shell.send({ path: '/seen', headers: { ...headers, ...PAGE } });
    expect([page.status, page.headers.location]).to.deep.equal([307, 'http://idp.example/seen']);
    expect((await shell.send({ path: '/seen', headers })).status).to.equal(200);
  });

  it('refuses addresses that lead elsewhere', async () => {
    await open();
    for (const path of ['http://evil.example/seen', '//evil.example/seen', '/\\evil.example', '/seen%00']) {
      expect((await shell.send({ path })).status, path).to.equal(400);
    }
  });

  it('refuses a second Host header and headers without bound', async () => {
    await open();
    const { port } = shell;
    const raw = (text: string) =>
      new Promise<string>(resolve => {
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(text));
        socket.on('data', chunk => (answer += chunk.toString())).on('close', () => resolve(answer));
        socket.on('error', () => resolve(answer));
      });
    const twice =
      'GET /seen HTTP/1.1\r\nHost: idp.example\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect(await raw(twice)).to.match(/^HTTP\/1\.1 421 /u);
    const long = `GET /seen HTTP/1.1\r\nHost: idp.example\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await raw(long)).to.match(/^HTTP\/1\.1 431 /u);
  });

  it('tells a wrong method from a wrong address', async () => {
    await open();
    const wrong = await shell.send({ path: '/only-post/1', headers: { Accept: 'application/json' } });
    expect([wrong.status, wrong.headers.allow]).to.deep.equal([405, 'POST']);
    expect(JSON.parse(wrong.text)).to.include({ code: 'http.method_not_allowed' });
    expect((await shell.send({ path: '/nowhere' })).status).to.equal(404);
  });

  it('is logged by the pattern of its route, never by its path', async () => {
    await open();
    await shell.send({ path: '/only-post/jean.dupont', method: 'POST' });
    await shell.send({ path: '/access/v1/records/planted' });
    await shell.send({ path: '/oidc/authorize/planted-2' });
    const routes = shell.log.map(line => line['route']).filter(route => route !== undefined);
    expect(routes).to.deep.equal(['/only-post/:id', 'other', '/oidc/authorize/:id']);
  });
});
