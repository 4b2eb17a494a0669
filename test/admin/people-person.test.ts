import { expect } from 'chai';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('the page of a person', () => {
  let app: TestApp;
  let anne: Seat;
  let paul: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    [anne, paul] = await Promise.all([seatOf(app, 'anne'), seatOf(app, 'paul')]);
  });
  after(() => app.destroy());

  const person = async (sub: string) => {
    const found = await app.services.directory.professionals.get(`acc-${sub}`);
    if (!found) throw new Error(`no ${sub}`);
    return found;
  };

  it('shows the four acts, and a profile of another branch to nobody who does not administer there', async () => {
    const own = await paul.get('/admin/people/acc-karim');
    expect(own.status).to.equal(200);
    expect(own.body).to.include('Responsable').and.not.include('Clinique');
    expect((await anne.get('/admin/people/acc-karim')).body).to.include('Clinique');
  });

  it('answers for another branch exactly as for nobody', async () => {
    for (const path of ['', '/edit', '/enrol', '/suspend', '/close', '/memberships/new', '/absence']) {
      const [elsewhere, nobody] = await Promise.all([
        paul.get(`/admin/people/acc-luc${path}`),
        paul.get(`/admin/people/acc-nobody${path}`),
      ]);
      expect(elsewhere.status, path).to.equal(404);
      expect(elsewhere.alertCode, path).to.equal(nobody.alertCode);
      expect(elsewhere.body).to.not.include('Luc');
    }
  });

  it('says what was done, without telling a profile given in another branch', async () => {
    const colin = await seatOf(app, 'colin');
    const form = await colin.get('/admin/people/acc-karim/memberships/new?network=cancerologie');
    const done = await colin.browser.submit(form, 'profile', { profile: 'acces_limite' });
    expect(done.url.search).to.equal('?done=given');
    expect(done.body).to.include('Profil donné');
    expect((await paul.get('/admin/people/acc-karim')).body).to.not.include('Profil donné');
    expect((await anne.get('/admin/people/acc-karim')).body).to.include('Profil donné');
  });

  it('shows the change of an identity, and refuses a number with a wrong last digit with what was typed', async () => {
    const form = await paul.get('/admin/people/acc-perine/edit');
    const refused = await paul.browser.submit(form, 'identity', {
      family_name: 'Nouveau',
      national_ids: '99700366241',
    });
    expect(refused.status).to.equal(422);
    expect(refused.alertCode).to.equal('admin.invalid');
    expect(refused.forms[0]?.fields['family_name']).to.equal('Nouveau');
    const done = await paul.browser.submit(refused, 'identity', {
      national_ids: '99700367909',
      phone: '0612345678',
    });
    expect(done.url.search).to.equal('?done=changed');
    const { familyName, nationalIds, phone } = await person('perine');
    expect({ familyName, nationalIds, phone }).to.deep.equal({
      familyName: 'Nouveau',
      nationalIds: ['899700367909'],
      phone: '+33612345678',
    });
  });

  it('says of a mobile that nobody has proven what will happen, and nothing of another', async () => {
    const path = '/admin/people/acc-claire';
    const { professionals } = app.services.directory;
    const form = await paul.get(`${path}/edit`);
    const written = await paul.browser.submit(form, 'identity', { phone: '06 00 00 03 01' });
    expect(written.body).to.include('Non vérifié').and.include('prochaine connexion');
    await professionals.update('acc-claire', person => ({
      ...person,
      unprovenPhone: { number: '+33600000301', isPostponed: true },
    }));
    expect((await paul.get(path)).body)
      .to.include('Non vérifié')
      .and.include('remise à plus tard');
    await professionals.update('acc-claire', ({ unprovenPhone: _proven, ...person }) => person);
    expect((await paul.get(path)).body)
      .to.include('+33600000301')
      .and.not.include('Non vérifié');
  });

  it('takes the word of whoever ticks that a mobile is verified, once, and keeps the tick of a refused form', async () => {
    const path = '/admin/people/acc-perine/edit';
    const unproven = async () => (await person('perine')).unprovenPhone?.number;
    await paul.browser.submit(await paul.get(path), 'identity', { phone: '06 00 00 03 02' });
    expect(await unproven()).to.equal('+33600000302');
    const form = await paul.get(path);
    expect(form.forms.find(({ id }) => id === 'identity')?.fields).not.to.have.property('phone_verified');
    const refused = await paul.browser.submit(form, 'identity', { family_name: '', phone_verified: 'yes' });
    expect(refused.forms[0]?.fields['phone_verified']).to.equal('yes');
    const done = await paul.browser.submit(refused, 'identity', { family_name: 'Nouveau' });
    expect(done.url.search).to.equal('?done=changed');
    expect(await unproven()).to.equal(undefined);
    // Nobody's word is taken for the number that comes next.
    await paul.browser.submit(await paul.get(path), 'identity', { phone: '06 00 00 03 03' });
    expect(await unproven()).to.equal('+33600000303');
  });

  it('enrols within the branch only', async () => {
    const form = await paul.get('/admin/people/acc-perine/enrol');
    const refused = await paul.browser.submit(form, 'enrol', { organisation: 'clinique' });
    expect(refused.status).to.equal(404);
    await paul.browser.submit(form, 'enrol', { organisation: 'chu-onco' });
    expect((await person('perine')).branch).to.equal('chu-onco');
  });

  describe('profiles', () => {
    it('offers what the office may give there, and refuses the rest', async () => {
      const form = await paul.get(
        '/admin/people/acc-claire/memberships/new?network=cancerologie&organisation=chu',
      );
      const offered = form.forms.find(({ id }) => id === 'profile')?.choices['profile'];
      expect(offered).to.include('medecin_rcp').and.not.include('administrateur_local');
      for (const profile of ['administrateur_local', 'administrateur_regional', 'auditeur']) {
        const refused = await paul.browser.submit(form, 'profile', { profile });
        expect(refused.status, profile).to.equal(403);
        expect(refused.alertCode, profile).to.equal('admin.profile_not_givable');
      }
      const elsewhere = await paul.browser.submit(form, 'profile', { organisation: 'clinique' });
      expect(elsewhere.status).to.equal(404);
    });

    it('takes the last day as a day that counts', async () => {
      const form = await paul.get(
        '/admin/people/acc-claire/memberships/new?network=cancerologie&organisation=chu',
      );
      const backwards = await paul.browser.submit(form, 'profile', {
        profile: 'pharmacien',
        from: '2030-06-02',
        until: '2030-06-01',
      });
      expect(backwards.status).to.equal(422);
      await paul.browser.submit(form, 'profile', {
        profile: 'pharmacien',
        from: '2030-06-01',
        until: '2030-06-01',
      });
      const given = (await person('claire')).memberships.find(({ profile }) => profile === 'pharmacien');
      expect(given?.fromMs).to.equal(Date.parse('2030-05-31T22:00:00Z'));
      expect(given?.toMs).to.equal(Date.parse('2030-06-01T22:00:00Z'));
    });

    it('changes the dates, and takes a profile away with a reason', async () => {
      const page = await paul.get('/admin/people/acc-claire');
      const [, ref] = /memberships\/([\w-]{22})"/u.exec(page.body) ?? [];
      const dates = await paul.get(`/admin/people/acc-claire/memberships/${ref}`);
      const done = await paul.browser.submit(dates, 'dates', { until: '2031-01-31' });
      expect(done.url.search).to.equal('?done=dates');
      const [, still] = /memberships\/([\w-]{22})\/remove"/u.exec(done.body) ?? [];
      const removal = await paul.get(`/admin/people/acc-claire/memberships/${still}/remove`);
      const silent = await paul.browser.submit(removal, 'confirm');
      expect(silent.status).to.equal(422);
      const removed = await paul.browser.submit(silent, 'confirm', { reason: 'Départ du service' });
      expect(removed.url.search).to.equal('?done=removed');
      expect(removed.body).to.include('Motif : Départ du service');
    });

    it('is not found under the address of another person', async () => {
      const page = await anne.get('/admin/people/acc-luc');
      const [, ref] = /memberships\/([\w-]{22})"/u.exec(page.body) ?? [];
      expect((await paul.get(`/admin/people/acc-karim/memberships/${ref}`)).status).to.equal(404);
      expect((await paul.get(`/admin/people/acc-karim/memberships/${ref}/remove`)).status).to.equal(404);
    });
  });

  describe('the account', () => {
    it('is suspended with a reason, which ends the sessions, and opened again', async () => {
      const page = await paul.get('/admin/people/acc-claire/suspend');
      expect((await paul.browser.submit(page, 'confirm')).status).to.equal(422);
      const done = await paul.browser.submit(page, 'confirm', { reason: 'Départ annoncé' });
      expect(done.url.search).to.equal('?done=suspended');
      expect((await person('claire')).status).to.equal('suspended');
      const back = await paul.get('/admin/people/acc-claire/reactivate');
      await paul.browser.submit(back, 'confirm', { reason: 'Retour' });
      expect((await person('claire')).status).to.equal('active');
    });

    it('of somebody who works in another branch too is left alone', async () => {
      const page = await paul.get('/admin/people/acc-claire/suspend');
      const moved = {
        ...page,
        forms: page.forms.map(form => ({
          ...form,
          action: new URL(form.action.href.replace('acc-claire', 'acc-karim')),
        })),
      };
      expect((await paul.browser.submit(moved, 'confirm', { reason: 'Non' })).status).to.equal(404);
      expect((await person('karim')).status).to.equal('active');
    });

    it('is the one of the address, whatever the body names', async () => {
      const page = await paul.get('/admin/people/acc-perine/suspend');
      await paul.browser.submit(page, 'confirm', { reason: 'Essai', sub: 'acc-luc', status: 'closed' });
      expect((await person('luc')).status).to.equal('active');
      expect((await person('perine')).status).to.equal('suspended');
    });

    it('of an administrator is the superior’s, and nobody’s own', async () => {
      for (const [seat, who, code] of [
        [paul, 'carole', 'admin.privileged_account'],
        [paul, 'noe', 'admin.privileged_account'],
        [paul, 'paul', 'admin.own_rights'],
        [anne, 'anne', 'admin.own_rights'],
      ] as const) {
        const page = await seat.get(`/admin/people/acc-${who}/suspend`);
        expect(page.status, who).to.equal(403);
        expect(page.alertCode ?? /data-code="([^"]+)"/u.exec(page.body)?.[1], who).to.equal(code);
      }
      expect((await anne.get('/admin/people/acc-paul/suspend')).status).to.equal(200);
    });

    it('has its sessions listed and ended, one by one and all', async () => {
      const luc = await seatOf(app, 'luc');
      const page = await anne.get('/admin/people/acc-luc');
      const [, ref] = /name="session" value="([^"]+)"/u.exec(page.body) ?? [];
      expect(ref).to.be.a('string');
      const index = page.forms.findIndex(({ fields }) => fields['session'] === ref);
      const named = { ...page, forms: [{ ...page.forms[index]!, id: 'one' }] };
      expect((await anne.browser.submit(named, 'one')).url.search).to.equal('?done=session');
      expect((await luc.get('/account')).url.pathname).to.not.equal('/account');
    });

    it('asks for a fresh sign-in before its page of closing, and says that it is for ever', async () => {
      app.clock.setMs(app.clock.nowMs() + 20 * 60_000);
      const page = await paul.get('/admin/people/acc-claire/close');
      expect(page.url.pathname).to.match(/^\/interaction/u);
    });
  });

  it('shows everything to an auditor, who changes nothing', async () => {
    const noe = await seatOf(app, 'noe');
    const page = await noe.get('/admin/people/acc-claire');
    expect(page.status).to.equal(200);
    expect(
      page.forms.filter(({ method }) => method === 'post').map(({ action }) => action.pathname),
    ).to.not.include.members(['/admin/people/acc-claire/end-session']);
    expect((await noe.get('/admin/people/acc-claire/edit')).status).to.equal(403);
    const read = await app.services.audit.newest({
      account: 'acc-noe',
      type: 'admin.person.read',
      limit: 1,
      months: 1,
    });
    expect(read[0]?.account).to.equal('acc-claire');
  });
});
