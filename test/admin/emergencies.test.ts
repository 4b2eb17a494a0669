import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { apiOf, application, basicOf } from './api-client.ts';

const REASON = 'Détresse respiratoire de Madame Exemple aux urgences';
const WORDS = 'Appelée par les urgences, vérifié avec le chef de service';
const PATIENT = 'pk-0123456789abcdef';
const DAY = 86_400;
const LIST = '/admin/emergencies';

/** Anne, who administers, also treats: she has uses of her own. */
function region() {
  const all = administeredRegion();
  // Of one establishment: who works in two is asked for which at each sign-in.
  const heldBy = (profile: string) => ({ network: 'cancerologie', organisation: 'region', profile });
  return {
    ...all,
    networks: all.networks.map((network: { id: string }) =>
      network.id === 'cancerologie' ? { ...network, security_contact: 'rssi@region.example' } : network,
    ),
    applications: [
      ...all.applications,
      application('si-region', ['admin:read']),
      application('si-chu', ['admin:read'], { branch: 'chu' }),
    ],
    accounts: [
      ...all.accounts.map(account =>
        account.sub === 'acc-anne'
          ? { ...account, memberships: [...account.memberships, heldBy('utilisateur_cancerologie')] }
          : account,
      ),
      {
        ...all.accounts[0],
        sub: 'acc-alma',
        login: 'alma.test',
        given_name: 'Alma',
        email: 'alma.test@chu.example',
        memberships: [heldBy('administrateur_regional')],
      },
    ],
  };
}

describe('emergency access, once it was used', () => {
  let app: TestApp;
  let desk: TestDesk;
  let ofClaire: string;
  before(async () => {
    app = await startTestApp({ region: region() });
    desk = createTestDesk(app);
    // Two that wait for the whole of this file; what a test examines, it opens itself.
    ofClaire = await open('claire');
    await open('luc');
  });
  after(() => app.destroy());

  async function open(who: string, more: { reason?: string; patientKey?: string } = {}): Promise<string> {
    const { reason = REASON, patientKey = PATIENT } = more;
    const { decision, context } = await app.access.decide(
      {
        subject: { type: 'account', id: `acc-${who}` },
        action: { name: 'read' },
        resource: { type: 'patient_record', id: patientKey, properties: { network: 'cancerologie' } },
        context: { acr: 'urn:trousseau:acr:mfa', purpose: 'bris_de_glace', reason },
      },
      {
        clientId: 'dcc',
        scopes: new Set(['access:evaluate']),
        application: { network: 'cancerologie', assertsAcr: true, canSimulate: false },
      },
    );
    expect(decision, context.reason_code).to.equal(true);
    const { items } = await app.access.emergencies.list('cancerologie', { state: 'all', limit: 100 });
    return items.find(use => use.account === `acc-${who}` && use.patientKey === patientKey)?.id ?? '';
  }
  const examine = (who: string, use: string, values: Readonly<Record<string, string>>) =>
    desk.post(who, LIST, `${LIST}/${use}`, { words: WORDS, ...values });
  const run = async () => void (await app.jobs.runNow('admin.emergencies'));
  const mailsTo = async (address: string, word: string) =>
    (await app.mails()).filter(({ to, subject }) => to === address && subject.includes(word));
  const traced = async (type: string) =>
    (await app.services.audit.list({ limit: 500 })).items.filter(event => event.type === type);

  it('is shown to the region alone, with its reason, and the reading stands in the trail', async () => {
    const use = ofClaire;
    const waits = `class="figure" href="${LIST}"`;
    expect((await desk.page('anne', '/admin')).body).to.include(waits);
    expect((await desk.page('paul', '/admin')).body).not.to.include(waits);
    const list = await desk.page('anne', LIST);
    expect(list.body).to.include('Claire TEST').and.include(use).and.not.include(REASON);
    const page = await desk.page('anne', `${LIST}/${use}`);
    expect(page.body).to.include(REASON).and.include(PATIENT);
    const [read] = await traced('admin.emergency.read');
    expect(read).to.deep.include({ actor: 'acc-anne', account: 'acc-claire', patientKey: PATIENT });
    for (const who of ['paul', 'colin', 'carole', 'noe'])
      for (const path of [LIST, `${LIST}/${use}`, `${LIST}/statistics`])
        expect((await desk.page(who, path)).status, `${who} ${path}`).to.be.oneOf([403, 404]);
    expect((await desk.page('nadia', `${LIST}/${use}`)).status).to.equal(200);
    expect((await desk.page('anne', `${LIST}?network=aucun`)).alertCode).to.equal('admin.not_found');
  });

  it('is told at once to the security contact of the network, once, without patient or reason', async () => {
    await run();
    await run();
    const mails = await mailsTo('rssi@region.example', 'bris de glace');
    const [mail, ...more] = mails.filter(({ text }) => text.includes('Claire'));
    expect(more).to.deep.equal([]);
    expect(mail?.text).to.include('Claire TEST').and.not.include(PATIENT).and.not.include('Exemple');
  });

  it('is examined once, with words that stay out of the trail', async () => {
    const use = await open('karim');
    for (const who of ['paul', 'nadia'])
      expect((await examine(who, use, { verdict: 'justified' })).status, who).to.equal(403);
    const unsaid = await examine('anne', use, {});
    expect([unsaid.status, unsaid.alertCode]).to.deep.equal([422, 'admin.invalid']);
    const short = await examine('anne', use, { verdict: 'unjustified', words: 'non' });
    expect(short.status).to.equal(422);
    const done = await examine('anne', use, { verdict: 'unjustified' });
    expect(done.url.search).to.equal('?done=unjustified');
    const again = await examine('alma', use, { verdict: 'justified' });
    expect([again.status, again.alertCode]).to.deep.equal([409, 'admin.emergency_examined']);
    const [told, ...more] = (await traced('admin.emergency.unjustified')).filter(
      ({ data }) => data?.['target'] === use,
    );
    expect(more).to.deep.equal([]);
    expect(told).to.deep.include({ actor: 'acc-anne', account: 'acc-karim' });
    expect(JSON.stringify(await traced('admin.emergency.unjustified'))).not.to.include('chef de service');
    const page = await desk.page('alma', `${LIST}/${use}`);
    expect(page.body).to.include(WORDS).and.include('Anne TEST').and.include('Non justifié');
  });

  it('is not examined by whoever used it', async () => {
    const use = await open('anne');
    const refused = await examine('anne', use, { verdict: 'justified' });
    expect([refused.status, refused.alertCode]).to.deep.equal([403, 'admin.own_emergency']);
    expect((await examine('alma', use, { verdict: 'justified' })).url.search).to.equal('?done=justified');
  });

  it('is counted per person and establishment, and given out without formulas', async () => {
    await app.services.directory.professionals.update('acc-luc', person => ({
      ...person,
      givenName: '=1+1',
    }));
    const refused = await open('karim', { patientKey: 'pk-counted' });
    await examine('anne', refused, { verdict: 'unjustified' });
    const page = await desk.page('nadia', `${LIST}/statistics`);
    expect(page.body).to.include('Claire TEST').and.include('Clinique');
    const csv = (await desk.page('nadia', `${LIST}/statistics.csv?network=cancerologie`)).body;
    expect(csv).to.include(`"'=1+1 TEST"`).and.not.include('"=1+1');
    const json = JSON.parse((await desk.page('anne', `${LIST}/statistics.json`)).body) as {
      rows: readonly { id: string; breakGlass: number; unjustified: number }[];
    };
    expect(json.rows.find(({ id }) => id === 'acc-karim')?.unjustified).to.be.at.least(1);
    const past = await desk.page('anne', `${LIST}/statistics?from=2020-01-01&to=2020-12-31`);
    expect(past.body).not.to.include('Claire TEST');
    const files = (await traced('admin.emergency.statistics_read')).filter(
      ({ data }) => data?.['via'] !== 'api',
    );
    expect(files).to.have.length(2);
  });

  it('is read by applications of the region, each reading of a reason in the trail', async () => {
    const api = await apiOf(app, basicOf('si-region'));
    const { body } = await api('GET', '/emergencies?network=cancerologie&state=awaiting');
    const [use] = body['items'] as readonly { use: string; account: string }[];
    expect(use).to.include({ use: ofClaire, account: 'acc-claire' });
    const whole = await api('GET', `/emergencies/${use?.use ?? ''}`);
    expect(whole.body).to.deep.include({ record: PATIENT, reasons: [REASON] });
    expect((await traced('admin.emergency.read')).map(({ actor }) => actor)).to.include('client:si-region');
    const figures = await api('GET', '/emergencies/statistics?network=cancerologie');
    expect(figures.body['items']).to.have.lengthOf.above(2);
    expect((await api('GET', '/emergencies?network=aucun')).status).to.equal(404);
    const branch = await apiOf(app, basicOf('si-chu'));
    for (const path of ['?network=cancerologie', '/statistics?network=cancerologie', `/${use?.use ?? ''}`])
      expect((await branch('GET', `/emergencies${path}`)).status, path).to.equal(404);
  });

  it('that nobody examined for seven days is recalled once, and stands in the trail', async () => {
    await run();
    expect(await mailsTo('anne.test@chu.example', 'attendent')).to.deep.equal([]);
    app.clock.advance(7 * DAY + 60);
    await run();
    await run();
    const [mail, ...more] = await mailsTo('anne.test@chu.example', 'attendent');
    expect(more).to.deep.equal([]);
    expect(mail?.text).to.include('2 bris de glace').and.not.include('TEST');
    const overdue = await traced('admin.emergency.overdue');
    expect(overdue.map(({ account }) => account)).to.have.members(['acc-claire', 'acc-luc']);
  });
});
