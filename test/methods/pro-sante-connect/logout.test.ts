import { createDirectory } from '#directory/index.ts';
import { createShiftedClock, randomId, type ShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import type { JWTPayload } from 'jose';
import Koa from 'koa';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProviderMethod } from '../../../src/methods/pro-sante-connect/index.ts';
import { startHostileProvider, type HostileProvider } from '../../support/hostile-provider.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

describe('a back-channel logout of another provider', () => {
  let provider: HostileProvider;
  let store: TestStore;
  let clock: ShiftedClock;
  let server: Server;
  let address: string;
  let ended: string[];
  let fails: boolean;

  before(async () => {
    provider = await startHostileProvider();
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    const { routes } = createProviderMethod({
      upstream: provider.upstream,
      issuer: 'https://connexion.region.example',
      store,
      clock,
      directory: createDirectory({ store, clock }),
      accounts: { findByLogin: async () => null },
      endByOrigin: async origin => {
        if (fails) throw new Error('the store is away');
        return ended.push(origin);
      },
      logger: { warn: () => undefined },
    });
    const app = new Koa();
    app.silent = true;
    if (routes) app.use(routes.routes());
    const handle = app.callback();
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/backchannel-logout/pro-sante-connect`;
  });
  beforeEach(() => {
    provider.reset();
    ended = [];
    fails = false;
  });
  after(async () => {
    server.close();
    await provider.close();
    await store.destroy();
  });

  const post = async (token: string) =>
    (await fetch(address, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })).status;
  const send = async (change?: (claims: JWTPayload) => JWTPayload) =>
    post(await provider.logoutToken(change));

  it('ends what came from that session, or from any session of that person', async () => {
    expect(await send()).to.equal(200);
    expect(await send(({ sid: _sid, ...claims }) => ({ ...claims, sub: 'somebody' }))).to.equal(200);
    expect(new Set(ended).size).to.equal(2);
    expect(ended.join(' ')).to.not.include('session-1');
  });

  it('takes one of fifty deliveries of the same token', async () => {
    const token = await provider.logoutToken();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(token)));
    expect(answers.filter(status => status === 200)).to.have.lengthOf(1);
    expect(ended).to.have.lengthOf(1);
  });

  it('may be delivered again when nothing could be ended', async () => {
    const token = await provider.logoutToken();
    fails = true;
    expect(await post(token)).to.equal(500);
    fails = false;
    expect(await post(token)).to.equal(200);
  });

  const wrong: Readonly<Record<string, (claims: JWTPayload) => JWTPayload>> = {
    'of another issuer': claims => ({ ...claims, iss: 'https://elsewhere.example' }),
    'for another party': claims => ({ ...claims, aud: 'another' }),
    'with a nonce (an ID token)': claims => ({ ...claims, nonce: 'n' }),
    'without events': ({ events: _events, ...claims }) => claims,
    'with another event': claims => ({ ...claims, events: { 'urn:other': {} } }),
    'without jti': ({ jti: _jti, ...claims }) => claims,
    'that names nobody': ({ sid: _sid, ...claims }) => claims,
    'whose sid is no text': claims => ({ ...claims, sid: 7, sub: 'somebody' }),
    'that is old': claims => ({ ...claims, iat: 1_000_000_000, exp: 1_000_000_100 }),
    'without a date': ({ iat: _iat, ...claims }) => claims,
  };
  for (const [title, change] of Object.entries(wrong)) {
    it(`refuses a token ${title}`, async () => {
      expect(await send(change)).to.equal(400);
      expect(ended).to.deep.equal([]);
    });
  }

  for (const signature of ['another-key', 'none', 'hs256'] as const) {
    it(`refuses a token signed by ${signature}`, async () => {
      provider.behaviour.signature = signature;
      expect(await send()).to.equal(400);
      expect(ended).to.deep.equal([]);
    });
  }

  it('leads nowhere for a departure that nobody began', async () => {
    const from = new URL(`/departure/pro-sante-connect/${randomId()}`, address);
    const answer = await fetch(from, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, '/']);
  });
});
