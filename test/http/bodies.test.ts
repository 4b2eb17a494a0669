import { request } from 'node:http';
import { expect } from 'chai';
import { readJson } from '#http/index.ts';
import type { Context } from 'koa';
import { createTestShell, type TestShell } from '../support/shell.ts';

describe('a body', () => {
  let shell: TestShell;
  beforeEach(async () => {
    shell = await createTestShell();
    shell.http.use(async (ctx: Context, next) => {
      if (ctx.path === '/json') ctx.body = { got: await readJson(ctx, { maxBytes: 10_000 }) };
      else if (ctx.path === '/form' && ctx.method === 'GET') return shell.http.render(ctx, 'form');
      else if (ctx.path === '/form') {
        const form = await shell.http.readForm(ctx);
        ctx.body = { one: form.get('one'), all: form.all('many') };
      } else return next();
    });
    await shell.start();
  });
  afterEach(() => shell.close());

  async function post(fields: string): Promise<{ status: number; text: string }> {
    const page = await shell.send({ path: '/form' });
    const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const token = /value="([^"]+)"/u.exec(page.text)?.[1] ?? '';
    return shell.send({
      path: '/form',
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie },
      body: `csrf=${token}&${fields}`,
    });
  }

  it('that is too long is answered with 413 although it announces no length', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { Host: shell.host, 'Content-Type': 'application/json' };
      const options = { port: shell.port, host: '127.0.0.1', path: '/json', method: 'POST', headers };
      const outgoing = request(options, incoming => {
        incoming.resume();
        resolve(incoming.statusCode);
      });
      outgoing.on('error', reject);
      outgoing.write('x'.repeat(9_000));
      outgoing.write('x'.repeat(9_000));
    });
    expect(status).to.equal(413);
  });

  it('that breaks off is no failure of ours', async () => {
    await new Promise<void>(resolve => {
      const headers = { Host: shell.host, 'Content-Type': 'application/json', 'Content-Length': '100' };
      const options = { port: shell.port, host: '127.0.0.1', path: '/json', method: 'POST', headers };
      const outgoing = request(options);
      outgoing.on('error', () => resolve());
      outgoing.write('{"a":', () => setTimeout(() => outgoing.destroy(new Error('gone')), 20));
    });
    const { status } = await shell.send({ path: '/form' });
    expect(status).to.equal(200);
    expect(shell.log.filter(({ message }) => message === 'request failed')).to.deep.equal([]);
  });

  for (const [name, body] of [
    ['a polluting key', '{"constructor":1}'],
    ['a polluting key deep inside', '{"a":[{"prototype":{}}]}'],
    ['an escaped polluting key', '{"\\u005f_proto__":{}}'],
    ['NUL', '{"a":"\\u0000"}'],
    ['more nesting than anybody needs', `${'['.repeat(40)}${']'.repeat(40)}`],
  ] as const) {
    it(`of JSON with ${name} is refused`, async () => {
      const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
      const answer = await shell.send({ path: '/json', method: 'POST', headers, body });
      expect(answer.status).to.equal(400);
      expect(JSON.parse(answer.text)).to.include({ code: 'http.malformed_json' });
    });
  }

  it('of JSON in another charset is refused', async () => {
    const headers = { 'Content-Type': 'application/json; charset=utf-16' };
    expect((await shell.send({ path: '/json', method: 'POST', headers, body: '{}' })).status).to.equal(415);
  });

  for (const [name, fields] of [
    ['a name of a prototype', '__proto__=x'],
    ['a field that was sent twice', 'one=a&one=b'],
    ['a broken escape', 'one=%E9'],
    ['half an escape', 'one=%2'],
  ] as const) {
    it(`of a form with ${name} is refused`, async () => {
      expect((await post(fields)).status).to.equal(400);
    });
  }

  it('of a form keeps the values of a field that is ticked several times', async () => {
    const { text } = await post('one=%C3%A9t%C3%A9&many=a&many=b');
    expect(JSON.parse(text)).to.deep.equal({ one: 'été', all: ['a', 'b'] });
  });
});
