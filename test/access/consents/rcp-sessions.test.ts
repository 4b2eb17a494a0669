import { expect } from 'chai';
import { rcpSessionsSpec } from '../../../src/access/records/collections.ts';
import { fieldCodesOf, pathsOf } from '../world.ts';
import { useConsentDesk } from './desk.ts';

describe('an RCP session, by the consent API', () => {
  const desk = useConsentDesk();
  const { told } = desk;

  /** Of this test alone. */
  const name = () => `rcp-${desk.key}`;
  const send = (method: string, body?: object, client = 'dcc') =>
    desk.world.send(method, `/access/v1/rcp-sessions/${name()}`, body, { client });
  const session = (more: object = {}, by = 'sophie'): Record<string, unknown> => ({
    ...told({ document: 'convocation de Mme Durand' }, by),
    patients: [desk.key],
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
    const tomorrow = new Date(desk.world.clock.nowMs() + 86_400_000).toISOString();
    expect(pathsOf((await send('PUT', session({ at: tomorrow }))).json)).to.deep.equal(['at']);
    expect((await send('PUT', session())).status).to.equal(200);
    expect(fieldCodesOf((await send('DELETE', told({}, 'suspendu'))).json)).to.deep.equal({
      by: 'account_inactive',
    });
    expect(pathsOf((await send('DELETE', { by: 'sophie' })).json)).to.have.members(['method', 'at']);
    expect((await send('DELETE', told({}, 'sophie'))).status).to.equal(204);
  });

  it('says which of its accounts nobody knows', async () => {
    const participants = ['expert', 'nobody', 'claire', 'nobody'].map(account => ({
      account,
      role: 'invite',
    }));
    const answer = await send('PUT', session({ participants, registrants: ['sophie', 'unknown'] }));
    expect([answer.status, answer.json['code']]).to.deep.equal([422, 'access.target_unknown']);
    expect(pathsOf(answer.json)).to.deep.equal([
      'participants.1.account',
      'participants.3.account',
      'registrants.1',
    ]);
  });

  it('refuses a role that nobody knows', async () => {
    const stranger = session({ participants: [{ account: 'expert', role: 'spectateur' }] });
    const answer = await send('PUT', stranger);
    expect(answer.status).to.equal(400);
    expect(pathsOf(answer.json)).to.deep.equal(['participants.0.role']);
  });

  it('keeps who registered and removed it, how and when, and audits it without free text', async () => {
    const at = new Date(desk.world.clock.nowMs() - 60_000).toISOString();
    await send('PUT', session({ at }));
    await send('DELETE', told({ at, document: 'courriel' }, 'sophie'));
    const stored = await desk.world.store.collection(rcpSessionsSpec).get(name());
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
    const { items } = await desk.world.audit.list({});
    const traced = items.filter(
      ({ type, data }) => type.startsWith('access.rcp_session.') && data?.['session'] === name(),
    );
    expect(traced.map(({ actor, data }) => [actor, data?.['method'], data?.['collectedAt']])).to.deep.equal([
      ['sophie', 'papier', at],
      ['sophie', 'papier', at],
    ]);
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
