import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('the versions of the règlement', () => {
  let app: TestApp;
  let anne: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    anne = await seatOf(app, 'anne', '/admin/terms');
  });
  after(() => app.destroy());

  const TEXT = '# Objet\n\nPremier **point**.\n\n<script>alert(1)</script>';
  const later = () => new Date(app.clock.nowMs() + 86_400_000).toISOString().slice(0, 16);

  async function fill(values: Readonly<Record<string, string>>, step = 'preview'): Promise<Page> {
    const form = await anne.get('/admin/terms/new');
    return anne.browser.submit(form, 'terms', { title: 'Règlement', text: TEXT, ...values, step });
  }

  async function publish(version: string, from = ''): Promise<Page> {
    return fill({ version, from }, 'publish');
  }

  it('counts who accepted a version within the branch only', async () => {
    const figures = async (who: string) => {
      const { body } = await (await seatOf(app, who)).get('/admin/terms');
      const [, accepted, waiting] =
        /data-label="Acceptée">(\d+)<.*?data-label="Pas encore">(\d+)</su.exec(body) ?? [];
      return { accepted: Number(accepted), waiting: Number(waiting) };
    };
    expect(await figures('anne')).to.deep.equal({ accepted: 11, waiting: 0 });
    expect(await figures('noe')).to.deep.equal({ accepted: 6, waiting: 0 });
  });

  it('shows a text before it is published, with its marks and without its HTML, and writes nothing', async () => {
    const page = await fill({ version: '2027-1', from: later() });
    expect(page.status).to.equal(200);
    expect(page.body).to.include('<strong>point</strong>').and.include('&lt;script&gt;');
    expect(page.body).to.not.include('<script>alert');
    expect(await app.services.terms.get('2027-1')).to.equal(null);
  });

  it('publishes what was shown, for its date, with its trace', async () => {
    const page = await publish('2027-2', later());
    expect(page.url.pathname).to.equal('/admin/terms/2027-2');
    const version = await app.services.terms.get('2027-2');
    expect(version?.text).to.equal(TEXT);
    expect((await app.services.terms.current())?.id).to.equal('2026-1');
    const [line] = await app.services.audit.newest({
      account: 'acc-anne',
      type: 'admin.terms.published',
      limit: 1,
      months: 1,
    });
    expect(line?.actor).to.equal('acc-anne');
  });

  it('takes a text longer than an ordinary field', async () => {
    const page = await fill({ version: '2027-long', text: 'é'.repeat(60_000), from: later() }, 'publish');
    expect(page.url.pathname).to.equal('/admin/terms/2027-long');
  });

  it('refuses a version that exists, a past date and an impossible name, and keeps what was typed', async () => {
    for (const [values, code, kept] of [
      [{ version: '2026-1', from: '' }, 'admin.terms_version_taken', '2026-1'],
      [{ version: '2027-3', from: '2020-01-01T08:00' }, 'admin.invalid', '2020-01-01T08:00'],
      [{ version: 'new', from: '' }, 'admin.invalid', 'Premier **point**'],
    ] as const) {
      const page = await fill(values);
      expect(page.status).to.be.within(400, 499);
      expect(page.alertCode).to.equal(code);
      expect(page.body).to.include(kept);
    }
  });

  it('moves the date of a version to come, and never of one in force', async () => {
    await publish('2028-1', later());
    const form = await anne.get('/admin/terms/2028-1/date');
    const to = new Date(app.clock.nowMs() + 40 * 86_400_000).toISOString().slice(0, 16);
    const done = await anne.browser.submit(form, 'date', { from: to });
    expect(done.url.pathname).to.equal('/admin/terms/2028-1');
    expect((await app.services.terms.get('2028-1'))?.fromMs).to.be.greaterThan(
      app.clock.nowMs() + 39 * 86_400_000,
    );
    const refused = await anne.browser.submit(await anne.get('/admin/terms/2026-1/date'), 'date', {
      from: to,
    });
    expect(refused.alertCode).to.equal('admin.terms_in_force');
  });

  it('asks for a fresh sign-in before the form is shown', async () => {
    const seat = await seatOf(app, 'anne');
    app.clock.advance(16 * 60);
    expect((await seat.get('/admin/terms/new')).url.pathname).to.match(/^\/interaction\//u);
    anne = await seatOf(app, 'anne');
  });

  it('is nothing for a local administrator, and nothing to change for an auditor', async () => {
    const paul = await seatOf(app, 'paul');
    for (const path of [
      '/admin/terms',
      '/admin/terms/2026-1',
      '/admin/terms/new',
      '/admin/terms/2026-1/date',
    ])
      expect((await paul.get(path)).status, path).to.equal(403);
    const nadia = await seatOf(app, 'nadia');
    expect((await nadia.get('/admin/terms/2026-1')).status).to.equal(200);
    for (const path of ['/admin/terms/new', '/admin/terms/2026-1/date'])
      expect((await nadia.get(path)).status, path).to.equal(403);
  });
});
