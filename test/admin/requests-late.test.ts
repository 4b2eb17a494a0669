import { unzipSync } from 'fflate';
import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { PDF, runErrands, sendRequest } from './sent-requests.ts';

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

  it('hands a request to the region at once when everybody of its establishment is on leave', async () => {
    const { professionals } = app.services.directory;
    at('2026-12-10T09:00:00+01:00');
    const { id, life } = await sendRequest(app, { familyName: 'Vacances', organisation: 'clinique' });
    expect(life.handler).to.deep.equal({ kind: 'local', organisation: 'clinique' });
    await remind();
    expect((await lifeOf(id))?.handler, 'somebody is there').to.deep.equal(life.handler);
    const nowMs = app.clock.nowMs();
    const away = { delegate: 'acc-claire', fromMs: nowMs - 1000, toMs: nowMs + 86_400_000 };
    await professionals.update('acc-colin', before => ({ ...before, delegations: [away] }));
    const count = async () =>
      Promise.all(
        [told('anne', 'vous sont confiées'), told('colin', 'vous attendent')].map(
          async mails => (await mails).length,
        ),
      );
    const [anneBefore = 0, colinBefore = 0] = await count();
    await Promise.all(Array.from({ length: 50 }, remind));
    await professionals.update('acc-colin', person => ({ ...person, delegations: [] }));
    expect((await lifeOf(id))?.handler).to.deep.equal({ kind: 'regional' });
    expect(await count()).to.deep.equal([anneBefore + 1, colinBefore]);
    const steps = (await app.enrolment.office.requests.get(id))?.treatment?.steps ?? [];
    expect(steps.map(({ kind }) => kind)).to.deep.equal(['escalated']);
  });

  it('recalls a second agreement to everybody but who gave the first', async () => {
    at('2026-12-14T09:00:00+01:00');
    const { id } = await sendRequest(app, { familyName: 'Accord' });
    const requests = app.enrolment.office.requests;
    at('2026-12-16T09:00:00+01:00');
    await requests.act(id, { kind: 'administrator', sub: 'acc-paul' }, () => ({ type: 'propose', turn: 1 }));
    at('2026-12-18T18:00:00+01:00');
    await remind();
    const before = await Promise.all(['paul', 'carole', 'anne'].map(who => told(who, 'vous attendent')));
    expect((await lifeOf(id))?.remindedAt, 'its own three days').to.equal(undefined);
    at('2026-12-21T09:00:00+01:00');
    await remind();
    const after = await Promise.all(['paul', 'carole', 'anne'].map(who => told(who, 'vous attendent')));
    expect(after.map((mails, n) => mails.length - (before[n]?.length ?? 0))).to.deep.equal([0, 1, 1]);
    at('2027-01-05T09:00:00+01:00');
    await remind();
    expect((await lifeOf(id))?.state).to.equal('second_needed');
  });

  it('writes to those to whom a request is passed on, once, and not to who did it', async () => {
    at('2027-01-05T09:30:00+01:00');
    const { id } = await sendRequest(app, { familyName: 'Transmise' });
    desk.freshen('paul');
    await desk.post('paul', `/admin/requests/${id}`, `/admin/requests/${id}/transfer`, {
      turn: '1',
      organisation: 'clinique',
    });
    expect((await lifeOf(id))?.handler).to.deep.equal({ kind: 'local', organisation: 'clinique' });
    await runErrands(app);
    await runErrands(app);
    const mails = await told('colin', 'vous est transmise');
    expect(mails.map(({ text }) => text.includes(`/admin/requests/${id}`))).to.deep.equal([true]);
    expect(mails[0]?.text).to.not.include('Transmise');
    for (const other of ['paul', 'anne']) expect(await told(other, 'vous est transmise')).to.have.length(0);
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
