import { expect } from 'chai';
import { ask } from '../region.ts';
import { pathsOf } from '../world.ts';
import { useConsentDesk } from './desk.ts';

describe('the consent API, act by act', () => {
  const desk = useConsentDesk();
  const { begin, codeOf, on, told } = desk;

  it('opens a record act by act, each in force for the next decision', async () => {
    expect(await codeOf('claire', 'create')).to.equal('patient_not_informed');
    await on('PUT', '/information', told({ notice: '2026-1' }));
    expect(await codeOf('claire', 'create')).to.equal('consent_missing');
    await on('PUT', '/consent', told());
    expect(await codeOf('claire', 'create')).to.equal('permitted_create');
    expect(await codeOf('claire')).to.equal('consent_missing');
    await on('PUT', '/creator', { account: 'claire' });
    expect(await codeOf('claire')).to.equal('permitted_creator');
    expect(await codeOf('marc')).to.equal('consent_missing');
    await on('PUT', '/parties/account/marc', told());
    expect(await codeOf('marc')).to.equal('permitted_party');
    await on('PUT', '/parties/organisation/clinique', told());
    expect(await codeOf('hugo', 'write')).to.equal('permitted_party_organisation');
    await on('DELETE', '/parties/account/marc', told());
    expect(await codeOf('marc')).to.equal('permitted_party_organisation');
    await on('DELETE', '/parties/organisation/clinique', told());
    expect(await codeOf('marc')).to.equal('consent_withdrawn');
    await on('DELETE', '/consent', told());
    expect(await codeOf('claire')).to.equal('consent_withdrawn');
    await on('PUT', '/consent', told());
    expect(await codeOf('claire')).to.equal('permitted_creator');
  });

  it('lists who still has access after a withdrawal', async () => {
    await begin();
    await on('PUT', '/parties/account/marc', told());
    await on('PUT', '/parties/organisation/chu', told());
    const party = await on('DELETE', '/parties/account/marc', told());
    expect(party.json['still_has_access']).to.deep.equal([
      { kind: 'account', id: 'claire', reason_code: 'permitted_creator' },
      { kind: 'organisation', id: 'chu', reason_code: 'permitted_party_organisation' },
    ]);
    const consent = await on('DELETE', '/consent', told());
    expect(consent.json['still_has_access']).to.deep.equal([]);
  });

  it('lists the care team that a withdrawal leaves, where consent is not what opens', async () => {
    const proche = (method: string, path: string, body: object) => on(method, path, body, 'proche');
    await proche('PUT', '/information', told());
    await proche('PUT', '/care-team/account/hugo', told());
    await proche('PUT', '/care-team/organisation/chu', told());
    expect(await codeOf('hugo', 'read', desk.key, 'proche')).to.equal('permitted_care_team');
    expect(await codeOf('claire', 'read', desk.key, 'proche')).to.equal('permitted_care_team');
    const withdrawn = await proche('DELETE', '/consent', told());
    expect(withdrawn.json['still_has_access']).to.deep.equal([
      { kind: 'account', id: 'hugo', reason_code: 'permitted_care_team' },
      { kind: 'organisation', id: 'chu', reason_code: 'permitted_care_team' },
    ]);
    await proche('DELETE', '/care-team/organisation/chu', told());
    expect(await codeOf('claire', 'read', desk.key, 'proche')).to.equal('not_in_care_team');
  });

  it('makes and lifts an opposition by one act', async () => {
    await begin();
    await on('PUT', '/parties/organisation/clinique', told());
    const made = await on('POST', '/oppositions', told({ organisation: 'clinique' }));
    expect(made.status).to.equal(201);
    expect(await codeOf('hugo')).to.equal('patient_opposed');
    expect(await codeOf('claire')).to.equal('permitted_creator');
    expect(made.json['still_has_access']).to.deep.equal([
      { kind: 'account', id: 'claire', reason_code: 'permitted_creator' },
    ]);
    expect((await on('DELETE', `/oppositions/${String(made.json['id'])}`, told())).status).to.equal(200);
    expect(await codeOf('hugo')).to.equal('permitted_party_organisation');
    await on('POST', '/oppositions', told());
    expect(await codeOf('claire')).to.equal('patient_opposed');
    expect((await on('DELETE', '/oppositions', told())).status).to.equal(200);
    expect(await codeOf('claire')).to.equal('permitted_creator');
    expect((await on('DELETE', '/oppositions/nothing', told())).json['code']).to.equal(
      'access.entry_unknown',
    );
  });

  it('keeps an opposition about a patient whom nobody told us of before', async () => {
    await on('POST', '/oppositions', told({ emergency: true }));
    const request = ask('claire', 'read', desk.key, {
      acr: 'urn:trousseau:acr:mfa',
      purpose: 'bris_de_glace',
      reason: 'Détresse respiratoire',
    });
    const { context } = await desk.world.access.decide(request as never, desk.world.caller('dcc'));
    expect(context.reason_code).to.equal('patient_opposed_emergency');
  });

  it('does not let an older consent undo a withdrawal', async () => {
    await begin();
    await on('DELETE', '/consent', told());
    const yesterday = new Date(desk.world.clock.nowMs() - 86_400_000).toISOString();
    const answer = await on('PUT', '/consent', told({ at: yesterday }));
    expect([answer.status, answer.json['code']]).to.deep.equal([409, 'access.consent_older_than_withdrawal']);
    expect(await codeOf('claire')).to.equal('consent_withdrawn');
  });

  it('puts an act in force at once when the clock of the application is ahead', async () => {
    const ahead = new Date(desk.world.clock.nowMs() + 60_000).toISOString();
    await on('PUT', '/information', told({ at: ahead }));
    await on('PUT', '/consent', told({ at: ahead }));
    expect(await codeOf('claire', 'create')).to.equal('permitted_create');
    const tomorrow = new Date(desk.world.clock.nowMs() + 86_400_000).toISOString();
    expect(pathsOf((await on('DELETE', '/consent', told({ at: tomorrow }))).json)).to.include('at');
  });

  it('opens a party within its window only', async () => {
    await begin();
    const later = new Date(desk.world.clock.nowMs() + 3600_000).toISOString();
    await on('PUT', '/parties/account/marc', told({ from: later }));
    expect(await codeOf('marc')).to.equal('consent_missing');
    await on('PUT', '/parties/account/marc', told({ to: later }));
    expect(await codeOf('marc')).to.equal('permitted_party');
    desk.world.clock.advance(3601);
    expect(await codeOf('marc')).to.equal('consent_expired');
  });

  it('opens records through an RCP session, in its window, by role', async () => {
    await begin();
    const hour = 3600_000;
    const session = {
      ...told({}, 'sophie'),
      from: new Date(desk.world.clock.nowMs() - hour).toISOString(),
      to: new Date(desk.world.clock.nowMs() + hour).toISOString(),
      patients: [desk.key],
      participants: [{ account: 'expert', role: 'medecin_rcp' }],
    };
    const rcp = (method: string, body?: object, client = 'dcc') =>
      desk.world.send(method, '/access/v1/rcp-sessions/rcp-9', body, { client });
    expect((await rcp('PUT', session)).status).to.equal(200);
    expect(await codeOf('expert')).to.equal('permitted_rcp');
    expect((await rcp('PUT', session, 'proche')).json['code']).to.equal('access.network_refused');
    expect((await rcp('DELETE', undefined, 'proche')).json['code']).to.equal('access.entry_unknown');
    expect(
      (await rcp('PUT', { ...session, participants: [{ account: 'nobody', role: 'medecin_rcp' }] })).status,
    ).to.equal(422);
    expect((await rcp('PUT', { ...session, participants: [] })).status).to.equal(200);
    expect(await codeOf('expert')).to.equal('consent_missing');
    await rcp('PUT', session);
    desk.world.clock.advance(3601);
    expect(await codeOf('expert')).to.equal('consent_missing');
    expect((await rcp('DELETE')).status).to.equal(204);
    expect((await rcp('DELETE')).status).to.equal(404);
  });
});
