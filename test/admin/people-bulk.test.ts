import { expect } from 'chai';
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
    const report = await paul.browser.submit(silent, 'bulk', { sub, reason: 'Fermeture du service' });
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
    expect(linesOf(again).filter(line => line.includes('Rien à changer'))).to.have.length(2);
  });

  it('tells of somebody of another branch no more than of nobody', async () => {
    const preview = await paul.browser.submit(await list(), 'choose', {
      sub: ['acc-luc', 'acc-nobody', '../../etc'],
      action: 'suspend',
    });
    const [luc, nobody] = linesOf(preview);
    expect(luc).to.equal(nobody);
    expect(preview.body).to.not.include('Luc');
    await paul.browser.submit(preview, 'bulk', {
      sub: ['acc-luc'],
      step: 'confirm',
      reason: 'Essai',
    });
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
    const report = await paul.browser.submit(preview, 'bulk', { sub });
    expect(linesOf(report).filter(line => line.includes('Fait'))).to.have.length(2);
    const given = await app.services.directory.professionals.get('acc-foule1');
    expect(given?.memberships.map(({ profile }) => profile)).to.deep.equal(['pharmacien']);
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
