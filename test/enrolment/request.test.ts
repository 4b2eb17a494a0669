import { expect } from 'chai';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { answerOf, createApplicant, linkSentTo, PDF, type Applicant } from './applicant.ts';

const DAY = 86_400;
const pathOf = ({ page }: Applicant) => page().url.pathname;

describe('asking for an account', function () {
  this.timeout(60_000);
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
      region: {
        ...region,
        networks: [
          ...region.networks,
          { id: 'ville', name: 'Réseau ville-hôpital', regime: 'consentement', validators: ['acc-paul'] },
        ],
        guides: [
          { id: 'tous', title: 'Guide de la région', url: 'https://guides.example/tous.pdf' },
          {
            id: 'pharmaciens',
            title: 'Guide du pharmacien',
            url: 'https://guides.example/pharmacie.pdf',
            professions: ['21'],
          },
        ],
        accounts: [...region.accounts, paul],
      },
      env: { TROUSSEAU_REQUESTS_PER_SOURCE: '1000' },
    });
  });
  after(() => app.destroy());

  async function countSent(): Promise<number> {
    const { items } = await app.services.audit.list({ limit: 1000 });
    return items.filter(({ type }) => type === 'enrolment.request.sent').length;
  }

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

  it('asks a physician for an RPPS number whose key is right, and others for none', async () => {
    const physician = createApplicant(app);
    await physician.begin();
    await physician.fill('profession', { profession: '10' });
    expect((await physician.fill('number', { rpps: '' })).status).to.equal(422);
    const wrong = await physician.fill('number', { rpps: '99700367908' });
    expect(wrong.alertCode).to.equal('enrolment.step_incomplete');
    await physician.get('/request/profession');
    await physician.fill('profession', { profession: '60' });
    await physician.fill('number', { rpps: '' });
    expect(pathOf(physician)).to.equal('/request/name');
    // Who becomes a physician after all is asked again.
    await physician.get('/request/profession');
    await physician.fill('profession', { profession: '10' });
    expect(pathOf(physician)).to.equal('/request/number');
  });

  it('keeps what was typed when one goes back, right or not', async () => {
    const lea = createApplicant(app);
    await lea.begin();
    await lea.fill('profession', { profession: '60' });
    await lea.fill('number', { rpps: '' });
    await lea.fill('name', { family_name: 'Inachevée', go: 'back' });
    expect(pathOf(lea)).to.equal('/request/number');
    await lea.fill('number');
    expect(pathOf(lea)).to.equal('/request/name');
    expect(lea.page().body).to.contain('value="Inachevée"');
    await lea.get('/request/summary');
    expect(pathOf(lea)).to.equal('/request/name');
  });

  it('keeps both addresses when they differ, or when one is none', async () => {
    const lea = createApplicant(app);
    await lea.begin();
    await lea.fillIdentity();
    const valueOf = (field: string) =>
      new RegExp(`id="${field}"[^>]* value="([^"]*)"`, 'u').exec(lea.page().body)?.[1];
    for (const [email, again] of [
      ['lea.petit@exemple.fr', 'lea.petti@exemple.fr'],
      ['lea.petit', 'lea.petit@exemple.fr'],
    ] as const) {
      expect((await lea.fill('email', { email, email_again: again })).status).to.equal(422);
      expect([valueOf('email'), valueOf('email_again')]).to.deep.equal([email, again]);
      await lea.get('/request/email');
      expect([valueOf('email'), valueOf('email_again')]).to.deep.equal([email, again]);
    }
  });

  it('proposes the towns of a postcode, and takes another one', async () => {
    const lea = createApplicant(app);
    await lea.begin();
    await lea.fill('profession', { profession: '60' });
    await lea.fill('number', { rpps: '' });
    await lea.fill('name', { civility: 'MME', family_name: 'Petit', given_name: 'Léa' });
    const several = await lea.fill('address', { street: '1 rue', postcode: '01000' });
    expect(several.status).to.equal(422);
    expect(several.body).to.contain('<option value="Bourg-en-Bresse">');
    await lea.fill('address', { town: 'Saint-Denis-lès-Bourg' });
    expect(pathOf(lea)).to.equal('/request/workplace');
    const found = await lea.get('/request/workplace?q=370000481');
    expect(found.forms.find(({ id }) => id === 'workplace')?.choices['workplace']).to.include('place:chu');
  });

  it('is taken up on another browser by the link of its mail, for seven days', async () => {
    const lea = createApplicant(app);
    await lea.begin();
    await lea.fillIdentity();
    await lea.proveAddress('reprise@exemple.fr');
    const link = await linkSentTo(app, 'reprise@exemple.fr');
    const elsewhere = createApplicant(app);
    await elsewhere.get(link);
    await elsewhere.fill('link');
    expect(pathOf(elsewhere)).to.equal('/request/interests');
    expect((await elsewhere.get('/request/name')).body).to.contain('value="Petit"');
    await elsewhere.fill('leave');
    await elsewhere.get('/request/name');
    expect(pathOf(elsewhere)).to.equal('/request');
    app.clock.advance(6 * DAY);
    expect((await elsewhere.get(link)).status).to.equal(200);
    app.clock.advance(2 * DAY);
    expect((await elsewhere.get(link)).status).to.equal(410);
  });

  it('is found again by its address when the link is lost; no other address gets a mail', async () => {
    const lea = createApplicant(app);
    await lea.begin();
    await lea.fillIdentity();
    await lea.proveAddress('perdu@exemple.fr');
    const first = await linkSentTo(app, 'perdu@exemple.fr');
    const elsewhere = createApplicant(app);
    const answers = [];
    for (const email of ['perdu@exemple.fr', 'personne@exemple.fr']) {
      await elsewhere.get('/request/resume');
      const { status, url, body } = await elsewhere.fill('resume', { email });
      answers.push([status, url.search, body.replace(/value="[^"]*"/gu, '')]);
    }
    expect(answers[0]).to.deep.equal(answers[1]);
    const link = await linkSentTo(app, 'perdu@exemple.fr');
    expect(link).not.to.equal(first);
    expect((await app.mails()).some(({ to }) => to === 'personne@exemple.fr')).to.equal(false);
    await elsewhere.get(link);
    await elsewhere.fill('link');
    expect(pathOf(elsewhere)).to.equal('/request/interests');
    app.clock.advance(31 * 60);
    expect((await createApplicant(app).get(link)).status).to.equal(410);
    // Bounded for an address, whether a request has it or not: it says the same and sends nothing more.
    for (let times = 0; times < 6; times += 1) {
      await elsewhere.get('/request/resume');
      await elsewhere.fill('resume', { email: 'personne@exemple.fr' });
      expect(elsewhere.page().url.search).to.equal('?done=asked');
    }
    const { items } = await app.services.audit.list({ limit: 1000 });
    expect(items.some(({ type }) => type === 'enrolment.mail.withheld')).to.equal(true);
  });

  it('takes what a card has proven: filled in, locked, without proofs, once', async () => {
    const identity = {
      nationalIds: ['899700252580'],
      familyName: 'ROUX',
      givenName: 'ANNE',
      profession: '10',
    };
    const address = await app.enrolment.askForAccount(identity, 'card');
    const path = address.slice(app.issuer.length);
    const anne = createApplicant(app);
    const shown = await anne.get(path);
    expect(shown.body).to.contain('ANNE ROUX');
    await anne.fill('terms', { accept: 'yes', answer: answerOf(shown) });
    expect(pathOf(anne)).to.equal('/request/name');
    await anne.fill('name', { civility: 'MME', family_name: 'Autre', given_name: 'Nom' });
    await anne.fill('address', { street: '1 rue', postcode: '37000' });
    await anne.fill('workplace', { workplace: 'liberal' });
    await anne.fill('phones', { mobile: '+33612345678' });
    await anne.proveAddress('anne.roux@exemple.fr');
    await anne.fill('interests', { networks: ['cancerologie'] });
    expect(pathOf(anne)).to.equal('/request/summary');
    expect(anne.page().body).to.contain('ANNE ROUX').and.not.to.contain('Autre');
    await anne.fill('summary');
    expect(anne.page().body).to.contain('data-state="received"').and.contain('administrateur de la région');
    expect((await createApplicant(app).get(path)).status).to.equal(410);
  });

  it('is followed, has its documents replaced and is withdrawn, once it was sent', async () => {
    const lea = createApplicant(app);
    await lea.fillAll('suivi@exemple.fr', { rpps: '99700218896' });
    await lea.fill('summary');
    await lea.get('/request/documents');
    const needed = await lea.fill(lea.page().forms[0]?.id ?? '');
    expect(needed.alertCode).to.equal('enrolment.proof_needed');
    await lea.upload('signed_request', PDF);
    expect(pathOf(lea)).to.equal('/request/documents');
    await lea.fill('');
    expect(lea.page().status).to.equal(200);
    await lea.get('/request/name');
    expect(pathOf(lea)).to.equal('/request/follow');
    expect((await lea.fill('withdraw')).alertCode).to.equal('enrolment.withdrawal_unconfirmed');
    await lea.fill('withdraw', { confirm: 'yes' });
    expect(lea.page().body).to.contain('data-state="withdrawn"');
    expect(lea.page().forms.map(({ id }) => id)).to.deep.equal(['leave']);
    expect((await lea.upload('identity_card', PDF)).status).to.equal(409);
  });

  it('is sent once, however often its button is pressed at once', async () => {
    const lea = createApplicant(app);
    const summary = await lea.fillAll('double@exemple.fr', { rpps: '', profession: '60' });
    const before = await countSent();
    const sent = await Promise.all(Array.from({ length: 50 }, () => lea.browser.submit(summary, 'summary')));
    expect(sent.every(({ status }) => status === 200 || status === 409)).to.equal(true);
    expect((await countSent()) - before).to.equal(1);
  });

  it('gives a network that names validators a part of its own, and tells them without a name', async () => {
    const lea = createApplicant(app);
    await lea.fillAll('parts@exemple.fr', { rpps: '', profession: '60' });
    await lea.get('/request/interests');
    await lea.fill('interests', { networks: ['cancerologie', 'ville'] });
    await lea.get('/request/summary');
    await lea.fill('summary');
    expect(lea.page().body)
      .to.contain('data-part="ville:waiting"')
      .and.not.to.contain('data-part="cancerologie');
    const mail = await app.mailTo('paul.bernard@chu.example');
    expect(mail).to.contain('Réseau ville-hôpital').and.contain('/admin/requests/validate');
    for (const secret of ['Petit', 'Léa', 'parts@']) expect(mail, secret).not.to.contain(secret);
  });

  it('chooses the guide by the profession', async () => {
    const { guideFor } = app.enrolment;
    expect(await guideFor('21')).to.equal('https://guides.example/pharmacie.pdf');
    expect(await guideFor('10')).to.equal('https://guides.example/tous.pdf');
    expect(await guideFor(undefined)).to.equal('https://guides.example/tous.pdf');
  });

  it('publishes référents by name only, and only those who were named', async () => {
    await app.services.directory.organisations.update('chu', chu => ({
      ...chu,
      referents: ['acc-claire', 'acc-clos'],
    }));
    app.clock.advance(61);
    const page = await createApplicant(app).get('/referents?q=chu');
    expect(page.body).to.contain('claire dupont').and.contain('370000481');
    for (const secret of ['clos', 'acc-claire', '@chu.example', 'Bernard', 'Clinique'])
      expect(page.body, secret).not.to.contain(secret);
  });
});
