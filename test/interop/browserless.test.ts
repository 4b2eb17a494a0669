import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createBrowserless } from '../../scripts/interop/browserless.ts';
import { signIn } from '../../scripts/interop/sign-in.ts';

/** A sign-in of the public contract (§5) reduced to its forms: identify, code, terms, then the relying party. */
function createSignInSite(received: string[]): Server {
  const code = '012345';
  let sent = false;
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site');
    let body = '';
    request.on('data', chunk => (body += String(chunk)));
    request.on('end', () => {
      const step = url.pathname.slice(1);
      const page = (html: string) => response.writeHead(200, { 'content-type': 'text/html' }).end(html);
      const go = (to: string, cookie = 'step=1; Path=/; HttpOnly') =>
        response.writeHead(303, { location: to, 'set-cookie': cookie }).end();
      if (request.method === 'POST') received.push(`${step} ${body} ${request.headers.cookie ?? ''}`);
      if (step === 'outbox.json') {
        const old = { id: '1', to: 'claire.dupont@chu.example', text: 'Code : 999999' };
        const other = { id: '2', to: 'marc.lefevre@chu.example', text: 'Code : 888888' };
        const own = { id: '3', to: 'claire.dupont@chu.example', text: `Code :\n ${code}` };
        return response.end(JSON.stringify(sent ? [other, own, old] : [old]));
      }
      if (request.method === 'POST' && step === 'identify') sent = true;
      if (request.method === 'POST')
        return go({ identify: '/code', code: '/terms', terms: '/back?x=1' }[step] ?? '/');
      const form = (id: string, content: string) =>
        page(
          `<form method=post id='${id}' action="/${id}"><input type="hidden" name="csrf" value="a&amp;b&#34;">${content}<button type="button" name="x">…</button><button name="b" value="no">OK</button><button name="c">Autre</button></form>`,
        );
      if (step === 'code') return form('code', '<input name="code">');
      if (step === 'terms') return form('terms', '<input type="checkbox" name="accept" value="oui">');
      if (step === 'wrong')
        return page(
          '<p class="x" role="alert" data-code="a.b">…</p><form id="identify" method="post"></form>',
        );
      return form('identify', '<input name="login"><input name="password" type="password">');
    });
  });
}

describe('the browserless browser', () => {
  let server: Server;
  let origin: string;
  let received: string[];
  beforeEach(async () => {
    received = [];
    server = createSignInSite(received);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  const person = { login: 'claire.dupont', password: 'Trousseau-2026!' };

  it('walks through the steps of the contract, with the newest code of the right person', async () => {
    const target = { outboxUrl: `${origin}/outbox.json`, stopAt: `${origin}/back` };
    const page = await signIn(createBrowserless(), `${origin}/start`, person, target);
    expect(page.url.href).to.equal(`${origin}/back?x=1`);
    expect(received).to.deep.equal([
      'identify b=no&csrf=a%26b%22&login=claire.dupont&password=Trousseau-2026%21 ',
      'code b=no&csrf=a%26b%22&code=012345 step=1',
      'terms b=no&csrf=a%26b%22&accept=oui step=1',
    ]);
  });

  it('stops at a refusal instead of trying again', async () => {
    const attempt = signIn(createBrowserless(), `${origin}/wrong`, person, {
      outboxUrl: `${origin}/outbox.json`,
    });
    const message = await attempt.then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(message).to.contain('a.b');
    expect(received).to.be.empty;
  });

  it('reads forms, choices and alerts, whatever the quotes', async () => {
    const { forms, alertCode } = await createBrowserless().get(`${origin}/terms`);
    expect(forms).to.have.lengthOf(1);
    expect(forms[0]).to.deep.include({
      id: 'terms',
      method: 'post',
      fields: { b: 'no', csrf: 'a&b"' },
      choices: { accept: ['oui'] },
    });
    expect(alertCode).to.equal(undefined);
    expect((await createBrowserless().get(`${origin}/wrong`)).alertCode).to.equal('a.b');
  });
});
