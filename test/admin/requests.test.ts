import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { runErrands, sendRequest, stateOf } from './sent-requests.ts';

describe('treating requests for an account', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion(), env: { TROUSSEAU_WELCOME_PAUSE: '1h' } });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const pageOf = (id: string) => `/admin/requests/${id}`;
  const submit = async (who: string, path: string, form: string, values: Record<string, string> = {}) => {
    const { browser } = await desk.seat(who);
    return browser.submit(await desk.page(who, path), form, values);
  };
  /** A row of the form, as a browser sends it. */
  const grant = (more: Record<string, string> = {}) => ({
    branch: 'chu',
    'network-0': 'cancerologie',
    'profile-0': 'utilisateur_cancerologie',
    'organisation-0': 'chu',
    ...more,
  });
  const subOf = async (id: string) => (await app.enrolment.office.requests.get(id))?.life.account ?? '';
  const mailsTo = async (to: string) => (await app.mails()).filter(mail => mail.to === to);

  it('shows a request to who treats it and to the region, and to no other branch', async () => {
    const { id } = await sendRequest(app, { familyName: 'Branche' });
    for (const [who, status] of [
      ['paul', 200],
      ['anne', 200],
      ['colin', 404],
    ] as const) {
      expect((await desk.page(who, pageOf(id))).status, who).to.equal(status);
      const list = await desk.page(who, '/admin/requests');
      expect(list.body.includes('Léa BRANCHE'), who).to.equal(status === 200);
    }
    const elsewhere = await desk.post('colin', '/admin/requests', `${pageOf(id)}/note`, { note: 'Vu' });
    expect(elsewhere.status).to.equal(404);
    expect((await desk.page('colin', pageOf('inconnu'))).status).to.equal(404);
  });

  it('goes from acceptance to the account: login in one mail, the link to the password in a second one', async () => {
    const { id } = await sendRequest(app, { familyName: 'Petit', rpps: '99700367909' });
    const done = await submit('paul', `${pageOf(id)}/accept`, 'accept', grant({ 'until-0': '2030-12-31' }));
    expect(done.url.search).to.equal('?done=accepted');
    await runErrands(app);
    const sub = await subOf(id);
    const person = await app.services.directory.professionals.get(sub);
    expect(person).to.include({ branch: 'chu', familyName: 'Petit', email: 'petit@exemple.fr' });
    expect(person?.nationalIds).to.deep.equal(['899700367909']);
    expect(person?.memberships).to.have.length(1);
    expect(person?.memberships[0]).to.include({ givenBy: 'acc-paul', profile: 'utilisateur_cancerologie' });
    expect(await app.services.accounts.loginOf(sub)).to.equal('lea.petit');
    expect(await mailsTo('petit@exemple.fr')).to.have.length(1);
    expect((await mailsTo('petit@exemple.fr'))[0]?.text).to.include('lea.petit');
    expect(await stateOf(app, id)).to.equal('accepted');
    app.clock.advance(2 * 3600);
    await runErrands(app);
    await runErrands(app);
    const mails = await mailsTo('petit@exemple.fr');
    expect(mails).to.have.length(2);
    const second = mails.find(({ text }) => text.includes('/forgotten/link/'));
    expect(second?.text).to.be.a('string').and.not.include('lea.petit');
    expect(await stateOf(app, id)).to.equal('opened');
  });

  it('adds the profiles to the person who is known already, and opens no second account', async () => {
    desk.freshen('paul');
    const { id } = await sendRequest(app, {
      familyName: 'Test',
      givenName: 'Claire',
      rpps: '99700366240',
      networks: ['perinatalite'],
    });
    const done = await submit(
      'paul',
      `${pageOf(id)}/accept`,
      'accept',
      grant({ 'profile-0': 'secretaire_rcp' }),
    );
    expect(done.url.search, done.alertCode).to.equal('?done=accepted');
    await runErrands(app);
    expect(await subOf(id)).to.equal('acc-claire');
    const claire = await app.services.directory.professionals.get('acc-claire');
    expect(claire?.memberships.map(({ profile }) => profile)).to.include('secretaire_rcp');
    expect(await stateOf(app, id)).to.equal('opened');
  });

  it('asks the person, and tells who is refused why', async () => {
    const { id } = await sendRequest(app, { familyName: 'Question' });
    await submit('paul', pageOf(id), 'ask', { question: 'Où travaillez-vous ?' });
    expect(await stateOf(app, id)).to.equal('asked');
    await runErrands(app);
    expect((await mailsTo('question@exemple.fr'))[0]?.text).to.include('/request/link/');
    const bare = await submit('paul', `${pageOf(id)}/refuse`, 'refuse', { reason_code: 'other' });
    expect(bare.status).to.equal(422);
    const done = await submit('paul', `${pageOf(id)}/refuse`, 'refuse', {
      reason_code: 'workplace',
      words: '<b>Écrivez</b> à votre service',
    });
    expect(done.url.search).to.equal('?done=refused');
    expect(done.body).to.not.include('<b>Écrivez');
    await runErrands(app);
    const mails = await mailsTo('question@exemple.fr');
    expect(mails).to.have.length(2);
    expect(mails.filter(({ text }) => text.includes('ne vous connaît pas'))).to.have.length(1);
  });
});
