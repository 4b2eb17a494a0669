import { expect } from 'chai';
import type { Context } from 'koa';
import { createTestShell, type Answer, type TestShell } from '../support/shell.ts';

const LIMIT = 10_000;

describe('an upload', () => {
  let shell: TestShell;
  before(async () => {
    shell = await createTestShell();
    shell.http.use(async (ctx: Context, next) => {
      if (ctx.path !== '/upload') return next();
      if (ctx.method === 'GET') return shell.http.render(ctx, 'form');
      const { form, file } = await shell.http.readUpload(ctx, LIMIT);
      ctx.body = {
        note: form.get('note'),
        name: file?.name ?? null,
        bytes: file?.content.byteLength ?? null,
      };
    });
    await shell.start();
  });
  after(() => shell.close());

  async function send(
    parts: readonly string[],
    more: { end?: string; token?: string } = {},
  ): Promise<Answer> {
    const page = await shell.send({ path: '/upload' });
    const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const token = more.token ?? /value="([^"]+)"/u.exec(page.text)?.[1] ?? '';
    const all = [field('csrf', token), ...parts].map(part => `--b\r\n${part}\r\n`).join('');
    return shell.send({
      path: '/upload',
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b', Cookie: cookie },
      body: `${all}${more.end ?? '--b--\r\n'}`,
    });
  }

  const field = (name: string, value: string) =>
    `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
  const file = (content: string, name = 'a.png') =>
    `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n${content}`;

  it('gives the fields and the one file, as large as allowed', async () => {
    const answer = await send([field('note', 'été'), file('x'.repeat(LIMIT))]);
    expect(JSON.parse(answer.text)).to.deep.equal({ note: 'été', name: 'a.png', bytes: LIMIT });
  });

  it('says when no file was chosen', async () => {
    expect(JSON.parse((await send([file('', '')])).text)).to.include({ bytes: null });
  });

  it('keeps no folder of the sender’s in the name of a file', async () => {
    expect(JSON.parse((await send([file('x', '../../etc/passwd')])).text)).to.include({ name: 'passwd' });
  });

  it('refuses a file that is too large with 413', async () => {
    expect((await send([file('x'.repeat(LIMIT + 1))])).status).to.equal(413);
    expect((await send([file('x'.repeat(200_000))])).status).to.equal(413);
  });

  it('refuses a second file, too many fields, a body cut short, a field sent twice and a polluting name', async () => {
    expect((await send([file('x'), file('y')])).status).to.equal(400);
    expect((await send(Array.from({ length: 30 }, (_, n) => field(`f${n}`, 'x')))).status).to.equal(400);
    expect((await send([file('x')], { end: '' })).status).to.equal(400);
    expect((await send([field('note', 'a'), field('note', 'b')])).status).to.equal(400);
    expect((await send([field('__proto__', 'a')])).status).to.equal(400);
  });

  it('refuses a foreign token, and another kind of body', async () => {
    expect((await send([file('x')], { token: 'x'.repeat(43) })).status).to.equal(403);
    const other = await shell.send({
      path: '/upload',
      method: 'POST',
      body: 'a=b',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(other.status).to.equal(415);
    const bare = await shell.send({
      path: '/upload',
      method: 'POST',
      body: 'a=b',
      headers: { 'Content-Type': 'multipart/form-data' },
    });
    expect(bare.status).to.equal(400);
  });
});
