import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ACR } from '#kernel/index.ts';
import { CLIENT, exampleRegion, REDIRECT_URI, startTestApp, type TestApp } from '../support/app.ts';
import { codeSentTo, createVisitor, payloadOf, redeem } from '../support/relying-party.ts';

const STOP = { stopAt: REDIRECT_URI };
const PHONE = '+33600000001';

/** A resource server as the guide for relying parties tells it: it asks for a decision, and passes the level on. */
function createResourceServer(issuer: () => string): Server {
  return createServer((request, response) => {
    void answer(String(request.headers['x-session'])).then(({ status, challenge }) => {
      response.writeHead(status, challenge === undefined ? {} : { 'WWW-Authenticate': challenge }).end();
    });
  });

  async function answer(sid: string): Promise<{ status: number; challenge?: string }> {
    const reply = await fetch(`${issuer()}/access/v1/evaluation`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`,
      },
      body: JSON.stringify({
        subject: { type: 'account', id: 'acc-claire' },
        action: { name: 'read' },
        resource: { type: 'patient_record', id: 'pk-essai' },
        context: { sid, purpose: 'bris_de_glace', reason: 'urgence vitale, patient inconscient' },
      }),
    });
    const { decision, context } = (await reply.json()) as {
      decision: boolean;
      context: { acr_values?: string[] };
    };
    if (decision) return { status: 200 };
    if (!context.acr_values) return { status: 403 };
    // SPEC: RFC 9470 §3.
    const levels = context.acr_values.join(' ');
    return {
      status: 401,
      challenge: `Bearer error="insufficient_user_authentication", acr_values="${levels}"`,
    };
  }
}

describe('RFC 9470: a resource server that asks for a stronger sign-in', () => {
  let app: TestApp;
  let server: Server;
  let resource: string;
  before(async () => {
    const region = exampleRegion();
    Object.assign(region.accounts.find(({ sub }) => sub === 'acc-claire') ?? {}, { phone: PHONE });
    app = await startTestApp({ region });
    server = createResourceServer(() => app.issuer);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    resource = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await app.destroy();
  });

  it('gets exactly what is missing, and the same session opens after it', async () => {
    const visitor = createVisitor(app);
    const first = payloadOf((await redeem(app, await visitor.signIn('claire.dupont'))).body.id_token);
    const ask = () => fetch(resource, { headers: { 'x-session': String(first['sid']) } });
    const refused = await ask();
    expect(refused.status).to.equal(401);
    const challenge = refused.headers.get('www-authenticate') ?? '';
    expect(challenge).to.include('error="insufficient_user_authentication"');
    const levels = /acr_values="([^"]+)"/u.exec(challenge)?.[1] ?? '';
    expect(levels).to.equal(ACR.mfa);

    const again = await visitor.authorize({ acr_values: levels });
    expect(again.page.forms[0]?.id, 'one page: the SMS').to.equal('code');
    expect(again.page.body).to.not.include('name="password"');
    const page = await visitor.browser.submit(
      again.page,
      'code',
      { code: await codeSentTo(app, PHONE) },
      STOP,
    );
    const { body } = await redeem(app, { ...again, page, callback: page.url.searchParams });
    expect(payloadOf(body.id_token)).to.include({ acr: ACR.mfa, sid: first['sid'], sub: 'acc-claire' });
    expect((await ask()).status).to.equal(200);

    const third = await visitor.authorize({ acr_values: levels });
    expect(third.callback.get('code'), 'nothing more is asked').to.be.a('string');
  });
});
