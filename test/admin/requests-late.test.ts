import { unzipSync } from 'fflate';
import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { PDF, sendRequest } from './sent-requests.ts';

describe('requests for an account that wait, and those that ended', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  // The reminders of these tests are those that they ask for.
  before(() => app.jobs.stop());
  after(() => app.destroy());

  const at = (time: string) => app.clock.setMs(Date.parse(time));
  const remind = async () => app.admin.jobs.find(({ name }) => name === 'admin.request-reminders')?.run();
  const told = async (who: string, subject: string) =>
    (await app.mails()).filter(
      mail => mail.to === `${who}.test@chu.example` && mail.subject.includes(subject),
    );
  const lifeOf = async (id: string) => (await app.enrolment.office.requests.get(id))?.life;

  it('recalls a request after three working days to who is nearest, and hands it to the region after seven', async () => {
    at('2026-11-23T09:00:00+01:00');
    const local = await sendRequest(app, { familyName: 'Attente' });
    at('2026-11-25T18:00:00+01:00');
    await remind();
    expect(await told('paul', 'vous attendent')).to.have.length(0);
    at('2026-11-26T09:00:00+01:00');
    await Promise.all(Array.from({ length: 50 }, remind));
    expect(await told('paul', 'vous attendent')).to.have.length(1);
    expect(await told('carole', 'vous attendent')).to.have.length(1);
    expect(await told('anne', 'vous attendent')).to.have.length(0);
    expect(await told('colin', 'vous attendent')).to.have.length(0);
    at('2026-12-01T18:00:00+01:00');
    await remind();
    expect((await lifeOf(local.id))?.handler).to.deep.equal({ kind: 'local', organisation: 'chu' });
    at('2026-12-02T09:00:00+01:00');
    await remind();
    await remind();
    expect((await lifeOf(local.id))?.handler).to.deep.equal({ kind: 'regional' });
    expect(await told('anne', 'vous sont confiées')).to.have.length(1);
    expect(await told('paul', 'vous sont confiées')).to.have.length(0);
    expect(await told('paul', 'vous attendent')).to.have.length(1);
  });

  it('passes over an administrator on leave, for the one above', async () => {
    const { professionals } = app.services.directory;
    const nowMs = app.clock.nowMs();
    const away = { delegate: 'acc-claire', fromMs: nowMs - 1000, toMs: nowMs + 86_400_000 };
    await professionals.update('acc-colin', before => ({ ...before, delegations: [away] }));
    const { life } = await sendRequest(app, { familyName: 'Conge', organisation: 'clinique' });
    expect(life.handler).to.deep.equal({ kind: 'regional' });
    await professionals.update('acc-colin', before => ({ ...before, delegations: [] }));
    const back = await sendRequest(app, { familyName: 'Retour', organisation: 'clinique' });
    expect(back.life.handler).to.deep.equal({ kind: 'local', organisation: 'clinique' });
  });

  it('finds ended requests by a whole name, a number or an address, in the branch only, and exports one whole', async () => {
    const { id } = await sendRequest(app, {
      familyName: 'De La Fin',
      email: 'fin@exemple.fr',
      rpps: '99700367909',
      profession: '10',
    });
    await desk.post('paul', `/admin/requests/${id}`, `/admin/requests/${id}/refuse`, {
      turn: '1',
      reason_code: 'incomplete',
      words: '<script>alert(1)</script>',
    });
    const archive = (who: string, text: string) =>
      desk.page(who, `/admin/requests/archive?state=refused&text=${encodeURIComponent(text)}`);
    for (const text of ['Léa de la fin', 'DE LA FIN léa', '99700367909', 'Fin@exemple.fr'])
      expect((await archive('paul', text)).body, text).to.include(id);
    expect((await archive('paul', 'Fin')).body).to.not.include(id);
    expect((await archive('colin', 'Léa de la fin')).body).to.not.include(id);
    expect((await desk.page('paul', '/admin/requests/archive?state=refused')).body).to.include(id);
    expect((await desk.page('colin', '/admin/requests/archive?state=refused')).body).to.not.include(id);
    expect((await desk.page('paul', '/admin/requests/archive?state=opened')).body).to.not.include(id);

    const { browser } = await desk.seat('paul');
    const cookie = ['trousseau_session', 'trousseau_session.sig']
      .map(name => `${name}=${browser.cookie('localhost', name) ?? ''}`)
      .join('; ');
    const answer = await fetch(`${app.issuer}/admin/requests/${id}/export.zip`, { headers: { cookie } });
    const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    expect(Object.keys(files)).to.have.members([
      'demande.html',
      'documents/1-identity-card.pdf',
      'documents/2-signed-request.pdf',
    ]);
    expect(Buffer.from(files['documents/1-identity-card.pdf'] ?? []).equals(PDF)).to.equal(true);
    const page = Buffer.from(files['demande.html'] ?? []).toString();
    expect(page).to.include('&lt;script&gt;').and.not.include('<script>alert');
  });
});
