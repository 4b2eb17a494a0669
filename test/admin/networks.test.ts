import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';

const EDIT = '/admin/networks/cancerologie/edit';

describe('networks in administration', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const network = (id: string) => app.services.directory.networks.get(id);
  const same = { name: 'Cancérologie', regime: 'consentement' };

  it('are read by whoever administers a part of them, and no others', async () => {
    expect((await desk.page('colin', '/admin/networks/cancerologie')).status).to.equal(200);
    const list = (await desk.page('colin', '/admin/networks')).body;
    expect(list).to.include('/admin/networks/cancerologie').and.not.include('/admin/networks/perinatalite');
    for (const id of ['perinatalite', 'aucun'])
      expect((await desk.page('colin', `/admin/networks/${id}`)).alertCode).to.equal('admin.not_found');
  });

  it('are counted within the branch only', async () => {
    const peopleFor = async (who: string) =>
      /href="\/admin\/people\?network=cancerologie">(\d+)</u.exec(
        (await desk.page(who, '/admin/networks/cancerologie')).body,
      )?.[1];
    expect(await peopleFor('anne')).to.equal('9');
    expect(await peopleFor('colin')).to.equal('3');
  });

  it('are added and changed by the region alone', async () => {
    for (const who of ['paul', 'carole', 'nadia']) {
      expect((await desk.page(who, '/admin/networks/new')).status, who).to.equal(403);
      expect((await desk.page(who, EDIT)).status, who).to.equal(403);
      expect((await desk.post(who, '/admin/people', EDIT, same)).status, who).to.equal(403);
    }
    const added = await desk.post('anne', '/admin/networks/new', '/admin/networks/new', {
      id: 'douleur',
      name: 'Douleur',
      regime: 'information_opposition',
      level_read: 'urn:trousseau:acr:mfa',
    });
    expect(added.url.pathname).to.equal('/admin/networks/douleur');
    expect(await network('douleur')).to.deep.include({ minimumAcr: { read: 'urn:trousseau:acr:mfa' } });
    const again = { id: 'douleur', name: 'X', regime: 'consentement' };
    expect((await desk.post('anne', '/admin/networks/new', '/admin/networks/new', again)).status).to.equal(
      409,
    );
  });

  it('publish their notices for patients, version by version, by the region alone', async () => {
    const page = '/admin/networks/perinatalite/notices';
    const typed = { version: '2027-1', title: 'Votre dossier', text: '# Vos droits\n\nVous pouvez refuser.' };
    expect((await desk.page('colin', '/admin/networks/cancerologie/notices/new')).status).to.equal(403);
    expect((await desk.page('anne', `${page}/new`)).forms.map(({ id }) => id)).to.include('notice');
    const from = '2026-01-05T09:00';
    const done = await desk.post('anne', `${page}/new`, `${page}/new`, { ...typed, from });
    expect(done.url.pathname + done.url.search).to.equal(`${page}?done=published`);
    expect(done.body).to.include('Votre dossier').and.include('par Anne');
    expect((await desk.page('anne', `${page}/2027-1`)).body).to.include('Vous pouvez refuser.');
    const again = await desk.post('anne', `${page}/new`, `${page}/new`, { ...typed, text: 'Autre' });
    expect([again.status, again.alertCode]).to.deep.equal([409, 'admin.notice_version_taken']);
    const spoilt = await desk.post('anne', `${page}/new`, `${page}/new`, {
      ...typed,
      version: 'a b',
      text: '',
    });
    expect(spoilt.status).to.equal(422);
    expect(spoilt.body).to.include('a b');
    expect((await desk.page('colin', page)).alertCode).to.equal('admin.not_found');
    const { items } = await app.services.audit.list({ limit: 1_000 });
    const published = items.filter(({ type }) => type === 'access.notice.published');
    expect(published.map(({ actor, data }) => [actor, data?.['version'], data?.['from']])).to.deep.equal([
      ['acc-anne', '2027-1', '2026-01-05T08:00:00.000Z'],
    ]);
  });

  it('take levels of the ladder only, and go back to that of the service', async () => {
    await desk.post('anne', EDIT, EDIT, {
      ...same,
      level_write: 'eidas1',
      level_share: 'urn:trousseau:acr:mfa',
    });
    expect((await network('cancerologie'))?.minimumAcr).to.deep.equal({
      write: 'urn:trousseau:acr:card',
      share: 'urn:trousseau:acr:mfa',
    });
    await desk.post('anne', EDIT, EDIT, { ...same, level_share: 'urn:trousseau:acr:mfa' });
    expect((await network('cancerologie'))?.minimumAcr).to.deep.equal({ share: 'urn:trousseau:acr:mfa' });
    const wrong = await desk.post('anne', EDIT, EDIT, { ...same, level_read: 'strong' });
    expect([wrong.status, wrong.alertCode]).to.deep.equal([422, 'admin.invalid']);
  });

  it('name whom break-glass is told to and who may enter a patient in an RCP, or leave both open', async () => {
    const named = { ...same, security_contact: 'rssi@region.example', rcp_registration: 'ouvert_par_3c' };
    await desk.post('anne', EDIT, EDIT, named);
    expect(await network('cancerologie')).to.include({
      securityContact: 'rssi@region.example',
      rcpRegistration: 'ouvert_par_3c',
    });
    const wrong = await desk.post('anne', EDIT, EDIT, { ...same, security_contact: 'rssi' });
    expect([wrong.status, wrong.alertCode]).to.deep.equal([422, 'admin.invalid']);
    await desk.post('anne', EDIT, EDIT, { ...same, security_contact: '', rcp_registration: '' });
    expect(await network('cancerologie')).not.to.have.any.keys('securityContact', 'rcpRegistration');
  });

  it('say what another regime will change, and change it with a reason, which the trail keeps', async () => {
    const other = { ...same, regime: 'information_opposition' };
    const asked = await desk.post('anne', EDIT, EDIT, other);
    expect(asked.status).to.equal(200);
    expect(asked.forms.map(({ id }) => id)).to.include('regime');
    expect((await network('cancerologie'))?.regime).to.equal('consentement');
    const without = await desk.post('anne', EDIT, EDIT, { ...other, reason: ' ' });
    expect([without.status, without.alertCode]).to.deep.equal([422, 'admin.reason_missing']);
    expect((await network('cancerologie'))?.regime).to.equal('consentement');
    const { browser } = await desk.seat('anne');
    const done = await browser.submit(asked, 'regime', { reason: 'Décision du comité du 3 novembre' });
    expect(done.url.search).to.equal('?done=changed');
    expect((await network('cancerologie'))?.regime).to.equal('information_opposition');
    const { items } = await app.services.audit.list({ limit: 100 });
    const event = items.findLast(({ type }) => type === 'admin.network.changed');
    expect(event?.data).to.include({ reason: 'Décision du comité du 3 novembre' });
    expect(JSON.parse(String(event?.data?.['changes']))).to.deep.include({
      regime: ['consentement', 'information_opposition'],
    });
  });
});
