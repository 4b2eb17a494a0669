import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { createConsentFile } from '#access/index.ts';

const PAGE = '/admin/records';
const PATIENT = 'pk-0123456789abcdef';
const INS = '269054958815780';
const OID = '1.2.250.1.213.1.4.8';
const OPEN = {
  network: 'cancerologie',
  creator: 'acc-luc',
  informed_at: '2026-09-01T09:00:00+02:00',
  consented_at: '2026-09-01T09:10:00+02:00',
};

describe('the page on who may open a record', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({
      region: {
        ...administeredRegion(),
        records: [
          {
            ...OPEN,
            patient_key: PATIENT,
            parties: [
              { organisation: 'chu' },
              { account: 'acc-karim', withdrawn_at: '2026-09-02T00:00:00Z' },
            ],
            oppositions: [{ account: 'acc-libre', emergency: true }],
          },
        ],
      },
    });
    desk = createTestDesk(app);
    async function* line() {
      yield JSON.stringify({ ...OPEN, ins: { value: INS, oid: OID } });
    }
    const bulk = createConsentFile({ ...app.services, mode: 'demo' });
    for await (const { outcome } of bulk.importLines(line())) expect(outcome).to.equal('add');
  });
  after(() => app.destroy());

  const ask = (who: string, patient: string, network = 'cancerologie') =>
    desk.post(who, PAGE, PAGE, { network, patient });
  const traced = async () =>
    (await app.services.audit.list({ limit: 500 })).items.filter(({ type }) => type === 'admin.dossier.read');
  const rowsOf = (body: string, id: string) =>
    body
      .slice(body.indexOf(`id="${id}"`))
      .split('</table>')[0]
      ?.match(/<th scope="row">[^<]*/gu) ?? [];

  it('names who may open it and why, and what was collected, by whom', async () => {
    const { status, body } = await ask('nadia', PATIENT);
    expect(status).to.equal(200);
    expect(rowsOf(body, 'readers').map(row => row.replace(/^.*>/u, ''))).to.have.members([
      'Luc TEST',
      'Claire TEST',
      'Karim TEST',
    ]);
    expect(body).to.include('son établissement est désigné par le patient').and.include('a créé le dossier');
    expect(rowsOf(body, 'named')).to.have.length(2);
    expect(rowsOf(body, 'oppositions')).to.have.length(1);
    expect(rowsOf(body, 'acts')).to.have.length(1);
    const said = body.slice(body.indexOf('id="acts"'));
    expect(said).to.match(/informé le .+ ; .*désignés : .*Karim TEST.* ; .*opposition/u);
    expect(body).to.include(`/admin/trail/records/${PATIENT}`);
  });

  it('finds the patient of an INS, however it is typed, and shows it nowhere', async () => {
    for (const typed of [INS, `${INS.slice(0, 13)} ${INS.slice(13)}`, '2 69 05 49 588 157 80']) {
      const { status, body } = await ask('nadia', typed);
      expect([status, rowsOf(body, 'readers').length]).to.deep.equal([200, 1]);
      expect(body.replaceAll(/\s/gu, '')).not.to.include(INS.slice(0, 13));
    }
  });

  it('refuses what is neither, an INS with a wrong key too, and does not bring it back', async () => {
    for (const typed of ['269054958815781', '2690549588157', 'Mme Durand', '']) {
      const { status, body } = await ask('nadia', typed);
      expect([status, body.includes('data-code="admin.invalid"')]).to.deep.equal([422, true]);
      expect(body).not.to.match(/2690549588157|Durand/u);
    }
    expect((await ask('nadia', PATIENT, 'ailleurs')).status).to.equal(422);
  });

  it('says so when no record is known, and traces that somebody asked', async () => {
    const { status, body } = await ask('nadia', 'pk-inconnu');
    expect([status, body.includes('id="nothing"')]).to.deep.equal([200, true]);
    const event = (await traced()).at(-1);
    expect(event).to.deep.include({ actor: 'acc-nadia', patientKey: 'pk-inconnu' });
    expect(event?.data).to.include({ network: 'cancerologie', known: false });
  });

  it('is for who audits the whole of the network', async () => {
    for (const who of ['noe', 'paul', 'carole'])
      expect((await desk.page(who, PAGE)).status, who).to.equal(404);
    expect((await desk.page('claire', PAGE)).status).to.equal(403);
  });

  it('leaves no INS in the trail', async () => {
    await ask('nadia', INS);
    const events = JSON.stringify((await app.services.audit.list({ limit: 1000 })).items);
    expect(events).to.include('admin.dossier.read').and.not.to.include(INS.slice(0, 13));
  });

  it('answers so many times an hour, and no more', async () => {
    let status = 200;
    for (let asked = 0; asked < 40 && status === 200; asked += 1) ({ status } = await ask('anne', 'pk-x'));
    expect(status).to.equal(429);
  });
});
