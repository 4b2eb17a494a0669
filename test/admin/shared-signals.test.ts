import { expect } from 'chai';
import { methodsEvents } from '#methods/index.ts';
import { createRemoteJWKSet, jwtVerify, type JWTVerifyResult } from 'jose';
import type { TestApp } from '../support/app.ts';
import { seatOf, type Seat } from '../support/administrators.ts';
import { apiOf, basicOf, startApiApp, type ApiClient } from './api-client.ts';
import { startReceiver, type Receiver } from './webhook-receiver.ts';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
const EVENTS = [
  'session.ended',
  'account.suspended',
  'account.closed',
  'password.changed',
  'means.added',
  'means.removed',
  'means.reset',
];
const AUDIENCE = 'https://receiver.example';

interface Configuration {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly delivery_methods_supported: readonly string[];
  readonly events_supported: readonly string[];
}

describe('shared signals', () => {
  let app: TestApp;
  let anne: Seat;
  let region: ApiClient;
  let receiver: Receiver;
  let configuration: Configuration;
  let webhook: string;
  before(async () => {
    app = await startApiApp();
    anne = await seatOf(app, 'anne');
    region = await apiOf(app, basicOf('si-region'));
    receiver = await startReceiver();
    configuration = (await (
      await fetch(`${app.issuer}/.well-known/ssf-configuration`)
    ).json()) as Configuration;
    const body = { url: receiver.url, events: EVENTS, format: 'set', audience: AUDIENCE };
    const made = await region('POST', '/webhooks', { body });
    expect(made.status).to.equal(201);
    expect(made.body['secret']).to.equal(null);
    webhook = (made.body['webhook'] as { webhook: string }).webhook;
  });
  after(async () => {
    await receiver.close();
    await app.destroy();
  });
  beforeEach(() => {
    receiver.arrivals.length = 0;
    receiver.answers.length = 0;
  });

  /** One turn of the work that follows the trail, and of the outbox; the receiver answers 202 each time. */
  async function pass(): Promise<void> {
    for (let times = 0; times < 5; times += 1)
      receiver.answers.push(response => response.writeHead(202).end());
    await app.jobs.runNow('admin.webhook-feed');
    await app.outbox.drain();
  }

  /** What a receiver does that knows the address of the service alone. */
  async function verified(): Promise<JWTVerifyResult[]> {
    const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));
    const { issuer } = configuration;
    const options = { issuer, audience: AUDIENCE, typ: 'secevent+jwt', requiredClaims: ['jti', 'iat'] };
    return Promise.all(receiver.arrivals.map(({ body }) => jwtVerify(body, keys, options)));
  }

  const eventsOf = (results: readonly JWTVerifyResult[]) =>
    results.map(({ payload }) => payload['events'] as Record<string, Record<string, unknown>>);

  async function attempt() {
    const { body } = await region('GET', `/webhooks/${webhook}/attempts?limit=1`);
    return (body['items'] as { state: string; attempts: number; code: string | null }[])[0];
  }

  it('tell where the keys are, how tokens are delivered, and which events there are', () => {
    expect(configuration).to.deep.equal({
      spec_version: '1_0',
      issuer: app.issuer,
      jwks_uri: `${app.issuer}/oidc/jwks`,
      delivery_methods_supported: ['urn:ietf:rfc:8935'],
      default_subjects: 'ALL',
      events_supported: [`${CAEP}/session-revoked`, `${CAEP}/credential-change`],
    });
  });

  it('tell a receiver that knows the published keys alone whose sessions are over', async () => {
    await seatOf(app, 'perine');
    const ended = await region('POST', '/people/acc-perine/suspend', { body: { reason: 'Essai' } });
    expect(ended.status).to.equal(200);
    await pass();
    const results = await verified();
    expect(results).to.not.have.length(0);
    for (const { payload, protectedHeader } of results) {
      expect(protectedHeader.alg).to.equal('RS256');
      expect(payload).to.not.have.any.keys('sub', 'exp', 'nbf');
      expect(payload['sub_id']).to.deep.equal({ format: 'iss_sub', iss: app.issuer, sub: 'acc-perine' });
      expect(Object.keys(payload['events'] as object)).to.deep.equal([`${CAEP}/session-revoked`]);
    }
    expect(new Set(results.map(({ payload }) => payload.jti)).size).to.equal(results.length);
    const [details] = eventsOf(results).map(events => events[`${CAEP}/session-revoked`]);
    expect(details?.['event_timestamp']).to.be.closeTo(app.clock.now(), 10);
    expect(eventsOf(results).some(events => JSON.stringify(events).includes('"admin"'))).to.equal(true);
    for (const { headers, body } of receiver.arrivals) {
      expect(headers['content-type']).to.equal('application/secevent+jwt');
      expect(headers['webhook-signature']).to.equal(undefined);
      expect(Buffer.from(body.split('.')[1] ?? '', 'base64url').toString()).to.not.include('Essai');
    }
    expect((await attempt())?.state).to.equal('sent');
  });

  it('tell that a password was replaced, and by whom', async () => {
    await region('POST', '/people/acc-luc/reset-password', { body: { reason: 'Essai' } });
    await pass();
    const changes = eventsOf(await verified()).flatMap(events => events[`${CAEP}/credential-change`] ?? []);
    expect(changes).to.have.length(1);
    expect(changes[0]).to.include({
      credential_type: 'password',
      change_type: 'update',
      initiating_entity: 'admin',
    });
  });

  it('tell of means that a person added or took away, and of those set aside after a loss', async () => {
    const written = (type: string, method: string) => {
      const event = methodsEvents.find(known => known.type === type);
      if (!event) throw new Error(type);
      const data = { method, factor: 'Mon téléphone' };
      return app.services.audit.record(event, {
        actor: 'acc-luc',
        account: 'acc-luc',
        outcome: 'success',
        data,
      });
    };
    await written('methods.factor.added', 'totp');
    await written('methods.factor.removed', 'passkey');
    await region('POST', '/people/acc-luc/reset-factors', { body: { reason: 'Téléphone perdu' } });
    await pass();
    const results = await verified();
    const changes = eventsOf(results).flatMap<Record<string, unknown>>(
      events => events[`${CAEP}/credential-change`] ?? [],
    );
    expect(changes.map(change => [change['credential_type'], change['change_type']])).to.have.deep.members([
      ['app', 'create'],
      ['passkey', 'delete'],
      ['all', 'revoke'],
    ]);
    expect(JSON.stringify(results)).to.not.include('téléphone');
  });

  it('are tried by a verification event about the stream itself', async () => {
    await region('POST', `/webhooks/${webhook}/test`);
    await pass();
    const [result] = await verified();
    expect(result?.payload['sub_id']).to.deep.equal({ format: 'opaque', id: webhook });
    expect(result?.payload['events']).to.deep.equal({ [VERIFICATION]: {} });
  });

  it('come again, as the same token, until they are accepted (202)', async () => {
    await region('POST', `/webhooks/${webhook}/test`);
    receiver.answers.push(response => response.writeHead(200).end());
    await app.outbox.drain();
    expect(await attempt()).to.include({ state: 'failed', attempts: 1 });
    app.clock.advance(30);
    await pass();
    const [first, second] = (await verified()).map(({ payload }) => payload);
    expect(second).to.deep.equal(first);
    expect(receiver.arrivals).to.have.length(2);
    expect((await attempt())?.state).to.equal('sent');
  });

  it('are given up when the receiver says that it will never take them, and tried again by hand', async () => {
    await region('POST', `/webhooks/${webhook}/test`);
    receiver.answers.push(response =>
      response.writeHead(400, { 'Content-Type': 'application/json' }).end('{"err":"invalid_audience"}'),
    );
    await app.outbox.drain();
    const dead = (await region('GET', '/deliveries?state=dead')).body['items'] as { delivery: string }[];
    expect(dead).to.have.length(1);
    expect((await attempt())?.code).to.equal('notify.undeliverable');
    const again = `/deliveries/${encodeURIComponent(dead[0]?.delivery ?? '')}/retry`;
    expect((await region('POST', again)).status).to.equal(204);
    await pass();
    expect(receiver.arrivals).to.have.length(2);
    expect((await attempt())?.state).to.equal('sent');
  });

  it('are of the events that receivers of that standard know, and have no secret', async () => {
    const body = { url: receiver.url, events: ['membership.given'], format: 'set' };
    const refused = await region('POST', '/webhooks', { body });
    expect((refused.body['errors'] as { path: string }[])[0]?.path).to.equal('events');
    const aimless = { url: receiver.url, events: ['session.ended'], audience: AUDIENCE };
    expect((await region('POST', '/webhooks', { body: aimless })).status).to.equal(422);
    const rotated = await region('POST', `/webhooks/${webhook}/rotate-secret`);
    expect([rotated.status, rotated.body.code]).to.deep.equal([409, 'admin.webhook_without_secret']);
  });

  it('are subscribed to at the page too', async () => {
    const form = await anne.get('/admin/webhooks/new');
    const page = await anne.browser.submit(form, 'webhook', {
      url: receiver.url,
      events: ['session.ended'],
      format: 'set',
    });
    expect(page.url.search).to.equal('?done=subscribed');
    // By default they are for the origin of the address.
    expect(page.body).to.include(new URL(receiver.url).origin);
  });
});
