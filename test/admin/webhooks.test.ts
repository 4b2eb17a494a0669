import { expect } from 'chai';
import { termsAccepted } from '../../src/accounts/events.ts';
import { createSender } from '../../src/admin/webhooks/sender.ts';
import { createAudit } from '../../src/audit/index.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { signersOf, startReceiver, type Receiver } from './webhook-receiver.ts';

const DAY = 86_400;

describe('events out', () => {
  let app: TestApp;
  let anne: Seat;
  let receiver: Receiver;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    anne = await seatOf(app, 'anne');
  });
  after(() => app.destroy());
  beforeEach(async () => (receiver = await startReceiver()));
  afterEach(async () => {
    for (const path of await subscriptions())
      await anne.browser.submit(await anne.get(`${path}/remove`), 'confirm');
    await receiver.close();
  });

  const subscriptions = async () => [
    ...new Set(
      (await anne.get('/admin/webhooks')).body.match(/\/admin\/webhooks\/(?!new)[\w-]{10,}/gu) ?? [],
    ),
  ];

  async function subscribe(events: readonly string[], where: Readonly<Record<string, string>> = {}) {
    const form = await anne.get('/admin/webhooks/new');
    const page = await anne.browser.submit(form, 'webhook', { url: receiver.url, events, ...where });
    expect(page.status).to.equal(200);
    const [, secret = ''] = /id="webhook-secret">([^<]+)</u.exec(page.body) ?? [];
    const [path = ''] = /\/admin\/webhooks\/(?!new)[\w-]{10,}/u.exec(page.body) ?? [];
    return { secret, path };
  }

  /** One turn of the work that follows the trail, and of the outbox. */
  async function pass(): Promise<void> {
    await app.jobs.runNow('admin.webhook-feed');
    await app.outbox.drain();
  }

  async function act(path: string, reason = 'Essai') {
    const page = await anne.get(path);
    return anne.browser.submit(page, 'confirm', { reason });
  }
  const told = () =>
    receiver.arrivals.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, string> });

  it('are signed as Standard Webhooks say, once each, with opaque ids and no name', async () => {
    const { secret } = await subscribe(['account.suspended', 'account.reactivated']);
    expect(secret).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/u);
    await act('/admin/people/acc-luc/suspend');
    await act('/admin/people/acc-luc/reactivate');
    await pass();
    await pass();
    expect(told().map(({ type }) => type)).to.have.members(['account.suspended', 'account.reactivated']);
    for (const arrival of receiver.arrivals) {
      expect(signersOf(arrival, [secret])).to.deep.equal([0]);
      expect(arrival.body).to.include('acc-luc').and.not.include('Luc').and.not.include('Essai');
      expect(Math.abs(Number(arrival.headers['webhook-timestamp']) - app.clock.now())).to.be.lessThan(10);
    }
    expect(new Set(receiver.arrivals.map(({ headers }) => headers['webhook-id'])).size).to.equal(2);
  });

  it('show their secret once, and a rotated one signs beside the former for a day', async () => {
    const { secret: former, path } = await subscribe(['terms.published']);
    expect((await anne.get(path)).body).to.not.include(former);
    const page = await anne.browser.submit(await anne.get(`${path}/rotate`), 'confirm');
    const [, newer = ''] = /id="webhook-secret">([^<]+)</u.exec(page.body) ?? [];
    await anne.browser.submit(await anne.get(path), 'test');
    await app.outbox.drain();
    const [first] = receiver.arrivals;
    expect(first && signersOf(first, [newer, former])).to.deep.equal([0, 1]);
    app.clock.advance(DAY + 1);
    anne = await seatOf(app, 'anne');
    await anne.browser.submit(await anne.get(path), 'test');
    await app.outbox.drain();
    const last = receiver.arrivals.at(-1);
    expect(last && signersOf(last, [newer, former])).to.deep.equal([0]);
  });

  it('come again after a failure, under the same id', async () => {
    const { path } = await subscribe(['terms.published']);
    receiver.answers.push(response => response.writeHead(500).end());
    await anne.browser.submit(await anne.get(path), 'test');
    await app.outbox.drain();
    expect((await anne.get(path)).body).to.include('n’a pas répondu, ou a refusé');
    app.clock.advance(10);
    await app.outbox.drain();
    const ids = receiver.arrivals.map(({ headers }) => headers['webhook-id']);
    expect(ids).to.have.length(2);
    expect(new Set(ids).size).to.equal(1);
    expect((await anne.get(path)).body).to.include('Reçu');
  });

  it('do not follow a redirect', async () => {
    const { path } = await subscribe(['terms.published']);
    receiver.answers.push(response =>
      response.writeHead(307, { Location: `${receiver.url}/elsewhere` }).end(),
    );
    await anne.browser.submit(await anne.get(path), 'test');
    await app.outbox.drain();
    expect(receiver.arrivals.map(({ path: asked }) => asked)).to.deep.equal(['/events']);
  });

  it('are given up at once for a receiver that is gone, and listed among what was given up', async () => {
    const { path } = await subscribe(['terms.published']);
    receiver.answers.push(response => response.writeHead(410).end());
    await anne.browser.submit(await anne.get(path), 'test');
    await app.outbox.drain();
    expect((await anne.get('/admin/deliveries')).body).to.include('Événement vers une application');
  });

  it('stay within the network and the organisation that were asked for', async () => {
    await subscribe(['account.suspended'], { organisation: 'chu' });
    await act('/admin/people/acc-luc/suspend');
    await act('/admin/people/acc-perine/suspend');
    await pass();
    expect(told().map(({ data }) => data['account'])).to.deep.equal(['acc-perine']);
    await act('/admin/people/acc-luc/reactivate');
    await act('/admin/people/acc-perine/reactivate');
  });

  it('tell which profile was taken away, and of sessions only why in a word', async () => {
    await subscribe(['membership.removed', 'session.ended']);
    const person = await anne.get('/admin/people/acc-karim');
    const [removal = ''] = /\/admin\/people\/acc-karim\/memberships\/(?!new)[\w-]+/u.exec(person.body) ?? [];
    await seatOf(app, 'perine');
    await act(`${removal}/remove`);
    await act('/admin/people/acc-perine/end-sessions', 'Une phrase que personne ne lira');
    await pass();
    const removed = told().find(({ type }) => type === 'membership.removed');
    expect(removed?.data).to.include.keys('account', 'network', 'profile');
    // Sessions of others may run out in the same moment.
    const ended = told().filter(({ type }) => type === 'session.ended');
    expect(ended.map(({ data }) => data['account'])).to.include('acc-perine');
    expect(JSON.stringify(told())).to.not.include('phrase');
  });

  it('are not kept for a receiver that is paused, nor sent to one that was deleted', async () => {
    const { path } = await subscribe(['account.suspended', 'account.reactivated']);
    await anne.browser.submit(await anne.get(path), 'switch');
    await act('/admin/people/acc-luc/suspend');
    await pass();
    app.clock.advance(1);
    await anne.browser.submit(await anne.get(path), 'switch');
    await pass();
    expect(receiver.arrivals).to.have.length(0);
    await anne.browser.submit(await anne.get(`${path}/remove`), 'confirm');
    await act('/admin/people/acc-luc/reactivate');
    await pass();
    expect(receiver.arrivals).to.have.length(0);
  });

  it('are queued once by fifty turns that read the same trail', async () => {
    await subscribe(['account.suspended']);
    await act('/admin/people/acc-luc/suspend');
    const feed = app.admin.jobs.find(({ name }) => name === 'admin.webhook-feed');
    await Promise.all(Array.from({ length: 50 }, async () => feed?.run()));
    await app.outbox.drain();
    expect(told()).to.have.length(1);
    await act('/admin/people/acc-luc/reactivate');
  });

  it('are told exactly once when another instance wrote them up to a minute late, and not when later', async () => {
    await subscribe(['terms.accepted']);
    app.clock.advance(100);
    await pass();
    const feed = app.admin.jobs.find(({ name }) => name === 'admin.webhook-feed');
    for (const [lateSeconds, account] of [
      [55, 'acc-late'],
      [70, 'acc-too-late'],
    ] as const) {
      // Another process, whose write waited for the store: a chain of its own, whose lines are older than the cursor.
      const other = createAudit({
        store: app.services.store,
        clock: { ...app.clock, nowMs: () => app.clock.nowMs() - lateSeconds * 1_000 },
      });
      await other.record(termsAccepted, { account, actor: account, outcome: 'success' });
      await other.close();
    }
    await Promise.all(Array.from({ length: 50 }, async () => feed?.run()));
    await pass();
    app.clock.advance(6);
    await pass();
    expect(told().map(({ data }) => data['account'])).to.deep.equal(['acc-late']);
  });

  it('are refused towards private addresses, without TLS, and to who may not subscribe', async () => {
    const form = await anne.get('/admin/webhooks/new');
    for (const url of [
      'http://exemple.fr/x',
      'https://10.0.0.1/x',
      'https://[::1]/x',
      'https://a:b@exemple.fr/',
      'non',
    ])
      expect(
        (await anne.browser.submit(form, 'webhook', { url, events: ['session.ended'] })).alertCode,
        url,
      ).to.equal('admin.invalid');
    const paul = await seatOf(app, 'paul');
    expect((await paul.get('/admin/webhooks')).status).to.equal(403);
  });
});

describe('the sender of events', () => {
  let receiver: Receiver;
  before(async () => (receiver = await startReceiver()));
  after(() => receiver.close());

  const codeOf = (sent: Promise<void>) =>
    sent.then(
      () => 'sent',
      (error: { code?: string }) => error.code,
    );

  it('gives up on a name that leads to a private address, whatever it is called', async () => {
    const sender = createSender({ internalHosts: [] });
    expect(await codeOf(sender.post('https://localhost./x', '{}', {}))).to.equal('admin.webhook_failed');
    expect(await codeOf(sender.post(receiver.url, '{}', {}))).to.equal('notify.undeliverable');
    expect(receiver.arrivals).to.have.length(0);
  });

  it('waits five seconds for an answer, and cuts one that never ends', async () => {
    const sender = createSender({ internalHosts: ['127.0.0.1'] });
    let wasCut = false;
    receiver.answers.push(response => {
      response.writeHead(200);
      const flow = setInterval(() => response.write('x'.repeat(1_024)), 5);
      response.on('close', () => {
        wasCut = true;
        clearInterval(flow);
      });
    });
    expect(await codeOf(sender.post(receiver.url, '{}', {}))).to.equal('sent');
    receiver.answers.push(() => undefined);
    const startedMs = performance.now();
    expect(await codeOf(sender.post(receiver.url, '{}', {}))).to.equal('admin.webhook_failed');
    // At least; how much later a busy machine wakes up is not the sender's.
    expect(performance.now() - startedMs).to.be.greaterThan(4_500);
    expect(wasCut).to.equal(true);
  }).timeout(30_000);
});
