import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';

const PAGE = '/admin/explain';
const PATIENT = 'pk-0123456789abcdef';
const INS = '255081416802538';

describe('an access explained to an administrator', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({
      region: {
        ...administeredRegion(),
        records: [
          {
            patient_key: PATIENT,
            network: 'cancerologie',
            creator: 'acc-luc',
            informed_at: '2026-09-01T09:00:00+02:00',
            consented_at: '2026-09-01T09:10:00+02:00',
          },
        ],
      },
    });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const ask = (who: string, fields: Readonly<Record<string, string>>) =>
    desk.post(who, PAGE, PAGE, {
      network: 'cancerologie',
      action: 'read',
      purpose: 'normal',
      acr: 'urn:trousseau:acr:code',
      ...fields,
    });
  const stepsOf = (body: string) =>
    [...body.matchAll(/data-rule="(\d+)" data-state="(\w+)"/gu)].map(([, rule, state]) => `${rule} ${state}`);
  const traced = async () =>
    (await app.services.audit.list({ limit: 500 })).items.filter(
      ({ type }) => type === 'admin.decision.explained',
    );

  it('shows the path through the rules, the row of the policy and what would change it', async () => {
    const page = await ask('anne', { account: 'claire.test', patient_key: PATIENT });
    expect(page.status).to.equal(200);
    expect(stepsOf(page.body).at(-1)).to.equal('16 refused');
    expect(page.body).to.include('si le patient désignait CHU').and.include('policy.csv:');
    const event = (await traced()).at(-1);
    expect(event).to.deep.include({ actor: 'acc-anne', account: 'acc-claire', patientKey: PATIENT });
    expect(event?.data).to.include({ code: 'consent_missing', network: 'cancerologie' });
  });

  it('tells a local administrator of the person and nothing of a patient', async () => {
    const form = await desk.page('paul', PAGE);
    expect(form.body).not.to.include('name="patient_key"');
    const page = await ask('paul', { account: 'claire.test' });
    expect(stepsOf(page.body).at(-1)).to.equal('7 passed');
    const patients = await Promise.all(
      [PATIENT, 'pk-inconnu'].map(key => ask('paul', { account: 'claire.test', patient_key: key })),
    );
    for (const { status, body } of patients) {
      expect(status).to.be.oneOf([403, 404]);
      expect(stepsOf(body)).to.deep.equal([]);
    }
  });

  it('counts what the person holds in another branch, and neither names nor places it', async () => {
    const page = await ask('paul', { account: 'karim.test', action: 'share' });
    expect(stepsOf(page.body).at(-1)).to.equal('7 passed');
    expect(page.body).to.include('Responsable de RCP').and.include('autre branche');
    expect(page.body).not.to.include('Clinique').and.not.include('Utilisateur de la cancérologie');
    const whole = await ask('anne', { account: 'karim.test', action: 'share' });
    expect(whole.body).to.include('Clinique').and.include('Utilisateur de la cancérologie');
  });

  it('knows nobody of another branch, nor another network', async () => {
    const answers = await Promise.all(
      [
        { account: 'luc.test' },
        { account: 'personne.test' },
        { account: 'claire.test', on_behalf_of: 'luc.test' },
      ].map(fields => ask('paul', fields)),
    );
    expect(answers.map(({ status, alertCode }) => [status, alertCode])).to.deep.equal(
      answers.map(() => [422, 'admin.invalid']),
    );
    const elsewhere = await ask('nadia', { account: 'claire.test', network: 'perinatalite' });
    expect(elsewhere.alertCode).to.equal('admin.not_found');
    expect((await desk.page('luc', PAGE)).status).to.equal(403);
  });

  it('takes no INS in the place of a key, and does not show it again', async () => {
    const page = await ask('anne', { account: 'claire.test', patient_key: INS });
    expect([page.status, page.alertCode]).to.deep.equal([422, 'admin.invalid']);
    expect(page.body).not.to.include(INS);
  });

  it('is judged at the date that is asked', async () => {
    const page = await ask('anne', { account: 'luc.test', patient_key: PATIENT, at: '2026-08-01T08:00' });
    expect(stepsOf(page.body).at(-1)).to.equal('12 refused');
    expect((await traced()).at(-1)?.data).to.include({ simulatedAt: '2026-08-01T06:00:00.000Z' });
    const wrong = await ask('anne', { account: 'luc.test', at: 'hier' });
    expect([wrong.status, wrong.alertCode]).to.deep.equal([422, 'admin.invalid']);
  });
});
