import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createBulkRuns } from '../../src/admin/people/bulk-runs.ts';
import type { Page } from '../../scripts/interop/browserless.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

/** The region with a crowd in the CHU. */
function crowded() {
  const region = administeredRegion();
  const crowd = Array.from({ length: 210 }, (_, at) => ({
    sub: `acc-foule${at}`,
    login: `foule${at}.test`,
    given_name: `Foule${at}`,
    family_name: 'Nombreuse',
    branch: 'chu',
    memberships: [],
  }));
  return { ...region, accounts: [...region.accounts, ...crowd] };
}

describe('one act on several people', () => {
  let app: TestApp;
  let paul: Seat;
  before(async () => {
    app = await startTestApp({ region: crowded() });
    paul = await seatOf(app, 'paul');
  });
  after(() => app.destroy());

  const list = () => paul.get('/admin/people');
  const statusOf = async (name: string) =>
    (await app.services.directory.professionals.get(`acc-${name}`))?.status;
  /** The report of what was just confirmed. */
  const done = async (progress: Page) => {
    for (let turn = 0; turn < 100; turn += 1) {
      await app.jobs.runNow('admin.bulk');
      const page = await paul.get(progress.url.pathname);
      // The service's own turn may hold the lease: it is the one that does the work then.
      if (!page.headers.has('refresh')) return page;
      await delay(20);
    }
    throw new Error('the run does not end');
  };
  /** Name → what its line says. */
  const linesOf = (page: Page) =>
    [...page.body.matchAll(/<th scope="row">(.*?)<\/th><td data-label="Résultat">(.*?)<\/td>/gsu)].map(
      ([, who = '', what = '']) => [who, what].map(html => html.replace(/<[^>]+>/gu, '').trim()).join(' : '),
    );

  it('shows first what would become of each, then does it, and reports', async () => {
    const sub = ['acc-claire', 'acc-perine', 'acc-karim', 'acc-carole', 'acc-paul'];
    const preview = await paul.browser.submit(await list(), 'choose', { sub, action: 'suspend' });
    expect(preview.status).to.equal(200);
    const lines = linesOf(preview);
    expect(lines.filter(line => line.includes('Sera fait'))).to.have.length(2);
    expect(lines.filter(line => line.includes('Refusé'))).to.have.length(3);
    expect(await statusOf('claire')).to.equal('active');
    const silent = await paul.browser.submit(preview, 'bulk', { sub });
    expect(silent.status).to.equal(422);
    expect(await statusOf('claire')).to.equal('active');
    const report = await done(
      await paul.browser.submit(silent, 'bulk', { sub, reason: 'Fermeture du service' }),
    );
    expect(linesOf(report).filter(line => line.includes('Fait'))).to.have.length(2);
    for (const [name, status] of [
      ['claire', 'suspended'],
      ['perine', 'suspended'],
      ['karim', 'active'],
      ['carole', 'active'],
      ['paul', 'active'],
    ] as const)
      expect(await statusOf(name), name).to.equal(status);
    const again = await paul.browser.submit(silent, 'bulk', { sub, reason: 'Fermeture du service' });
    expect(again.url.pathname).to.equal(report.url.pathname);
    expect(linesOf(again).filter(line => line.includes('Fait'))).to.have.length(2);
  });

  it('tells of somebody of another branch no more than of nobody', async () => {
    const preview = await paul.browser.submit(await list(), 'choose', {
      sub: ['acc-luc', 'acc-nobody', '../../etc'],
      action: 'suspend',
    });
    const [luc, nobody] = linesOf(preview);
    expect(luc).to.equal(nobody);
    expect(preview.body).to.not.include('Luc');
    await done(
      await paul.browser.submit(preview, 'bulk', { sub: ['acc-luc'], step: 'confirm', reason: 'Essai' }),
    );
    expect(await statusOf('luc')).to.equal('active');
  });

  it('gives a profile to all of them, within what may be given', async () => {
    const sub = ['acc-foule0', 'acc-foule1'];
    const asked = await paul.browser.submit(await list(), 'choose', { sub, action: 'give' });
    const place = { organisation: 'chu', network: 'cancerologie' };
    const beyond = await paul.browser.submit(asked, 'bulk', {
      sub,
      ...place,
      profile: 'administrateur_local',
    });
    expect(linesOf(beyond).every(line => line.includes('Refusé'))).to.equal(true);
    const preview = await paul.browser.submit(asked, 'bulk', { sub, ...place, profile: 'pharmacien' });
    const report = await done(await paul.browser.submit(preview, 'bulk', { sub }));
    expect(linesOf(report).filter(line => line.includes('Fait'))).to.have.length(2);
    const given = await app.services.directory.professionals.get('acc-foule1');
    expect(given?.memberships.map(({ profile }) => profile)).to.deep.equal(['pharmacien']);
  });

  const order = async (action: string, sub: readonly string[], more: object = {}) => {
    const preview = await paul.browser.submit(await list(), 'choose', { sub: [...sub], action });
    return paul.browser.submit(preview, 'bulk', { sub: [...sub], step: 'confirm', ...more });
  };

  it('shows how far it is, stops, goes on where it was, and gives its report out', async () => {
    const sub = Array.from({ length: 40 }, (_, at) => `acc-foule${at + 50}`);
    const progress = await order('end-sessions', sub, { reason: 'Changement d’équipe' });
    const { pathname } = progress.url;
    expect(progress.body).to.match(/<progress id="bar" max="40"/u);
    const stopped = await paul.browser.submit(await paul.get(pathname), 'stop');
    await app.jobs.runNow('admin.bulk');
    expect((await paul.get(pathname)).forms.some(({ id }) => id === 'resume')).to.equal(true);
    const resumed = await done(await paul.browser.submit(stopped, 'resume'));
    expect(linesOf(resumed)).to.have.length(40);
    expect(resumed.body).to.match(/<progress id="bar" max="40" value="40"/u);
    const report = await paul.get(`${pathname}/report.csv`);
    expect(report.body.trim().split('\n')).to.have.length(41);
    expect((await paul.get('/admin/people/bulk')).body).to.include(pathname);
  });

  it('is nobody’s but its author’s', async () => {
    const { pathname } = (await order('end-sessions', ['acc-foule1'], { reason: 'Essai' })).url;
    await app.jobs.runNow('admin.bulk');
    const anne = await seatOf(app, 'anne');
    const unknown = await anne.get('/admin/people/bulk/unknown');
    for (const path of [pathname, `${pathname}/report.csv`]) {
      const page = await anne.get(path);
      expect([page.status, page.body.includes('admin.not_found')]).to.deep.equal([404, true]);
    }
    expect(unknown.status).to.equal(404);
    expect((await anne.get('/admin/people/bulk')).body).to.not.include(pathname);
  });

  it('opens accounts with one pair of mails each, also when the process died between account and mails', async () => {
    const { directory, accounts } = app.services;
    const subs = ['acc-neuve0', 'acc-neuve1'];
    for (const sub of subs)
      await directory.professionals.insert({
        id: sub,
        status: 'active',
        givenName: sub.slice(4),
        familyName: 'Neuve',
        email: `${sub}@chu.example`,
        branch: 'chu',
        specialties: [],
        nationalIds: [],
        delegations: [],
        memberships: [],
      });
    const preview = await paul.browser.submit(await list(), 'choose', { sub: subs, action: 'open' });
    const { pathname } = (await paul.browser.submit(preview, 'bulk', { sub: subs })).url;
    await done(await paul.get(pathname));
    // As a process that died there leaves it: the account is open, nothing is sent.
    const runs = createBulkRuns(app.services.store);
    const id = pathname.slice(pathname.lastIndexOf('/') + 1);
    await runs.update(id, run => ({
      ...run,
      state: 'running',
      lines: run.lines.map((line, at) => (at === 1 ? { sub: line.sub, state: 'begun' } : line)),
    }));
    const report = await done(await paul.get(pathname));
    expect(linesOf(report).filter(line => line.includes('Fait'))).to.have.length(2);
    for (const sub of subs) expect(await accounts.get(sub)).to.have.property('passwordHash');
    const again = await paul.browser.submit(await list(), 'choose', { sub: subs, action: 'open' });
    expect(linesOf(again).filter(line => line.includes('Rien à changer'))).to.have.length(2);
  });

  it('stops by itself when its author is an administrator no more', async () => {
    const { professionals } = app.services.directory;
    const before = await professionals.get('acc-carole');
    const carole = await seatOf(app, 'carole');
    const page = await carole.get('/admin/people');
    const sub = ['acc-foule100'];
    const chosen = await carole.browser.submit(page, 'choose', { sub, action: 'give' });
    const place = { organisation: 'chu', network: 'cancerologie', profile: 'utilisateur_cancerologie' };
    const preview = await carole.browser.submit(chosen, 'bulk', { sub, ...place });
    const { pathname } = (await carole.browser.submit(preview, 'bulk', { sub })).url;
    await professionals.update('acc-carole', person => ({ ...person, memberships: [] }));
    await app.jobs.runNow('admin.bulk');
    const run = await createBulkRuns(app.services.store).get(pathname.slice(pathname.lastIndexOf('/') + 1));
    expect(run).to.include({ state: 'stopped', stoppedBy: 'rights' });
    expect((await professionals.get('acc-foule100'))?.memberships).to.deep.equal([]);
    await professionals.update('acc-carole', person => ({
      ...person,
      memberships: before?.memberships ?? [],
    }));
  });

  it('takes two hundred at a time, not more, and nobody is nothing', async () => {
    const crowd = (size: number) => Array.from({ length: size }, (_, at) => `acc-foule${at}`);
    const page = await list();
    const most = await paul.browser.submit(page, 'choose', { sub: crowd(200), action: 'end-sessions' });
    expect(linesOf(most)).to.have.length(200);
    const more = await paul.browser.submit(page, 'choose', { sub: crowd(201), action: 'end-sessions' });
    expect(more.status).to.equal(422);
    const none = await paul.browser.submit(page, 'choose', { action: 'end-sessions' });
    expect(none.status).to.equal(422);
  });

  it('is offered to nobody who only reads', async () => {
    const noe = await seatOf(app, 'noe');
    expect((await noe.get('/admin/people')).forms.some(({ id }) => id === 'choose')).to.equal(false);
    const preview = await noe.browser.submit(
      { ...(await noe.get('/admin/people')), forms: (await list()).forms },
      'choose',
      { sub: ['acc-foule5'], action: 'suspend' },
    );
    expect(preview.status).to.equal(403);
  });
});

describe('people who need a look', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
  });
  after(() => app.destroy());

  const names = (page: Page) =>
    [...page.body.matchAll(/href="\/admin\/people\/acc-(\w+)"/gu)].map(([, name]) => name);

  it('are those who left, and those who do not sign in any more, within the branch', async () => {
    const { professionals } = app.services.directory;
    for (const name of ['claire', 'luc'])
      await professionals.update(`acc-${name}`, person => ({
        ...person,
        branch: name === 'luc' ? 'clinique' : 'chu',
        memberships: person.memberships.map(held => ({ ...held, toMs: app.clock.nowMs() - 1000 })),
      }));
    let paul = await seatOf(app, 'paul');
    expect(names(await paul.get('/admin/people?situation=leaver'))).to.deep.equal(['claire']);
    expect(names(await paul.get('/admin/people?situation=dormant-90'))).to.deep.equal([]);
    app.clock.setMs(app.clock.nowMs() + 91 * 86_400_000);
    paul = await seatOf(app, 'paul');
    const noe = await seatOf(app, 'noe');
    const dormant = names(await paul.get('/admin/people?situation=dormant-90'));
    expect(dormant).to.have.members(['carole', 'claire', 'perine', 'karim']);
    expect(names(await noe.get('/admin/people?situation=leaver'))).to.deep.equal([]);
    expect((await paul.get('/admin/people/acc-noe')).body).to.include('Dernière connexion');
  });
});
