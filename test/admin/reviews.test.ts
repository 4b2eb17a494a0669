import { expect } from 'chai';
import { createReviewRecords } from '../../src/admin/reviews/records.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const DAY = 86_400;

describe('access reviews', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    // Noon: days counted from midnight to an hour of the evening would end on another day in Paris.
    app.clock.setMs((Math.floor(app.clock.nowMs() / (DAY * 1000)) + 1.5) * DAY * 1000);
  });
  after(() => app.destroy());

  const seats = new Map<string, Seat>();
  /** Sessions end while the clock moves: a seat is taken again then. */
  async function seat(name: string): Promise<Seat> {
    const known = seats.get(name);
    if (known) return known;
    const taken = await seatOf(app, name);
    seats.set(name, taken);
    return taken;
  }
  function advance(seconds: number): void {
    app.clock.advance(seconds);
    seats.clear();
  }
  const dayAhead = (days: number) =>
    new Date(app.clock.nowMs() + days * DAY * 1000).toISOString().slice(0, 10);

  async function launch(organisation: string, days = 40, who = 'anne') {
    const { browser, get } = await seat(who);
    const form = await get('/admin/reviews/new');
    return browser.submit(form, 'review', {
      name: `Revue ${organisation}`,
      network: 'cancerologie',
      organisation,
      to: dayAhead(days),
    });
  }

  const idOf = (url: URL) => url.pathname.split('/').at(-1) ?? '';

  /** The lines that this person sees: first name → key in the form, `''` when it is not theirs to answer. */
  async function linesOf(who: string, id: string) {
    const page = await (await seat(who)).get(`/admin/reviews/${id}?show=all`);
    const rows = page.body.split('<tr>').slice(2);
    const lines = rows.map(row => {
      const [, name = ''] = /acc-(\w+)"/u.exec(row) ?? [];
      const [, key = ''] = /name="line" value="([\d-]+)"/u.exec(row) ?? [];
      return [name, key] as const;
    });
    return { page, lines: new Map(lines) };
  }

  const held = async (name: string) =>
    (await app.services.directory.professionals.get(`acc-${name}`))?.memberships ?? [];
  const inForce = async (name: string, organisation: string) =>
    (await held(name)).some(
      at => at.organisation === organisation && (at.toMs === undefined || at.toMs > app.clock.nowMs()),
    );

  async function answer(who: string, id: string, values: Record<string, string>) {
    const { browser, get } = await seat(who);
    const page = await get(`/admin/reviews/${id}?show=all`);
    return browser.submit({ ...page, forms: [formOf(page.body, page.url)] }, 'x', values);
  }
  /** What a form of the page would send, with its token, whatever is ticked. */
  function formOf(body: string, url: URL) {
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/u.exec(body) ?? [];
    return { id: 'x', method: 'post', action: new URL(url.pathname, url), fields: { csrf }, choices: {} };
  }

  it('freezes the profiles of a branch and a network, and gives each line to who stands above it', async () => {
    const launched = await launch('region', 100);
    expect(launched.status).to.equal(200);
    const id = idOf(launched.url);

    const region = await linesOf('anne', id);
    expect([...region.lines.keys()]).to.include.members(['claire', 'luc', 'karim', 'paul', 'anne']);
    expect([...region.lines.keys()]).to.not.include.members(['perine', 'libre']);
    expect(region.lines.get('anne')).to.equal('');
    expect(region.lines.get('paul')).to.match(/^\d/u);

    // The region’s administrator has the profiles of administrators, and those that a local one may not give.
    const chu = await linesOf('paul', id);
    expect([...chu.lines.keys()]).to.have.members(['paul', 'carole', 'noe', 'claire', 'karim']);
    expect(chu.lines.get('claire')).to.match(/^\d/u);
    for (const superior of ['paul', 'carole', 'noe', 'karim']) expect(chu.lines.get(superior)).to.equal('');

    // An auditor reads and answers nothing.
    const audit = await linesOf('nadia', id);
    expect(audit.lines.get('claire')).to.equal('');
    expect((await answer('nadia', id, { one: region.lines.get('claire') ?? '' })).status).to.equal(403);

    const again = await launch('region');
    expect([again.status, again.alertCode]).to.deep.equal([409, 'admin.review_open']);
  });

  it('keeps, shortens and removes, each by its act, with a reason for what takes something away', async () => {
    const id = idOf((await launch('chu')).url);
    const { lines } = await linesOf('anne', id);
    const key = (name: string) => lines.get(name) ?? '';

    const kept = await answer('paul', id, { one: key('claire') });
    expect(kept.url.search).to.equal('?done=kept');

    const asked = await answer('anne', id, { line: key('noe'), choice: 'remove' });
    expect(asked.forms.map(form => form.id)).to.include('confirm');
    expect(await inForce('noe', 'chu')).to.equal(true);
    const { browser } = await seat('anne');
    const unreasoned = await browser.submit(asked, 'confirm', { reason: '' });
    expect([unreasoned.status, unreasoned.alertCode]).to.deep.equal([422, 'admin.invalid']);
    const removed = await browser.submit(unreasoned, 'confirm', { reason: '=A quitté le service' });
    expect(removed.url.search).to.equal('?done=removed');
    expect(await inForce('noe', 'chu')).to.equal(false);

    const shortening = await answer('anne', id, { line: key('karim'), choice: 'shorten' });
    const late = await browser.submit(shortening, 'confirm', { reason: 'Fin de stage', to: dayAhead(-2) });
    expect(late.status).to.equal(422);
    const shortened = await browser.submit(late, 'confirm', { reason: 'Fin de stage', to: dayAhead(5) });
    expect(shortened.url.search).to.equal('?done=shortened');
    const at = (await held('karim')).find(({ organisation }) => organisation === 'chu');
    expect(at?.toMs).to.be.greaterThan(app.clock.nowMs());

    // Answered for good: nobody takes it twice.
    const twice = await answer('anne', id, { one: key('noe') });
    expect([twice.status, twice.alertCode]).to.deep.equal([409, 'admin.review_answered']);

    // The report: on paper and as a file in which nothing is a formula.
    const report = await (await seat('anne')).get(`/admin/reviews/${id}/report`);
    expect(report.body).to.include('Raccourci');
    const file = await (await seat('anne')).get(`/admin/reviews/${id}/report.csv`);
    expect(file.headers.get('content-type')).to.include('text/csv');
    expect(file.body).to.include(`"'=A quitté le service"`);
  });

  it('refuses whoever reaches beyond their branch, alike for what exists and what does not', async () => {
    const id = idOf((await launch('clinique')).url);
    const { lines } = await linesOf('anne', id);
    // Read by id: a campaign of another branch.
    expect((await (await seat('paul')).get(`/admin/reviews/${id}`)).status).to.equal(404);
    expect((await (await seat('paul')).get(`/admin/reviews/${id}/report.csv`)).status).to.equal(404);
    expect((await (await seat('paul')).get('/admin/reviews')).body).to.not.include(id);

    // Decided by id: a line of another branch, in a campaign that is seen, and by way of one that is not.
    const region = /reviews\/([\w-]{22})"[^>]*>Revue region/u.exec(
      (await (await seat('paul')).get('/admin/reviews')).body,
    );
    const { lines: all } = await linesOf('anne', region?.[1] ?? '');
    const foreign = await answer('paul', region?.[1] ?? '', { one: all.get('luc') ?? '' });
    const unknown = await answer('paul', region?.[1] ?? '', { one: '099-99' });
    expect([foreign.status, unknown.status]).to.deep.equal([404, 404]);
    expect(foreign.alertCode).to.equal(unknown.alertCode);
    expect((await answer('paul', id, { one: lines.get('luc') ?? '' })).status).to.equal(404);

    // Nobody reviews themselves or their superior, though they see the line.
    const own = await answer('paul', region?.[1] ?? '', { one: all.get('paul') ?? '' });
    expect([own.status, own.alertCode]).to.deep.equal([403, 'admin.own_rights']);
    const chief = await answer('carole', region?.[1] ?? '', { one: all.get('paul') ?? '' });
    expect([chief.status, chief.alertCode]).to.deep.equal([403, 'admin.review_of_superior']);

    // Launched by who may not, on a sideways branch or on their own.
    const { browser, get } = await seat('paul');
    expect((await get('/admin/reviews/new')).status).to.equal(403);
    const page = await get('/admin/reviews');
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/u.exec((await get('/admin/people')).body) ?? [];
    const forced = await browser.submit(
      { ...page, forms: [{ ...formOf('', page.url), action: new URL('/admin/reviews/new', page.url) }] },
      'x',
      { csrf, name: 'Chez le voisin', network: 'cancerologie', organisation: 'clinique', to: dayAhead(30) },
    );
    expect([forced.status, forced.alertCode]).to.deep.equal([403, 'admin.not_administrator']);
  });

  it('reminds each administrator once at each date, with what is left for them', async () => {
    const remindersTo = async (name: string) =>
      (await app.mails()).filter(
        ({ to, subject }) => to === `${name}.test@chu.example` && subject.includes('Revue clinique'),
      ).length;
    await app.jobs.runNow('admin.reviews');
    await app.jobs.runNow('admin.reviews');
    expect(await remindersTo('colin')).to.equal(1);
    expect(await remindersTo('paul')).to.equal(0);
    for (const [days, count] of [
      [21, 2],
      [14, 3],
      [5, 4],
    ] as const) {
      advance(days * DAY - DAY / 2);
      await Promise.all([app.jobs.runNow('admin.reviews'), app.jobs.runNow('admin.reviews')]);
      await app.jobs.runNow('admin.reviews');
      expect(await remindersTo('colin')).to.equal(count);
      advance(DAY / 2);
    }
  });

  it('suspends at the end what nobody answered, once, whatever it was stopped at, and takes no answer any more', async () => {
    // « Revue chu » is past its end: `claire` was kept, `karim` shortened, `noe` removed; the rest was not answered.
    const [, id = ''] =
      /reviews\/([\w-]{22})"[^>]*>Revue chu</u.exec(
        (await (await seat('anne')).get('/admin/reviews')).body,
      ) ?? [];
    const before = await linesOf('anne', id);
    expect(await inForce('carole', 'chu')).to.equal(true);
    advance(3 * DAY);
    const late = await answer('anne', id, { one: before.lines.get('carole') ?? '' });
    expect([late.status, late.alertCode]).to.deep.equal([409, 'admin.review_ended']);

    // A run that was killed: `paul` is marked and not ended, `carole` neither.
    const records = createReviewRecords(app.services);
    const paul = before.lines.get('paul') ?? '';
    await records.updateChunk(id, paul, line =>
      line.key === paul ? { ...line, ending: line.membership } : line,
    );
    // Two instances at the same moment, and a third time after.
    await Promise.all(Array.from({ length: 50 }, () => app.jobs.runNow('admin.reviews')));
    await app.jobs.runNow('admin.reviews');
    expect(await inForce('carole', 'chu')).to.equal(false);
    expect((await records.line(id, paul))?.outcome?.state).to.equal('suspended');
    expect(await inForce('paul', 'chu')).to.equal(false);
    expect(await inForce('claire', 'chu')).to.equal(true);
    const removed = await app.services.audit.newest({
      account: 'acc-carole',
      type: 'admin.membership.removed',
      limit: 50,
      months: 3,
    });
    const removals = removed.filter(({ actor }) => actor === 'client:trousseau').length;
    expect(removals).to.equal(1);
    // The only regional administrator stays, answered or not.
    expect(await inForce('anne', 'region')).to.equal(true);
  });

  it('gives back what was suspended for thirty days, to who may give it', async () => {
    const list = (await (await seat('anne')).get('/admin/reviews')).body;
    const [, id = ''] = /reviews\/([\w-]{22})"[^>]*>Revue chu</u.exec(list) ?? [];
    const { page } = await linesOf('anne', id);
    const pathOf = (name: string) =>
      new RegExp(`href="([^"]+/restore)"><span>Rétablir<[^>]*>[^<]*de ${name}`, 'u').exec(page.body)?.[1] ??
      '';
    const give = async (name: string) => {
      const { browser, get } = await seat('anne');
      const given = await browser.submit(await get(pathOf(name)), 'restore', { reason: 'Absent alors' });
      expect(given.url.search).to.include('done=restored');
      expect(await inForce(name.toLowerCase(), 'chu')).to.equal(true);
      const twice = await get(pathOf(name));
      expect([twice.status, twice.alertCode]).to.deep.equal([409, 'admin.review_nothing_to_restore']);
    };
    await give('Paul');
    // An administrator again, and yet not of those who stand above `carole`.
    const sideways = await (await seat('paul')).get(pathOf('Carole'));
    expect([sideways.status, sideways.alertCode]).to.deep.equal([403, 'admin.review_of_superior']);
    await give('Carole');

    const [, other = ''] = /reviews\/([\w-]{22})"[^>]*>Revue clinique</u.exec(list) ?? [];
    const suspended = (await createReviewRecords(app.services).lines(other)).find(
      ({ outcome }) => outcome?.state === 'suspended',
    );
    advance(31 * DAY);
    const late = await (
      await seat('anne')
    ).get(`/admin/reviews/${other}/lines/${suspended?.key ?? ''}/restore`);
    expect([late.status, late.alertCode]).to.deep.equal([409, 'admin.review_restore_too_late']);
  });
});
