import { expect } from 'chai';
import { rcpSessionsSpec } from '../../src/access/records/collections.ts';
import { ask, REGION } from './region.ts';
import { createWorld, fieldCodesOf, pathsOf, type TestWorld } from './world.ts';

describe('the consent API', () => {
  let world: TestWorld;
  /** A record that no other test knows: they share the service. */
  let ownKey: string;
  let records = 0;
  before(async () => {
    world = await createWorld(REGION);
  });
  after(() => world.close());
  beforeEach(() => {
    ownKey = `pk-nouveau-${++records}`;
  });

  const told = (more: object = {}, by = 'claire') => ({
    by,
    method: 'papier',
    at: new Date(world.clock.nowMs()).toISOString(),
    ...more,
  });
  const on = (method: string, path: string, body?: object, client = 'dcc', key = ownKey) =>
    world.send(method, `/access/v1/records/${key}${path}`, body, { client });
  const codeOf = async (account: string, action = 'read', key = ownKey, client = 'dcc') => {
    const request = ask(account, action, key) as never;
    return (await world.access.decide(request, world.caller(client))).context.reason_code;
  };
  /** Informed, consented, created by Claire. */
  const begin = async (key = ownKey) => {
    for (const path of ['/information', '/consent'])
      expect((await on('PUT', path, told(), 'dcc', key)).status).to.equal(200);
    expect((await on('PUT', '/creator', { account: 'claire' }, 'dcc', key)).status).to.equal(200);
  };

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

  it('answers the record, with its history whole', async () => {
    await begin();
    await on('DELETE', '/consent', told({ document: 'armoire 3' }));
    await on('PUT', '/consent', told());
    const { json, status } = await on('GET', '');
    expect(status).to.equal(200);
    expect(json).to.include({ patient_key: ownKey, network: 'cancerologie', creator: 'claire' });
    expect(json).not.to.have.property('withdrawn_at');
    const history = json['history'] as {
      kind: string;
      by?: string;
      method?: string;
      document?: string;
      client?: string;
    }[];
    expect(history.map(({ kind }) => kind)).to.deep.equal([
      'information',
      'consent',
      'creator',
      'consent_withdrawal',
      'consent',
    ]);
    expect(history[3]).to.include({ by: 'claire', method: 'papier', document: 'armoire 3', client: 'dcc' });
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
    expect(await codeOf('hugo', 'read', ownKey, 'proche')).to.equal('permitted_care_team');
    expect(await codeOf('claire', 'read', ownKey, 'proche')).to.equal('permitted_care_team');
    const withdrawn = await proche('DELETE', '/consent', told());
    expect(withdrawn.json['still_has_access']).to.deep.equal([
      { kind: 'account', id: 'hugo', reason_code: 'permitted_care_team' },
      { kind: 'organisation', id: 'chu', reason_code: 'permitted_care_team' },
    ]);
    await proche('DELETE', '/care-team/organisation/chu', told());
    expect(await codeOf('claire', 'read', ownKey, 'proche')).to.equal('not_in_care_team');
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
    const request = ask('claire', 'read', ownKey, {
      acr: 'urn:trousseau:acr:mfa',
      purpose: 'bris_de_glace',
      reason: 'Détresse respiratoire',
    });
    const { context } = await world.access.decide(request as never, world.caller('dcc'));
    expect(context.reason_code).to.equal('patient_opposed_emergency');
  });

  it('asks `share` of who changes the parties', async () => {
    await begin();
    const refused = async (by: string) => {
      const answer = await on('PUT', '/parties/account/marc', told({}, by));
      return [answer.status, answer.json['code'], fieldCodesOf(answer.json)['by']];
    };
    expect(await refused('sophie')).to.deep.equal([403, 'access.act_not_permitted', 'profile_lacks_action']);
    expect(await refused('hugo')).to.deep.equal([403, 'access.act_not_permitted', 'consent_missing']);
    expect(await refused('suspendu')).to.deep.equal([403, 'access.act_not_permitted', 'account_inactive']);
    expect(await refused('nobody')).to.deep.equal([403, 'access.act_not_permitted', 'account_unknown']);
    expect((await on('DELETE', '/parties/account/marc', told({}, 'hugo'))).status).to.equal(403);
    expect(await codeOf('marc')).to.equal('consent_missing');
  });

  it('judges the level when the application tells the sign-in of who changes the parties', async () => {
    await begin();
    world.sessions.set('low', { uid: 'u', accountId: 'claire', acr: 'urn:trousseau:acr:pwd' });
    world.sessions.set('high', { uid: 'u', accountId: 'claire', acr: 'urn:trousseau:acr:card' });
    const put = (more: object) => on('PUT', '/parties/account/marc', told(more));
    expect(fieldCodesOf((await put({ sid: 'low' })).json)).to.deep.equal({ by: 'acr_too_low' });
    expect(fieldCodesOf((await put({ acr: 'urn:trousseau:acr:pwd' })).json)).to.deep.equal({
      by: 'acr_too_low',
    });
    expect(fieldCodesOf((await put({ sid: 'gone' })).json)).to.deep.equal({ by: 'session_ended' });
    expect((await put({ sid: 'high' })).status).to.equal(200);
  });

  it('names the creator once, and only where `create` is permitted', async () => {
    const early = await on('PUT', '/creator', { account: 'claire' });
    expect(fieldCodesOf(early.json)).to.deep.equal({ account: 'patient_not_informed' });
    await on('PUT', '/information', told());
    await on('PUT', '/consent', told());
    const reader = await on('PUT', '/creator', told({ account: 'marc' }));
    expect(fieldCodesOf(reader.json)).to.deep.equal({ account: 'profile_lacks_action' });
    expect((await on('PUT', '/creator', { account: 'claire' })).status).to.equal(200);
    expect((await on('PUT', '/creator', { account: 'claire' })).status).to.equal(200);
    const other = await on('PUT', '/creator', { account: 'hugo' });
    expect([other.status, other.json['code']]).to.deep.equal([409, 'access.creator_exists']);
  });

  it('names exactly one creator when fifty are named at once', async () => {
    await on('PUT', '/information', told());
    await on('PUT', '/consent', told());
    const names = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 'claire' : 'hugo'));
    const answers = await Promise.all(names.map(account => on('PUT', '/creator', { account })));
    const { json } = await on('GET', '');
    answers.forEach(({ status }, index) =>
      expect(status).to.equal(names[index] === json['creator'] ? 200 : 409),
    );
    expect((json['history'] as { kind: string }[]).filter(({ kind }) => kind === 'creator')).to.have.length(
      1,
    );
  });

  it('loses none of fifty acts made at once', async () => {
    await begin();
    const acts = Array.from({ length: 50 }, () => on('POST', '/oppositions', told({ account: 'marc' })));
    expect((await Promise.all(acts)).map(({ status }) => status)).to.deep.equal(Array(50).fill(201));
    const { json } = await on('GET', '');
    expect(json['oppositions']).to.have.length(50);
    expect(json['history']).to.have.length(53);
  });

  it('makes one record of fifty first acts on a new patient', async () => {
    const acts = Array.from({ length: 50 }, () => on('PUT', '/information', told()));
    expect((await Promise.all(acts)).map(({ status }) => status)).to.deep.equal(Array(50).fill(200));
    expect((await on('GET', '')).json['history']).to.have.length(50);
  });

  it('acts only in the networks of the application', async () => {
    await begin();
    const foreign = [
      await on('GET', '?network=cancerologie', undefined, 'proche'),
      await on('PUT', '/consent?network=cancerologie', told(), 'proche'),
      await on('PUT', '/consent', told({ network: 'cancerologie' }), 'proche'),
      await on('DELETE', '/consent?network=cancerologie', told(), 'proche'),
      await on('GET', '?network=nowhere', undefined),
    ];
    expect(foreign.map(({ status, json }) => [status, json['code']])).to.deep.equal(
      Array(5).fill([403, 'access.network_refused']),
    );
    expect((await on('GET', '', undefined, 'proche')).json['code']).to.equal('access.record_unknown');
  });

  it('does not let an older consent undo a withdrawal', async () => {
    await begin();
    await on('DELETE', '/consent', told());
    const yesterday = new Date(world.clock.nowMs() - 86_400_000).toISOString();
    const answer = await on('PUT', '/consent', told({ at: yesterday }));
    expect([answer.status, answer.json['code']]).to.deep.equal([409, 'access.consent_older_than_withdrawal']);
    expect(await codeOf('claire')).to.equal('consent_withdrawn');
  });

  it('puts an act in force at once when the clock of the application is ahead', async () => {
    const ahead = new Date(world.clock.nowMs() + 60_000).toISOString();
    await on('PUT', '/information', told({ at: ahead }));
    await on('PUT', '/consent', told({ at: ahead }));
    expect(await codeOf('claire', 'create')).to.equal('permitted_create');
    const tomorrow = new Date(world.clock.nowMs() + 86_400_000).toISOString();
    expect(pathsOf((await on('DELETE', '/consent', told({ at: tomorrow }))).json)).to.include('at');
  });

  it('opens a party within its window only', async () => {
    await begin();
    const later = new Date(world.clock.nowMs() + 3600_000).toISOString();
    await on('PUT', '/parties/account/marc', told({ from: later }));
    expect(await codeOf('marc')).to.equal('consent_missing');
    await on('PUT', '/parties/account/marc', told({ to: later }));
    expect(await codeOf('marc')).to.equal('permitted_party');
    world.clock.advance(3601);
    expect(await codeOf('marc')).to.equal('consent_expired');
  });

  it('opens records through an RCP session, in its window, by role', async () => {
    await begin();
    const hour = 3600_000;
    const session = {
      ...told({}, 'sophie'),
      from: new Date(world.clock.nowMs() - hour).toISOString(),
      to: new Date(world.clock.nowMs() + hour).toISOString(),
      patients: [ownKey],
      participants: [{ account: 'expert', role: 'medecin_rcp' }],
    };
    const rcp = (method: string, body?: object, client = 'dcc') =>
      world.send(method, '/access/v1/rcp-sessions/rcp-9', body, { client });
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
    world.clock.advance(3601);
    expect(await codeOf('expert')).to.equal('consent_missing');
    expect((await rcp('DELETE')).status).to.equal(204);
    expect((await rcp('DELETE')).status).to.equal(404);
  });

  describe('of an RCP session', () => {
    // Of one name, and whole in the audit: each test has a service of its own.
    let shared: TestWorld;
    beforeEach(async () => {
      shared = world;
      world = await createWorld(REGION);
    });
    afterEach(async () => {
      await world.close();
      world = shared;
    });
    const send = (method: string, body?: object, client = 'dcc') =>
      world.send(method, '/access/v1/rcp-sessions/rcp-9', body, { client });
    const session = (more: object = {}, by = 'sophie') => ({
      ...told({ document: 'convocation de Mme Durand' }, by),
      patients: [ownKey],
      participants: [{ account: 'expert', role: 'medecin_rcp' }],
      ...more,
    });

    it('asks who registers it: an active member of the network', async () => {
      for (const [by, code] of [
        ['nobody', { by: 'unknown' }],
        ['suspendu', { by: 'account_inactive' }],
        ['ailleurs', { by: 'not_in_network' }],
      ] as const) {
        expect(fieldCodesOf((await send('PUT', session({}, by))).json), by).to.deep.equal(code);
      }
      const { by: _by, method: _method, at: _at, ...untold } = session();
      expect(pathsOf((await send('PUT', untold)).json)).to.have.members(['by', 'method', 'at']);
      const tomorrow = new Date(world.clock.nowMs() + 86_400_000).toISOString();
      expect(pathsOf((await send('PUT', session({ at: tomorrow }))).json)).to.deep.equal(['at']);
      expect((await send('PUT', session())).status).to.equal(200);
      expect(fieldCodesOf((await send('DELETE', told({}, 'suspendu'))).json)).to.deep.equal({
        by: 'account_inactive',
      });
      expect(pathsOf((await send('DELETE', { by: 'sophie' })).json)).to.have.members(['method', 'at']);
      expect((await send('DELETE', told({}, 'sophie'))).status).to.equal(204);
    });

    it('refuses a role that nobody knows', async () => {
      const stranger = session({ participants: [{ account: 'expert', role: 'spectateur' }] });
      const answer = await send('PUT', stranger);
      expect(answer.status).to.equal(400);
      expect(pathsOf(answer.json)).to.deep.equal(['participants.0.role']);
    });

    it('keeps who registered and removed it, how and when, and audits it without free text', async () => {
      const at = new Date(world.clock.nowMs() - 60_000).toISOString();
      await send('PUT', session({ at }));
      await send('DELETE', told({ at, document: 'courriel' }, 'sophie'));
      const stored = await world.store.collection(rcpSessionsSpec).get('rcp-9');
      const collectedAtMs = Date.parse(at);
      const act = { by: 'sophie', method: 'papier', collectedAtMs, client: 'dcc' };
      expect(stored?.patients).to.deep.equal([]);
      expect(stored?.history.map(({ recordedAtMs: _at, ...event }) => event)).to.deep.equal([
        { kind: 'saved', ...act },
        { kind: 'removed', ...act },
      ]);
      expect(stored?.proofs?.map(({ document }) => document)).to.deep.equal([
        'convocation de Mme Durand',
        'courriel',
      ]);
      const { items } = await world.audit.list({});
      const traced = items.filter(({ type }) => type.startsWith('access.rcp_session.'));
      expect(traced.map(({ actor, data }) => [actor, data?.['method'], data?.['collectedAt']])).to.deep.equal(
        [
          ['sophie', 'papier', at],
          ['sophie', 'papier', at],
        ],
      );
      expect(JSON.stringify(items)).not.to.include('Durand');
    });

    it('that was removed is not there, and may be registered again', async () => {
      await send('PUT', session());
      expect((await send('DELETE')).status).to.equal(204);
      expect((await send('DELETE')).status).to.equal(404);
      expect((await send('PUT', session())).status).to.equal(200);
      expect((await send('DELETE')).status).to.equal(204);
    });
  });

  it('leaves a trace of each act, by the opaque key alone', async () => {
    await begin();
    await on('PUT', '/parties/account/marc', told({ document: 'dossier de Mme Durand' }));
    await on('DELETE', '/parties/account/marc', told());
    await on('POST', '/oppositions', told());
    await on('GET', '');
    const { items } = await world.audit.list({ patientKey: ownKey });
    const acts = items.filter(({ type }) => type !== 'access.decision.made');
    expect(acts.map(({ type, actor }) => [type, actor])).to.have.deep.members([
      ['access.information.recorded', 'claire'],
      ['access.consent.given', 'claire'],
      ['access.creator.named', 'claire'],
      ['access.party.authorised', 'claire'],
      ['access.party.withdrawn', 'claire'],
      ['access.opposition.made', 'claire'],
      ['access.record.read', 'client:dcc'],
    ]);
    expect(JSON.stringify(items)).not.to.include('Durand');
  });

  const malformed: readonly (readonly [string, string, string, object, string])[] = [
    ['no `by`', 'PUT', '/consent', { method: 'oral', at: '2026-01-01T00:00:00Z' }, 'by'],
    [
      'an unknown method',
      'PUT',
      '/consent',
      { by: 'claire', method: 'fax', at: '2026-01-01T00:00:00Z' },
      'method',
    ],
    ['no date', 'PUT', '/consent', { by: 'claire', method: 'oral' }, 'at'],
    ['a date without offset', 'PUT', '/consent', { by: 'claire', method: 'oral', at: '2026-01-01' }, 'at'],
    [
      'a misspelt member',
      'PUT',
      '/consent',
      { by: 'claire', method: 'oral', at: '2026-01-01T00:00:00Z', documment: 'x' },
      'documment',
    ],
    [
      'a kind of party that is none',
      'PUT',
      '/parties/service/x',
      { by: 'claire', method: 'oral', at: '2026-01-01T00:00:00Z' },
      'path.kind',
    ],
    [
      'an opposition to two at once',
      'POST',
      '/oppositions',
      { by: 'claire', method: 'oral', at: '2026-01-01T00:00:00Z', account: 'marc', organisation: 'chu' },
      'body',
    ],
    ['no body', 'DELETE', '/consent', {}, 'by'],
  ];
  for (const [title, method, path, body, field] of malformed) {
    it(`refuses ${title}`, async () => {
      const answer = await on(method, path, body);
      expect([answer.status, answer.json['code']]).to.deep.equal([400, 'access.malformed_request']);
      expect(pathsOf(answer.json)).to.include(field);
    });
  }

  it('refuses whom and what nobody knows', async () => {
    await begin();
    expect(pathsOf((await on('PUT', '/parties/account/nobody', told())).json)).to.include('account');
    expect(pathsOf((await on('PUT', '/parties/organisation/nowhere', told())).json)).to.include(
      'organisation',
    );
    expect((await on('PUT', '/information', told({}, 'nobody'))).json['code']).to.equal(
      'access.target_unknown',
    );
    expect((await on('PUT', '/information', told({}, 'ailleurs'))).json['code']).to.equal(
      'access.act_not_permitted',
    );
    expect((await on('DELETE', '/parties/account/marc', told())).json['code']).to.equal(
      'access.entry_unknown',
    );
    expect((await on('DELETE', '/consent', told(), 'dcc', 'pk-rien')).json['code']).to.equal(
      'access.record_unknown',
    );
  });

  it('refuses an INS in the place of the key, without repeating it', async () => {
    const answer = await on('PUT', '/consent', told(), 'dcc', '269054958815780');
    expect(answer.status).to.equal(400);
    expect(answer.text).not.to.include('269054958815780');
    expect(fieldCodesOf(answer.json)).to.deep.equal({ 'path.patient_key': 'invalid_value' });
    expect(fieldCodesOf((await on('GET', '', undefined, 'dcc', 'a%20b')).json)).to.deep.equal({
      'path.patient_key': 'invalid_format',
    });
    expect(pathsOf((await on('GET', '?network=a.b')).json)).to.deep.equal(['query.network']);
    expect(pathsOf((await on('DELETE', '/oppositions/a.b', told())).json)).to.deep.equal(['path.id']);
  });
});
