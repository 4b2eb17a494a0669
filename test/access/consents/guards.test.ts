import { expect } from 'chai';
import { recordRowSchema } from '../../../src/access/records/region-rows.ts';
import { fieldCodesOf, pathsOf } from '../world.ts';
import { useConsentDesk } from './desk.ts';

describe('who may act by the consent API', () => {
  const desk = useConsentDesk();
  const { begin, codeOf, on, told } = desk;

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
    desk.world.sessions.set('low', { uid: 'u', accountId: 'claire', acr: 'urn:trousseau:acr:pwd' });
    desk.world.sessions.set('high', { uid: 'u', accountId: 'claire', acr: 'urn:trousseau:acr:card' });
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

  it('refuses an INS within what is written of a proof, a witness, a notice or the name of a session', async () => {
    const written = 'INS 2 69 05 49 588 157 80, voir le coffre';
    const fieldsOf = async (more: object) => pathsOf((await on('PUT', '/information', told(more))).json);
    expect(await fieldsOf({ document: written })).to.deep.equal(['document']);
    expect(await fieldsOf({ witness: written, method: 'oral' })).to.deep.equal(['witness']);
    expect(await fieldsOf({ notice: '269054958815780' })).to.deep.equal(['notice']);
    expect(await fieldsOf({ document: 'armoire 3, dossier 202600001234567' })).to.deep.equal([]);
    const session = { ...told({}, 'sophie'), patients: [], participants: [] };
    const named = await desk.world.send('PUT', '/access/v1/rcp-sessions/269054958815780', session);
    expect([named.status, pathsOf(named.json)]).to.deep.equal([400, ['path.id']]);
  });

  it('takes the name of a notice that the file of consents takes too', async () => {
    const fieldsOf = async (notice: string) =>
      pathsOf((await on('PUT', '/information', told({ notice }))).json);
    expect(await fieldsOf('')).to.deep.equal(['notice']);
    expect(await fieldsOf('2026\n1')).to.deep.equal(['notice']);
    const notice = 'Dépliant « Mes données », édition n° 3';
    expect(await fieldsOf(notice)).to.deep.equal([]);
    const row = { patient_key: desk.key, network: 'cancerologie', notice };
    expect(recordRowSchema.safeParse(row).success).to.equal(true);
  });

  it('refuses a time that ends before it begins', async () => {
    await begin();
    const inDays = (days: number) => new Date(desk.world.clock.nowMs() + days * 86_400_000).toISOString();
    const [early, late] = [inDays(-1), inDays(1)];
    const refused = [
      await on('PUT', '/parties/account/marc', told({ from: late, to: early })),
      await on('PUT', '/parties/account/marc', told({ to: early })),
      await on('PUT', '/care-team/account/marc', told({ from: late, to: late })),
      await on('POST', '/oppositions', told({ from: late, to: early })),
      await desk.world.send('PUT', `/access/v1/rcp-sessions/rcp-${desk.key}`, {
        ...told({}, 'sophie'),
        patients: [],
        participants: [],
        from: late,
        to: early,
      }),
    ];
    expect(refused.map(({ status, json }) => [status, pathsOf(json)])).to.deep.equal(
      Array(5).fill([400, ['to']]),
    );
    expect((await on('PUT', '/parties/account/marc', told({ from: early, to: late }))).status).to.equal(200);
  });
});
