import { expect } from 'chai';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('absences', () => {
  let app: TestApp;
  let anne: Seat;
  let paul: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    [anne, paul] = await Promise.all([seatOf(app, 'anne'), seatOf(app, 'paul')]);
  });
  after(() => app.destroy());

  const delegationsOf = async (name: string) =>
    (await app.services.directory.professionals.get(`acc-${name}`))?.delegations ?? [];

  it('name somebody of the branch, for days of which the last one counts, and end before', async () => {
    const page = await paul.get('/admin/people/acc-claire/absence?q=perine');
    expect(page.forms.find(({ id }) => id === 'absence')?.choices['delegate']).to.deep.equal(['acc-perine']);
    const dates = { from: '2026-01-05', until: '2026-01-09' };
    const past = await paul.browser.submit(page, 'absence', { delegate: 'acc-perine', ...dates });
    expect(past.status).to.equal(422);
    const until = new Date(app.clock.nowMs() + 10 * 86_400_000).toISOString().slice(0, 10);
    const done = await paul.browser.submit(page, 'absence', { delegate: 'acc-perine', until });
    expect(done.url.search).to.equal('?done=absence');
    const [given] = await delegationsOf('claire');
    expect(given?.delegate).to.equal('acc-perine');
    expect(new Date(given?.toMs ?? 0).toISOString().slice(0, 10) >= until).to.equal(true);
    const confirm = await paul.get('/admin/people/acc-claire/absence/acc-perine/end');
    await paul.browser.submit(confirm, 'confirm');
    const [ended] = await delegationsOf('claire');
    expect((ended?.toMs ?? Infinity) <= app.clock.nowMs()).to.equal(true);
  });

  it('never name somebody of another branch, who is answered as nobody', async () => {
    const page = await paul.get('/admin/people/acc-claire/absence?q=perine');
    expect((await paul.get('/admin/people/acc-claire/absence?q=luc')).body).to.not.include('acc-luc');
    const [elsewhere, nobody] = await Promise.all(
      ['acc-luc', 'acc-nobody'].map(delegate => paul.browser.submit(page, 'absence', { delegate })),
    );
    expect(elsewhere?.status).to.equal(404);
    expect(elsewhere?.alertCode).to.equal(nobody?.alertCode);
    expect((await delegationsOf('claire')).filter(({ delegate }) => delegate === 'acc-luc')).to.have.length(
      0,
    );
  });

  it('are not declared for oneself, nor for an administrator by who is not above', async () => {
    expect((await paul.get('/admin/people/acc-paul/absence')).status).to.equal(403);
    expect((await paul.get('/admin/people/acc-carole/absence')).status).to.equal(403);
  });

  it('lead from an administrator to the same profile, dated, for who stands in', async () => {
    const page = await anne.get('/admin/people/acc-paul/absence?q=claire&from=2027-01-04&until=2027-01-08');
    const [, link = ''] =
      /href="(\/admin\/people\/acc-claire\/memberships\/new[^"]*)"/u.exec(page.body) ?? [];
    const give = await anne.get(link.replaceAll('&amp;', '&'));
    const done = await anne.browser.submit(give, 'profile', { profile: 'administrateur_local' });
    expect(done.url.search).to.equal('?done=given');
    const claire = await app.services.directory.professionals.get('acc-claire');
    const office = claire?.memberships.find(({ profile }) => profile === 'administrateur_local');
    expect(office).to.include({ organisation: 'chu', fromMs: Date.parse('2027-01-03T23:00:00Z') });
  });
});
