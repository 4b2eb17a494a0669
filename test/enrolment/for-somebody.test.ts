import { expect } from 'chai';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { csrfIn } from '../support/desk.ts';
import { createApplicant, linkSentTo } from './applicant.ts';

const PAGE = '/request/for-somebody';

describe('asking for an account for somebody else', function () {
  this.timeout(60_000);
  let app: TestApp;
  let paul: Seat;
  before(async () => {
    const region = administeredRegion();
    const sara = {
      ...region.accounts.find(({ sub }) => sub === 'acc-claire'),
      sub: 'acc-sara',
      login: 'sara.test',
      given_name: 'Sara',
      email: 'sara.test@chu.example',
      national_ids: [],
      memberships: [{ network: 'cancerologie', organisation: 'chu', profile: 'secretaire_rcp' }],
    };
    app = await startTestApp({ region: { ...region, accounts: [...region.accounts, sara] } });
    paul = await seatOf(app, 'paul');
  });
  after(() => app.destroy());

  const newcomer = (address: string, more: object = {}) => ({
    civility: 'M',
    family_name: 'Nouveau',
    given_name: 'Marc',
    profession: '60',
    workplace: 'place:chu',
    email: address,
    networks: ['cancerologie'],
    ...more,
  });

  async function ask({ browser, get }: Seat, values: Parameters<typeof browser.submit>[2]) {
    return browser.submit(await get(PAGE), 'for-somebody', values);
  }

  async function invited(address: string) {
    const person = createApplicant(app);
    await person.get(await linkSentTo(app, address));
    await person.fill('link');
    return person;
  }

  async function requestsOf(type: string) {
    const { items } = await app.services.audit.list({ limit: 1000 });
    return items.filter(line => line.type === type);
  }

  it('invites the person, who reads it, completes it and sends it; who asked does not decide', async () => {
    const asked = await ask(paul, newcomer('marc@exemple.fr'));
    expect(asked.url.search).to.equal('?done=asked');
    expect(await app.mailTo('marc@exemple.fr')).to.contain('Paul Test');
    const marc = await invited('marc@exemple.fr');
    expect(marc.page().url.pathname).to.equal('/request/confirm');
    expect(marc.page().body).to.contain('Marc Nouveau').and.contain('Paul Test');
    // Nothing goes out before they have taken it over.
    await marc.get('/request/summary');
    expect(marc.page().url.pathname).to.equal('/request/confirm');
    expect((await marc.fill('confirm')).alertCode).to.equal('enrolment.terms_not_accepted');
    await marc.fill('confirm', { accept: 'yes' });
    expect(marc.page().url.pathname).to.equal('/request/number');
    await marc.fill('number', { rpps: '' });
    await marc.get('/request/name');
    await marc.fill('name', { family_name: 'Nouveau-Né' });
    await marc.fill('address', { street: '1 rue', postcode: '37000' });
    await marc.get('/request/phones');
    await marc.fill('phones', { mobile: '06 12 34 56 78' });
    await marc.get('/request/summary');
    expect(marc.page().body).to.contain('Marc Nouveau-Né').and.contain('CHU');
    await marc.fill('summary');
    expect(marc.page().body).to.contain('data-state="received"');
    const [sent] = await requestsOf('enrolment.request.sent');
    // The only local administrator of the CHU is who asked.
    expect(sent?.data).to.include({ handler: 'regional', proofs: 0 });
    const [begun] = await requestsOf('enrolment.request.begun_for');
    expect(begun?.actor).to.equal('acc-paul');
    const stored = await app.enrolment.office.requests.get(String(begun?.data?.['request']));
    expect(stored?.life.own).to.include('acc-paul');
    const anne = await seatOf(app, 'anne');
    const file = await anne.get(`/admin/requests/${stored?.id}`);
    expect(file.body).to.contain('Commencée par <strong>Paul TEST</strong>');
  });

  it('lets the person refuse, and asks nothing more of them', async () => {
    await ask(paul, newcomer('non@exemple.fr'));
    const person = await invited('non@exemple.fr');
    await person.fill('withdraw', { confirm: 'yes' });
    expect(person.page().body).to.contain('data-state="withdrawn"');
    expect((await person.forge('/request/confirm', { accept: 'yes' })).status).to.equal(409);
  });

  it('verifies the invited address by the link, and never one that was typed instead', async () => {
    await ask(paul, newcomer('invite@exemple.fr'));
    const person = await invited('invite@exemple.fr');
    await person.fill('confirm', { accept: 'yes' });
    await person.get('/request/email');
    const other = { email: 'autre@exemple.fr', email_again: 'autre@exemple.fr' };
    await person.fill('email', other);
    expect(person.page().url.pathname).to.equal('/request/email/code');
    const again = await invited('invite@exemple.fr');
    await again.get('/request/email');
    expect(again.page().body).not.to.contain('Cette adresse est vérifiée.');
  });

  it('is for a secretary of RCP too, and for nobody who may neither ask nor administer', async () => {
    const sara = await seatOf(app, 'sara');
    const link = `href="${PAGE}"`;
    expect((await sara.get('/')).body).to.contain(link);
    expect((await (await seatOf(app, 'luc')).get('/')).body).not.to.contain(link);
    expect((await ask(sara, newcomer('dr@exemple.fr', { workplace: '' }))).url.search).to.equal(
      '?done=asked',
    );
    for (const who of ['claire', 'nadia']) {
      const seat = await seatOf(app, who);
      expect((await seat.get(PAGE)).status, who).to.equal(403);
      const body = new URLSearchParams({ csrf: csrfIn(await seat.get('/account')), email: 'x@exemple.fr' });
      expect((await seat.browser.post(`${app.issuer}${PAGE}`, body)).status, who).to.equal(403);
    }
    const stranger = createApplicant(app);
    await stranger.get(PAGE);
    expect(stranger.page().url.pathname).to.match(/^\/interaction\//u);
  });

  it('keeps what was typed when it is wrong, and takes no establishment of others', async () => {
    const wrong = await ask(paul, newcomer('pas une adresse', { family_name: '<b>', networks: [] }));
    expect(wrong.alertCode).to.equal('enrolment.step_incomplete');
    expect(wrong.body).to.contain('value="pas une adresse"').and.contain('&lt;b&gt;');
    const body = new URLSearchParams({
      csrf: csrfIn(wrong),
      ...newcomer('ailleurs@exemple.fr', { workplace: 'place:clinique', networks: 'cancerologie' }),
    });
    expect((await paul.browser.post(`${app.issuer}${PAGE}`, body)).status).to.equal(422);
  });

  it('assigns nothing that the form does not ask, and gives who asked no way into the request', async () => {
    const shown = await paul.get(PAGE);
    const forged = new URLSearchParams({
      csrf: csrfIn(shown),
      ...newcomer('forge@exemple.fr', { networks: 'cancerologie' }),
      state: 'received',
      isVerified: 'true',
      own: 'acc-libre',
      sub: 'acc-libre',
      takenOverAt: '1',
      profile: 'administrateur_regional',
    });
    await paul.browser.post(`${app.issuer}${PAGE}`, forged);
    const stored = await app.enrolment.office.requests.ofMailbox('forge@exemple.fr');
    expect(stored?.life).to.deep.equal({ state: 'to_confirm', turn: 0, own: ['acc-paul'] });
    expect(stored?.answers.email).to.deep.equal({ address: 'forge@exemple.fr', isVerified: false });
    expect(stored?.askedBy).to.deep.equal({ sub: 'acc-paul', address: 'forge@exemple.fr' });
    expect(JSON.stringify(stored?.answers)).not.to.contain('administrateur_regional');
    await paul.get('/request/confirm');
    const takeOver = new URLSearchParams({ csrf: csrfIn(shown), accept: 'yes', request: stored?.id ?? '' });
    expect((await paul.browser.post(`${app.issuer}/request/confirm`, takeOver)).status).to.equal(410);
  });

  it('writes to nobody without end', async () => {
    const answers = [];
    for (let times = 0; times < 8; times += 1)
      answers.push((await ask(paul, newcomer('victime@exemple.fr'))).url.search);
    expect(new Set(answers)).to.deep.equal(new Set(['?done=asked']));
    expect((await requestsOf('enrolment.mail.withheld')).length).to.equal(3);
    // Lost links to the same person count with the invitations.
    const stranger = createApplicant(app);
    await stranger.get('/request/resume');
    await stranger.fill('resume', { email: 'VICTIME@exemple.fr' });
    const mails = (await app.mails()).filter(({ to }) => to.toLowerCase() === 'victime@exemple.fr');
    expect(mails.length).to.equal(5);
  });
});
