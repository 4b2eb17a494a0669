import { expect } from 'chai';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { createApplicant, linkSentTo, PDF } from './applicant.ts';

describe('asking for an account', () => {
  let app: TestApp;
  before(async () => {
    const region = exampleRegion();
    const paul = {
      ...region.accounts[0],
      sub: 'acc-paul',
      login: 'paul.bernard',
      given_name: 'Paul',
      family_name: 'Bernard',
      email: 'paul.bernard@chu.example',
      national_ids: [],
      memberships: [{ network: 'cancerologie', organisation: 'chu', profile: 'administrateur_local' }],
    };
    app = await startTestApp({
      region: { ...region, accounts: [...region.accounts, paul] },
      env: { TROUSSEAU_REQUESTS_PER_SOURCE: '1000' },
    });
  });
  after(() => app.destroy());

  it('goes from the first page to the request received, without scripts', async () => {
    const lea = createApplicant(app);
    await lea.begin();
    expect(lea.page().url.pathname).to.equal('/request/profession');
    await lea.fillIdentity();
    expect(lea.page().url.pathname).to.equal('/request/email');
    await lea.proveAddress('lea.petit@exemple.fr');
    expect(lea.page().url.pathname).to.equal('/request/interests');
    await lea.fill('interests', { networks: ['cancerologie'] });
    await lea.upload('signed_request', PDF);
    expect((await lea.fill('proofs')).alertCode).to.equal('enrolment.proofs_missing');
    await lea.upload('identity_card', PDF);
    await lea.fill('proofs');
    expect(lea.page().url.pathname).to.equal('/request/summary');
    expect(lea.page().body).to.contain('37000 Tours').and.contain('RPPS 99700367909');
    await lea.fill('summary');
    expect(lea.page().url.pathname).to.equal('/request/follow');
    expect(lea.page().body).to.contain('data-state="received"').and.contain('<strong>CHU</strong>');
    expect(await app.mailTo('lea.petit@exemple.fr')).to.contain('/request/link/');
    const { items } = await app.services.audit.list({ limit: 1000 });
    expect(items.find(({ type }) => type === 'enrolment.request.sent')?.data).to.include({
      handler: 'chu',
      proofs: 2,
    });
  });
});
