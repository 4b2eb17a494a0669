import { expect } from 'chai';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('the registry of means, in the hands of an administrator', () => {
  let app: TestApp;
  let anne: Seat;
  before(async () => {
    // Nobody here has a telephone or a national identifier: the way in is the password with the code by e-mail.
    app = await startTestApp({
      region: administeredRegion(),
      env: {
        TROUSSEAU_PSC_CLIENT_ID: 'trousseau',
        TROUSSEAU_PSC_CLIENT_SECRET: 'secret-of-the-simulated-provider',
        TROUSSEAU_PSC_ISSUER: 'http://localhost:9',
      },
    });
    anne = await seatOf(app, 'anne', '/admin/means');
  });
  after(() => app.destroy());

  /** Sets the general periods of a means from its page, as typed. */
  async function save(means: string, fields: Readonly<Record<string, string>>) {
    const page = await anne.get(`/admin/means/${means}`);
    return anne.browser.submit(page, 'means', fields);
  }
  const daysFromNow = (days: number) =>
    new Date(app.clock.nowMs() + days * 86_400_000).toISOString().slice(0, 16);

  it('lists every means with its levels', async () => {
    const page = await anne.get('/admin/means');
    expect(page.status).to.equal(200);
    expect([...page.body.matchAll(/href="\/admin\/means\/([\w-]+)"/gu)].map(([, id]) => id)).to.deep.equal(
      app.methods.map(({ id }) => id),
    );
  });

  it('dates the level of a code alone, with the homologation and a trace of before and after', async () => {
    const page = await save('code', {
      level_0: 'urn:trousseau:acr:code',
      to_0: daysFromNow(30),
      keep_1: 'yes',
      from_1: daysFromNow(30),
      level_1: 'urn:trousseau:acr:pwd',
      homologation: 'Décision 2026-14',
      reason: 'Décision du comité',
    });
    expect(page.url.search).to.equal('?done=updated');
    const { periods, homologation } = await app.means.entry('code');
    expect(homologation).to.equal('Décision 2026-14');
    expect(periods.map(({ acrAlone }) => acrAlone)).to.deep.equal([
      'urn:trousseau:acr:code',
      'urn:trousseau:acr:pwd',
    ]);
    expect(periods[0]?.toMs).to.equal(periods[1]?.fromMs);
    const [line] = await app.services.audit.newest({
      account: 'acc-anne',
      type: 'admin.means.updated',
      limit: 1,
      months: 1,
    });
    expect(line?.data).to.include({ act: 'means.update', target: 'code', reason: 'Décision du comité' });
  });

  it('closes a means for one application', async () => {
    const past = daysFromNow(-1);
    const page = await save('password', { keep_1: 'yes', scope_1: 'application:docs', to_1: past });
    expect(page.url.search).to.equal('?done=updated');
    const ids = async (application: string) =>
      (await app.means.inForce({ application, network: 'cancerologie' })).map(({ id }) => id);
    expect(await ids('docs'))
      .to.include('code')
      .and.not.include('password');
    expect(await ids('dcc')).to.include.members(['password', 'code']);
  });

  it('never leaves a moment at which no administrator could sign in', async () => {
    await save('code', { keep_1: '', to_0: '', level_0: 'urn:trousseau:acr:pwd' });
    for (const means of ['code', 'password']) {
      const before = await app.means.entry(means);
      for (const to of [daysFromNow(-1), daysFromNow(400)]) {
        const page = await save(means, { to_0: to });
        expect(page.alertCode, `${means} until ${to}`).to.equal('admin.no_way_in');
        expect(page.status).to.equal(409);
        expect(page.body).to.include(`value="${to}"`);
      }
      expect(await app.means.entry(means)).to.deep.equal(before);
    }
  });

  it('refuses what is no period, no level of the means, no place, and an older page', async () => {
    for (const fields of [
      { from_0: daysFromNow(2), to_0: daysFromNow(1) },
      { from_0: 'demain' },
      { scope_0: 'application:inconnue' },
      { scope_0: 'network:inconnu' },
      { level_0: 'urn:trousseau:acr:card' },
    ]) {
      const page = await save('code', fields);
      expect(page.alertCode, JSON.stringify(fields)).to.equal('admin.invalid');
    }
    const old = await anne.get('/admin/means/code');
    await save('code', { homologation: 'Décision 2026-15' });
    const late = await anne.browser.submit(old, 'means', { homologation: 'Ancienne' });
    expect(late.alertCode).to.equal('admin.changed_meanwhile');
    expect((await app.means.entry('code')).homologation).to.equal('Décision 2026-15');
  });

  it('is nothing for who administers or audits a branch, and nothing to change for an auditor', async () => {
    for (const [who, status] of [
      ['paul', 403],
      ['noe', 404],
    ] as const) {
      const seat = await seatOf(app, who);
      for (const path of ['/admin/means', '/admin/means/code'])
        expect((await seat.get(path)).status, `${who} ${path}`).to.equal(status);
    }
    const nadia = await seatOf(app, 'nadia');
    const page = await nadia.get('/admin/means/code');
    expect(page.status).to.equal(200);
    const refused = await nadia.browser.submit(page, 'means', { to_0: daysFromNow(3) });
    expect(refused.status).to.equal(403);
    expect((await nadia.get('/admin/means/unknown')).status).to.equal(404);
  });

  it('asks for a fresh sign-in before it shows the form', async () => {
    app.clock.advance(16 * 60);
    expect((await anne.get('/admin/means/code')).url.pathname).to.match(/^\/interaction\//u);
  });
});
