import { undeliverable } from '#notify/index.ts';
import { expect } from 'chai';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const SECRET = 'Contenu-Secret-42';
const ADDRESS = 'jeanne.secrete@clinique.example';

describe('deliveries', () => {
  let app: TestApp;
  let anne: Seat;
  let isMended = false;
  const arrived: string[] = [];

  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    app.outbox.register(
      'test.parcel',
      async (_payload, { id }) => {
        if (!isMended) throw undeliverable('closed');
        arrived.push(id);
      },
      { title: 'Colis', destination: ({ to }) => `${String(to).slice(0, 1)}•••` },
    );
    app.outbox.register('test.slow', async () => {
      throw new Error('later');
    });
    anne = await seatOf(app, 'anne');
  });
  after(() => app.destroy());
  beforeEach(() => (isMended = false));

  async function fail(id: string, options: { readonly notAfterAt?: number } = {}): Promise<void> {
    await app.outbox.enqueue('test.parcel', { to: ADDRESS, text: SECRET }, { id, ...options });
    await app.outbox.drain();
  }
  const stateOf = async (id: string) => (await app.outbox.deliveries.get(id))?.state;

  it('that were given up are shown with their reason, never with their content or their whole address', async () => {
    await fail('shown:1');
    for (const path of ['/admin/deliveries', `/admin/deliveries/${encodeURIComponent('shown:1')}`]) {
      const { status, body } = await anne.get(path);
      expect(status).to.equal(200);
      expect(body).to.include('Colis').and.include('j•••').and.include('Refusé par le destinataire');
      expect(body).to.not.include(SECRET).and.not.include(ADDRESS);
    }
  });

  it('that were given up are tried again, once, by one of fifty who ask for it', async () => {
    await fail('once');
    isMended = true;
    const retried = await Promise.all(Array.from({ length: 50 }, () => app.outbox.deliveries.retry('once')));
    expect(retried).to.include(true);
    await Promise.all([app.outbox.drain(), app.outbox.drain(), app.outbox.drain()]);
    expect(arrived.filter(id => id === 'once')).to.have.length(1);
    expect(await stateOf('once')).to.equal(undefined);
  });

  it('are tried again one by one and all together from the pages', async () => {
    await fail('page-1');
    await fail('page-2');
    isMended = true;
    const one = await anne.browser.submit(await anne.get('/admin/deliveries/page-1'), 'delivery');
    expect(one.url.search).to.equal('?done=retried');
    const all = await anne.browser.submit(await anne.get('/admin/deliveries'), 'retry-all');
    expect(all.url.search).to.equal('?done=all');
    await app.outbox.drain();
    expect(arrived).to.include('page-1').and.include('page-2');
  });

  it('that would come too late are kept without their content, and not tried again', async () => {
    await fail('late', { notAfterAt: app.clock.now() + 600 });
    const page = await anne.get('/admin/deliveries/late');
    expect(page.forms.find(({ id }) => id === 'delivery')?.fields).to.not.have.property('step');
    const refused = await anne.browser.submit(page, 'delivery', { step: 'retry' });
    expect(refused.alertCode).to.equal('admin.delivery_not_retriable');
    expect((await app.outbox.deliveries.get('late'))?.destination).to.equal(undefined);
  });

  it('are dropped after a page that says so', async () => {
    await fail('dropped');
    const page = await anne.get('/admin/deliveries/dropped/drop');
    const done = await anne.browser.submit(page, 'drop');
    expect(done.url.search).to.equal('?done=dropped');
    expect(await stateOf('dropped')).to.equal(undefined);
    expect((await anne.get('/admin/deliveries/dropped')).status).to.equal(404);
  });

  it('that wait are counted by kind, and tried before their time on demand', async () => {
    await app.outbox.enqueue('test.slow', {}, { id: 'slow' });
    await app.outbox.drain();
    const health = await app.outbox.deliveries.health();
    expect(health.kinds.find(({ kind }) => kind === 'test.slow')).to.include({
      waiting: 0,
      retried: 1,
      dead: 0,
      delivered: 0,
    });
    const before = (await app.outbox.deliveries.get('slow'))?.attempts;
    expect(await app.outbox.deliveries.retry('slow')).to.equal(true);
    await app.outbox.drain();
    expect((await app.outbox.deliveries.get('slow'))?.attempts).to.equal((before ?? 0) + 1);
  });

  it('are nothing for who administers or audits a branch, and nothing to touch for an auditor', async () => {
    await fail('kept');
    for (const [who, status] of [
      ['paul', 403],
      ['noe', 404],
    ] as const) {
      const seat = await seatOf(app, who);
      for (const path of ['', '/kept', '/kept/drop'])
        expect((await seat.get(`/admin/deliveries${path}`)).status, `${who} ${path}`).to.be.oneOf([
          status,
          403,
        ]);
    }
    const nadia = await seatOf(app, 'nadia');
    const page = await nadia.get('/admin/deliveries/kept');
    expect(page.status).to.equal(200);
    expect(page.forms.map(({ id }) => id)).to.not.include('delivery');
    expect((await nadia.get('/admin/deliveries/kept/drop')).status).to.equal(403);
  });
});
