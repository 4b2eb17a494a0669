import { expect } from 'chai';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const PATIENT = 'pk-0123456789abcdef';

const session = (id: string, network: string, more: object = {}) => ({
  id,
  network,
  from: '2026-01-05T08:00:00+01:00',
  to: '2026-01-05T10:00:00+01:00',
  patients: [PATIENT],
  participants: [
    { account: 'acc-claire', role: 'responsable_rcp' },
    { account: 'acc-luc', role: 'medecin_rcp' },
  ],
  ...more,
});

describe('RCP sessions', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({
      region: {
        ...administeredRegion(),
        rcp_sessions: [
          session('rcp-onco', 'cancerologie'),
          session('rcp-later', 'cancerologie', { from: '2026-03-01T08:00:00+01:00', to: undefined }),
          session('rcp-perinat', 'perinatalite', { participants: [] }),
        ],
      },
    });
  });
  after(() => app.destroy());

  const idsFor = async (who: string, network: string) => {
    const page = await (await seatOf(app, who)).get(`/admin/rcp?network=${network}`);
    return page.status === 200
      ? [...page.body.matchAll(/href="\/admin\/rcp\/([\w-]+)"/gu)].map(([, id]) => id)
      : page.status;
  };

  it('are listed by network, the newest first, to who administers it', async () => {
    expect(await idsFor('anne', 'cancerologie')).to.deep.equal(['rcp-later', 'rcp-onco']);
    expect(await idsFor('anne', 'perinatalite')).to.deep.equal(['rcp-perinat']);
    expect(await idsFor('carole', 'cancerologie')).to.deep.equal(['rcp-later', 'rcp-onco']);
  });

  it('of another network are as unknown as those that do not exist', async () => {
    const carole = await seatOf(app, 'carole');
    for (const path of ['?network=perinatalite', '?network=unknown', '/rcp-perinat', '/unknown'])
      expect((await carole.get(`/admin/rcp${path}`)).alertCode ?? '', path).to.equal('admin.not_found');
  });

  it('name participants of the branch only, and never a patient', async () => {
    const carole = await (await seatOf(app, 'carole')).get('/admin/rcp/rcp-onco');
    expect(carole.status).to.equal(200);
    expect(carole.body).to.include('/admin/people/acc-claire').and.not.include('acc-luc');
    const anne = await (await seatOf(app, 'anne')).get('/admin/rcp/rcp-onco');
    expect(anne.body).to.include('/admin/people/acc-luc');
    for (const { body } of [carole, anne]) expect(body).to.not.include(PATIENT);
  });

  it('are nothing for a local administrator', async () => {
    const paul = await seatOf(app, 'paul');
    for (const path of ['', '/rcp-onco', '/unknown'])
      expect((await paul.get(`/admin/rcp${path}`)).status, path).to.equal(403);
  });
});
