import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createAudit } from '#audit/index.ts';
import { createShiftedClock } from '#kernel/index.ts';
import { createRefusalTrail } from '../../src/access/routes/refusal-trail.ts';
import { createApiCallers } from '../../src/oidc/callers.ts';
import { openTestStore } from '../support/store.ts';
import { ask, REGION } from './region.ts';
import { createWorld, secretOf, type TestWorld, type WorldOptions } from './world.ts';

const READ = ask('claire', 'read', 'pk-ouvert');

describe('a refused call of the access API', () => {
  let world: TestWorld;
  const open = async (options: WorldOptions = {}) => {
    world = await createWorld(REGION, { callers: createApiCallers, proxyHops: 1, ...options });
  };
  afterEach(() => world.close());

  const basic = (client: string, secret = secretOf(client)) =>
    `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`;
  const call = (authorization?: string, source = '203.0.113.9', path = '/access/v1/evaluation') =>
    world.send('POST', path, READ, {
      client: '',
      headers: {
        'X-Forwarded-For': source,
        ...(authorization !== undefined && { Authorization: authorization }),
      },
    });
  const statusOf = async (...args: Parameters<typeof call>) => (await call(...args)).status;
  const refusals = async () =>
    (await world.audit.list({ limit: 1000 })).items
      .filter(({ type }) => type === 'access.call.refused')
      .map(({ client, source, outcome, data }) => ({ client, source, outcome, ...data }))
      .reverse();

  it('is recorded with its code, its source and the application when that is known', async () => {
    await open();
    await call();
    await call(basic('dcc', 'wrong'));
    await call(basic('inconnu', 'le secret de quelqu’un'));
    await call(basic('simple'), '203.0.113.9', '/access/v1/patient-keys');
    const at = { source: '203.0.113.9', outcome: 'refused' };
    expect(await refusals()).to.have.deep.members([
      { ...at, client: undefined, code: 'access.unauthenticated', status: 401 },
      { ...at, client: 'dcc', code: 'access.unauthenticated', status: 401 },
      { ...at, client: 'simple', code: 'access.insufficient_scope', status: 403 },
    ]);
    expect(JSON.stringify(await world.audit.list({}))).not.to.include('inconnu');
  });

  it('is counted, not written again, while it goes on', async () => {
    await open();
    for (let i = 0; i < 10; i += 1) await call();
    expect(await refusals()).to.have.length(1);
    world.clock.advance(61);
    await call();
    expect((await refusals()).map(line => (line as { more?: number }).more ?? 0)).to.have.members([0, 9, 0]);
  });

  it('by too many failures is 429, for that source and that application only', async () => {
    await open({ callFailuresPerClient: 3 });
    for (let i = 0; i < 3; i += 1) expect(await statusOf(basic('dcc', `guess ${i}`))).to.equal(401);
    const held = await call(basic('dcc'));
    expect([held.status, held.json['code']]).to.deep.equal([429, 'http.too_many_requests']);
    expect(held.headers['content-type']).to.include('application/problem+json');
    expect(Number(held.headers['retry-after'])).to.be.within(1, 60);
    expect(await statusOf(basic('simple'))).to.equal(200);
    expect(await statusOf(basic('dcc'), '203.0.113.10')).to.equal(200);
    world.clock.advance(61);
    expect(await statusOf(basic('dcc'))).to.equal(200);
  });

  it('locks out no application that was at work behind the same proxy', async () => {
    await open({ callFailuresPerClient: 3, callFailuresPerSource: 5 });
    expect(await statusOf(basic('dcc'))).to.equal(200);
    for (let i = 0; i < 8; i += 1) await call(basic('dcc', `guess ${i}`));
    expect(await statusOf(basic('dcc'))).to.equal(200);
    expect(await statusOf(basic('dcc', 'guess 9'))).to.equal(429);
  });

  it('is bounded for a whole source, whatever it names, and for the whole /64 of an IPv6 address', async () => {
    await open({ callFailuresPerSource: 4 });
    for (let i = 0; i < 4; i += 1)
      expect(await statusOf(basic(`client-${i}`, 'x'), `2001:db8::${i + 1}`)).to.equal(401);
    expect(await statusOf(basic('dcc'), '2001:db8::9')).to.equal(429);
    expect(await statusOf('Bearer nothing', '2001:db8::9')).to.equal(429);
    expect(await statusOf(undefined, '2001:db8::9')).to.equal(429);
    expect(await statusOf(basic('dcc'), '2001:db8:1::9')).to.equal(200);
  });

  it('of a flood from everywhere takes a bounded number of lines', async () => {
    await open();
    for (let start = 0; start < 300; start += 50)
      await Promise.all(Array.from({ length: 50 }, (_, i) => call(undefined, `198.51.${start / 50}.${i}`)));
    expect((await refusals()).length).to.be.within(200, 201);
  });
});

describe('the trail of refused calls', () => {
  it('writes how many more there were even when nobody calls any more', async () => {
    const clock = createShiftedClock();
    const store = await openTestStore({ clock });
    const audit = createAudit({ store, clock });
    await audit.start();
    const logger = { info: () => {}, error: () => {} };
    const trail = createRefusalTrail({ audit, clock, logger, windowMs: 20 });
    const refused = { code: 'access.unauthenticated', status: 401, source: '203.0.113.9', client: undefined };
    await Promise.all(Array.from({ length: 50 }, () => trail.record(refused)));
    const lines = async () =>
      (await audit.list({})).items.filter(({ type }) => type === 'access.call.refused');
    for (let i = 0; i < 100 && (await lines()).length < 2; i += 1) await sleep(10);
    expect((await lines()).map(({ data }) => data?.['more'] ?? 0)).to.have.members([0, 49]);
    await audit.close();
    await store.destroy();
  });
});
