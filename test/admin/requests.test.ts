import type { RenderedMail } from '#notify/index.ts';
import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, csrfIn, type TestDesk } from '../support/desk.ts';
import { PDF, runErrands, sendRequest, stateOf } from './sent-requests.ts';

describe('treating requests for an account', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    const region = administeredRegion();
    const [anne] = region.accounts;
    const [cancerologie, perinatalite] = region.networks;
    // A second administrator of the region.
    const aude = { ...anne, sub: 'acc-aude', login: 'aude.test', email: 'aude.test@chu.example' };
    app = await startTestApp({
      region: {
        ...region,
        accounts: [...region.accounts, aude],
        networks: [cancerologie, { ...perinatalite, validators: ['acc-libre'] }],
      },
      env: { TROUSSEAU_WELCOME_PAUSE: '1h' },
    });
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
  const turnOf = async (id: string) => (await app.enrolment.office.requests.get(id))?.life.turn;
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
    // Hours have passed: everybody's sign-in is old.
    desk.freshen('paul');
    desk.freshen('anne');
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
    const list = await desk.page('paul', '/admin/requests');
    expect(list.body).to.not.include('La personne a répondu');
    const bare = await submit('paul', `${pageOf(id)}/refuse`, 'refuse', { reason_code: 'other' });
    expect(bare.status).to.equal(422);
    const done = await submit('paul', `${pageOf(id)}/refuse`, 'refuse', {
      reason_code: 'workplace',
      words: '<b>Écrivez</b> à votre service.\r\nPuis à nous.',
    });
    expect(done.url.search).to.equal('?done=refused');
    expect(done.body).to.not.include('<b>Écrivez');
    await runErrands(app);
    const mails = await mailsTo('question@exemple.fr');
    expect(mails).to.have.length(2);
    const told = mails.filter(({ text }) => text.includes('ne vous connaît pas'));
    expect(told).to.have.length(1);
    const [{ subject = '', text = '', html = '' } = {}] = told as readonly Partial<RenderedMail>[];
    expect(text).to.include('<b>Écrivez</b> à votre service.\nPuis à nous.');
    expect(html)
      .to.include('&lt;b&gt;Écrivez&lt;/b&gt; à votre service.\nPuis à nous.')
      .and.not.include('<b>');
    expect(subject).to.not.include('connaît');
    for (const said of [`${app.issuer}/request`, (await app.services.directory.region()).support])
      expect(text.split('Besoin d’aide')[0], said).to.include(said);
  });

  it('lets two administrators give a habilitation particulière, on a signed form, and one never', async () => {
    const { id } = await sendRequest(app, { familyName: 'Particulier' });
    const coordinator = grant({ 'profile-0': 'coordinateur_3c' });
    const without = await submit('anne', `${pageOf(id)}/accept`, 'accept', coordinator);
    expect(without.alertCode).to.equal('admin.habilitation_form_missing');
    const { browser } = await desk.seat('anne');
    const form = new FormData();
    const page = await desk.page('anne', pageOf(id));
    form.set('csrf', csrfIn(page));
    form.set('turn', String(await turnOf(id)));
    form.set('file', new Blob([new Uint8Array(PDF)]), '../../form.html');
    expect((await browser.post(`${app.issuer}${pageOf(id)}/form`, form)).url.search).to.equal('?done=form');
    const first = await submit('anne', `${pageOf(id)}/accept`, 'accept', coordinator);
    expect(first.url.search, first.alertCode).to.equal('?done=proposed');
    const twice = await desk.post('anne', pageOf(id), `${pageOf(id)}/agree`, {
      turn: String(await turnOf(id)),
    });
    expect(twice.alertCode).to.equal('enrolment.same_administrator');
    // Who may not give that profile may not agree to it either.
    const lesser = await desk.post('paul', pageOf(id), `${pageOf(id)}/agree`, {
      turn: String(await turnOf(id)),
    });
    expect(lesser.alertCode).to.equal('admin.profile_not_givable');
    expect(await stateOf(app, id)).to.equal('second_needed');
    expect((await submit('aude', `${pageOf(id)}/agree`, 'agree')).url.search).to.equal('?done=accepted');
    await runErrands(app);
    const [membership] = (await app.services.directory.professionals.get(await subOf(id)))?.memberships ?? [];
    expect(membership).to.include({ profile: 'coordinateur_3c', givenBy: 'acc-aude' });
    expect(membership?.proof).to.include(id);
  });

  it('refuses profiles that this administrator may not give, and those that administer from anybody', async () => {
    const { id } = await sendRequest(app, { familyName: 'Droits', habilitationForm: true });
    for (const [who, more] of [
      ['paul', { 'profile-0': 'coordinateur_3c' }],
      ['paul', { 'organisation-0': 'clinique' }],
      ['paul', { 'organisation-0': '' }],
      ['anne', { 'profile-0': 'administrateur_local' }],
    ] as const) {
      const values = { turn: String(await turnOf(id)), ...grant(more) };
      const refused = await desk.post(who, pageOf(id), `${pageOf(id)}/accept`, values);
      expect(refused.alertCode, JSON.stringify(more)).to.equal('admin.profile_not_givable');
    }
    const stranger = await desk.post('anne', pageOf(id), `${pageOf(id)}/accept`, {
      turn: String(await turnOf(id)),
      ...grant({ known: 'acc-luc' }),
    });
    expect(stranger.status).to.equal(422);
    expect(await stateOf(app, id)).to.equal('received');
  });

  it('lets nobody decide on their own request, nor on one that has changed meanwhile', async () => {
    const own = await sendRequest(app, {
      familyName: 'Test',
      givenName: 'Paul',
      email: 'paul.test@chu.example',
    });
    const turn = String(await turnOf(own.id));
    const refused = await desk.post('paul', pageOf(own.id), `${pageOf(own.id)}/accept`, { turn, ...grant() });
    expect(refused.alertCode).to.equal('enrolment.own_request');
    const { id } = await sendRequest(app, { familyName: 'Tour' });
    const seen = String(await turnOf(id));
    await submit('anne', `${pageOf(id)}/correct`, 'correct', { family_name: 'Touraine', profession: '60' });
    const late = await desk.post('paul', pageOf(id), `${pageOf(id)}/accept`, { turn: seen, ...grant() });
    expect(late.alertCode).to.equal('enrolment.changed_meanwhile');
    const page = await desk.page('paul', pageOf(id));
    expect(page.body).to.include('Léa TOURAINE').and.include('« Tour » → « Touraine »');
  });

  it('gives documents as downloads of their own request and branch only, and leaves a trace', async () => {
    const { id, proofs } = await sendRequest(app, { familyName: 'Preuve' });
    const other = await sendRequest(app, { familyName: 'Autre' });
    const document = proofs[0]?.id ?? '';
    const read = await desk.page('paul', `${pageOf(id)}/documents/${document}`);
    expect(read.headers.get('content-disposition')).to.match(/^attachment; filename="\w+\.pdf"$/u);
    expect(read.body).to.equal(PDF.toString());
    for (const [who, path] of [
      ['colin', `${pageOf(id)}/documents/${document}`],
      ['colin', `${pageOf(id)}/export.zip`],
      ['paul', `${pageOf(other.id)}/documents/${document}`],
      ['paul', `${pageOf(id)}/documents/${document}/picture`],
    ] as const)
      expect((await desk.page(who, path)).status, path).to.equal(404);
    const { items } = await app.services.audit.list({ limit: 1000 });
    expect(items.some(({ data }) => data?.['target'] === `${id}/${proofs[0]?.kind}`)).to.equal(true);
  });

  it('waits for the validators of a network, who need no office, and gives nothing where they refuse', async () => {
    const networks = ['cancerologie', 'perinatalite'];
    const { id } = await sendRequest(app, { familyName: 'Valide', networks, validated: ['perinatalite'] });
    const early = await desk.post('anne', pageOf(id), `${pageOf(id)}/accept`, {
      turn: String(await turnOf(id)),
      ...grant(),
    });
    expect(early.alertCode).to.equal('enrolment.part_waiting');
    const part = `/admin/requests/validate/perinatalite/${id}`;
    expect((await desk.page('luc', '/admin/requests/validate')).status).to.equal(403);
    expect((await desk.page('paul', part)).status).to.equal(403);
    expect((await desk.page('libre', '/admin/requests')).status).to.equal(403);
    expect((await desk.page('libre', `/admin/requests/validate/cancerologie/${id}`)).status).to.equal(404);
    expect((await desk.page('libre', '/admin/requests/validate')).body).to.include('Léa VALIDE');
    const done = await submit('libre', part, 'part', { verdict: 'refused' });
    expect(done.url.search).to.equal('?done=refused');
    expect((await desk.page('libre', part)).status).to.equal(404);
    const closed = await desk.post('anne', pageOf(id), `${pageOf(id)}/accept`, {
      turn: String(await turnOf(id)),
      ...grant({ 'network-0': 'perinatalite' }),
    });
    expect(closed.status).to.equal(422);
    const { alertCode, url } = await submit('anne', `${pageOf(id)}/accept`, 'accept', grant());
    expect(url.search, alertCode).to.equal('?done=accepted');
  });
});
