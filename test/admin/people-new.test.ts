import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('adding a user', () => {
  let app: TestApp;
  let anne: Seat;
  let paul: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    [anne, paul] = await Promise.all([seatOf(app, 'anne'), seatOf(app, 'paul')]);
  });
  after(() => app.destroy());

  const form = (seat: Seat = paul) => seat.get('/admin/people/new?network=cancerologie');
  const usual = (family: string, more: object = {}) => ({
    given_name: 'Jeanne',
    family_name: family,
    email: `${family.toLowerCase()}@chu.example`,
    organisation: 'chu',
    network: 'cancerologie',
    profile: 'utilisateur_cancerologie',
    opens_account: 'yes',
    ...more,
  });
  const subOf = (page: Page) => /\/admin\/people\/(acc-[\w-]+)/u.exec(page.url.pathname)?.[1] ?? '';
  const named = async (family: string) => {
    const { items } = await app.services.directory.professionals.list('name', { prefix: family, limit: 100 });
    return items.filter(({ familyName }) => familyName === family);
  };

  it('does the four acts on one page, and sends login and password in two mails', async () => {
    const page = await paul.browser.submit(await form(), 'person', usual('Quatre', { until: '2030-12-31' }));
    expect(page.url.search).to.equal('?done=created');
    expect(page.body).to.include('jeanne.quatre');
    const person = await app.services.directory.professionals.get(subOf(page));
    expect(person?.branch).to.equal('chu');
    expect(person?.memberships).to.have.length(1);
    expect(person?.memberships[0]?.givenBy).to.equal('acc-paul');
    const mails = (await app.mails()).filter(({ to }) => to === 'quatre@chu.example');
    expect(mails).to.have.length(2);
    const [first, second] = mails.map(({ text }) => text.includes('jeanne.quatre'));
    expect(first).to.not.equal(second);
  });

  it('preselects the usual profile, and offers places and profiles of the branch only', async () => {
    const page = await form();
    expect(page.body).to.include('value="utilisateur_cancerologie" selected');
    expect(page.body).to.include('value="chu-onco"').and.not.include('value="clinique"');
    expect(page.body).to.not.include('value="administrateur_local"');
  });

  it('writes nothing when anything is wrong', async () => {
    for (const [wrong, status] of [
      [{ email: '' }, 422],
      [{ organisation: 'clinique' }, 422],
      [{ organisation: 'nulle-part' }, 422],
      [{ profile: 'administrateur_local' }, 422],
      [{ from: '2030-02-02', until: '2030-02-01' }, 422],
      [{ network: 'inconnu' }, 422],
      [{ national_ids: '99700366241' }, 422],
    ] as const) {
      const page = await paul.browser.submit(await form(), 'person', usual('Fautif', wrong));
      expect(page.status, JSON.stringify(wrong)).to.equal(status);
      expect(page.alertCode).to.equal('admin.invalid');
    }
    expect(await named('Fautif')).to.have.length(0);
  });

  it('shows homonyms of the branch before it creates another one', async () => {
    await paul.browser.submit(await form(), 'person', usual('Double', { opens_account: '' }));
    const asked = await paul.browser.submit(await form(), 'person', usual('DOUBLE', { opens_account: '' }));
    expect(asked.status).to.equal(409);
    expect(asked.alertCode).to.equal('admin.homonyms');
    const [first] = await named('Double');
    expect(asked.body).to.include(`/admin/people/${first?.id}`);
    const done = await paul.browser.submit(
      asked,
      'person',
      usual('Double', { homonyms: 'seen', opens_account: '' }),
    );
    expect(done.url.search).to.equal('?done=created');
    expect(await named('Double')).to.have.length(2);
  });

  it('does not tell a homonym of another branch', async () => {
    const page = await paul.browser.submit(
      await form(),
      'person',
      usual('Test', { given_name: 'Luc', email: 'luc.autre@chu.example' }),
    );
    expect(page.url.search).to.equal('?done=created');
  });

  it('is done once, however often the form is sent', async () => {
    const page = await form();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        paul.browser.submit(page, 'person', usual('Rejoue', { opens_account: '' })),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    expect(await named('Rejoue')).to.have.length(1);
    const forged = await paul.browser.submit(page, 'person', usual('Forge', { mark: 'x' }));
    expect(forged.alertCode).to.equal('admin.form_replayed');
  });

  it('takes a mobile for verified when whoever adds the person says so', async () => {
    for (const [name, tick, marked] of [
      ['Prouvee', 'yes', undefined],
      ['Ecrite', '', '+33600000401'],
    ] as const) {
      const answers = usual(name, { phone: '06 00 00 04 01', phone_verified: tick, opens_account: '' });
      const page = await paul.browser.submit(await form(), 'person', answers);
      const person = await app.services.directory.professionals.get(subOf(page));
      expect([person?.phone, person?.unprovenPhone?.number]).to.deep.equal(['+33600000401', marked]);
    }
  });

  it('takes no field that it does not show', async () => {
    const page = await paul.browser.submit(
      await form(),
      'person',
      usual('Masse', {
        sub: 'acc-paul',
        status: 'closed',
        branch: 'region',
        login: 'paul.test',
        delegations: 'acc-x',
      }),
    );
    const person = await app.services.directory.professionals.get(subOf(page));
    expect(person?.id).to.not.equal('acc-paul');
    expect(person?.status).to.equal('active');
    expect(person?.branch).to.equal('chu');
    expect(person?.delegations).to.deep.equal([]);
  });

  it('leaves somebody who can be finished when a later act fails', async () => {
    const { accounts } = app.services;
    const create = accounts.create;
    accounts.create = () => Promise.reject(new Error('the process died'));
    let page: Page;
    try {
      page = await paul.browser.submit(await form(), 'person', usual('Reprise'));
    } finally {
      accounts.create = create;
    }
    expect(page.status).to.equal(500);
    const [person] = await named('Reprise');
    const found = await paul.get(`/admin/people/${person?.id}`);
    expect(found.body).to.include(`/admin/people/${person?.id}/open`);
    const confirm = await paul.get(`/admin/people/${person?.id}/open`);
    expect(confirm.body).to.include('jeanne.reprise');
    expect((await paul.browser.submit(confirm, 'confirm')).url.search).to.equal('?done=opened');
  });

  describe('who is known already elsewhere', () => {
    const luc = { national_ids: '99700218896', given_name: 'Luc', family_name: 'Test' };

    it('is offered to be attached, without a word on who it is', async () => {
      const page = await paul.browser.submit(
        await form(),
        'person',
        usual('Inconnu', { national_ids: '99700218896' }),
      );
      expect(page.status).to.equal(409);
      expect(page.alertCode).to.equal('admin.national_id_taken');
      expect(page.body).to.include('formaction="/admin/people/attach"').and.not.include('acc-luc');
    });

    it('is attached by number and name together, and then seen', async () => {
      const attach = await paul.get('/admin/people/attach');
      const wrong = await paul.browser.submit(attach, 'attach', {
        ...luc,
        family_name: 'Autre',
        organisation: 'chu',
        network: 'cancerologie',
        profile: 'medecin_rcp',
      });
      expect(wrong.alertCode).to.equal('admin.no_such_colleague');
      const done = await paul.browser.submit(wrong, 'attach', {
        family_name: 'test',
        organisation: 'chu',
        network: 'cancerologie',
        profile: 'medecin_rcp',
      });
      expect(done.url.pathname).to.equal('/admin/people/acc-luc');
      expect(done.body).to.not.include('Clinique');
    });

    it('is attached within one’s branch only', async () => {
      const attach = await paul.get('/admin/people/attach');
      const page = await paul.browser.submit(attach, 'attach', {
        ...luc,
        organisation: 'clinique',
        network: 'cancerologie',
        profile: 'pharmacien',
      });
      expect(page.status).to.equal(404);
    });
  });

  it('asks a second person for a regional administrator, and says so', async () => {
    const page = await anne.browser.submit(
      await form(anne),
      'person',
      usual('Regionale', { organisation: 'region', profile: 'administrateur_regional' }),
    );
    expect(page.url.search).to.equal('?done=proposed');
    const person = await app.services.directory.professionals.get(subOf(page));
    expect(person?.memberships).to.deep.equal([]);
  });
});
