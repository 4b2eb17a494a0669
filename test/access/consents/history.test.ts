import { expect } from 'chai';
import { storedText } from '../stored-text.ts';
import { pathsOf } from '../world.ts';
import { useConsentDesk } from './desk.ts';

describe('what the consent API keeps', () => {
  const desk = useConsentDesk();
  const { begin, on, told } = desk;

  it('answers the record, with its history whole', async () => {
    await begin();
    await on('DELETE', '/consent', told({ document: 'armoire 3' }));
    await on('PUT', '/consent', told());
    const { json, status } = await on('GET', '');
    expect(status).to.equal(200);
    expect(json).to.include({ patient_key: desk.key, network: 'cancerologie', creator: 'claire' });
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

  it('leaves a trace of each act, by the opaque key alone', async () => {
    await begin();
    await on('PUT', '/parties/account/marc', told({ document: 'dossier de Mme Durand' }));
    await on('DELETE', '/parties/account/marc', told());
    await on('POST', '/oppositions', told());
    await on('GET', '');
    const { items } = await desk.world.audit.list({ patientKey: desk.key });
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

  it('answers the history alone, under each key of the patient, and traces that it was read', async () => {
    await begin();
    const other = `${desk.key}-autre`;
    await on('PUT', '/information', told({ notice: '2026-2' }), 'dcc', other);
    const keys = [desk.key, other];
    await desk.world.send('POST', '/access/v1/patient-keys/link', { ...told(), keys });
    const { json } = await on('GET', '/history?network=cancerologie');
    const events = json['events'] as { kind: string; patient_key?: string; notice?: string }[];
    expect(events.map(({ kind, patient_key: under }) => [kind, under])).to.deep.equal([
      ['information', undefined],
      ['consent', undefined],
      ['creator', undefined],
      ['information', other],
    ]);
    const { items } = await desk.world.audit.list({ patientKey: desk.key });
    expect(items.filter(({ type }) => type === 'access.record.read')).to.have.length(1);
    expect((await on('GET', '/history', undefined, 'dcc', 'pk-rien')).json['code']).to.equal(
      'access.record_unknown',
    );
    expect((await on('GET', '/history?network=cancerologie', undefined, 'proche')).json['code']).to.equal(
      'access.network_refused',
    );
  });

  it('tells which notice the patient was given last, whatever came in first', async () => {
    const nowMs = desk.world.clock.nowMs();
    const days = (count: number) => new Date(nowMs - count * 86_400_000).toISOString();
    await on('PUT', '/information', told({ notice: '2026-2', at: days(1) }));
    await on('PUT', '/information', told({ notice: '2026-1', at: days(30) }));
    await on('PUT', '/information', told({ at: days(0) }));
    expect((await on('GET', '')).json).to.include({ notice: '2026-2', informed_at: days(30) });
  });

  it('takes no version of a notice that was not in force when it was given, once the network publishes its own', async () => {
    const { access, clock } = desk.world;
    const nowMs = clock.nowMs();
    const days = (count: number) => new Date(nowMs - count * 86_400_000).toISOString();
    const give = (notice: string, at: string) =>
      on('PUT', '/information', { ...told({ notice, at }, 'hugo'), network: 'proche' }, 'proche');
    expect((await give('anything', days(0))).status).to.equal(200);
    const notice = { network: 'proche', title: 'Notice', text: 'Vos données…' };
    await access.notices.put({ ...notice, version: '2026-1', fromMs: nowMs - 10 * 86_400_000 }, 'hugo');
    await access.notices.put({ ...notice, version: '2027-1', fromMs: nowMs + 86_400_000 }, 'hugo');
    for (const [version, at] of [
      ['anything', days(0)],
      ['2026-1', days(20)],
      ['2027-1', days(0)],
    ] as const) {
      const refused = await give(version, at);
      expect([refused.status, refused.json['code'], pathsOf(refused.json)]).to.deep.equal([
        422,
        'access.notice_unknown',
        ['notice'],
      ]);
    }
    // What was given last stays the answer, whenever it came in.
    expect((await give('2026-1', days(5))).json).to.include({ notice: 'anything' });
    expect((await give('2026-1', days(0))).json).to.include({ notice: '2026-1' });
    expect((await on('GET', '?network=proche', undefined, 'proche')).json).to.include({ notice: '2026-1' });
  });

  it('names at the end of an opposition whom it was against', async () => {
    await desk.begin();
    await on('POST', '/oppositions', told({ account: 'marc', emergency: true }));
    await on('POST', '/oppositions', told());
    await on('DELETE', '/oppositions', told({ account: 'marc' }));
    await on('DELETE', '/oppositions', told());
    const { json } = await on('GET', '/history');
    const ends = (json['events'] as { kind: string }[]).filter(({ kind }) => kind === 'opposition_end');
    expect(ends[0]).to.deep.include({ target: { account: 'marc' }, emergency: true });
    expect(ends[1]).to.deep.include({ target: {}, emergency: false });
  });

  it('keeps before whom an oral consent was given, sealed and out of the audit', async () => {
    await on('PUT', '/information', told());
    const oral = told({ method: 'oral', witness: 'Mme Vernet, infirmière' });
    expect((await on('PUT', '/consent', oral)).status).to.equal(200);
    const { json } = await on('GET', '/history');
    const events = json['events'] as { witness?: string }[];
    expect(events.at(-1)).to.include({ kind: 'consent', method: 'oral', witness: 'Mme Vernet, infirmière' });
    const { items } = await desk.world.audit.list({ patientKey: desk.key });
    expect(JSON.stringify(items)).not.to.include('Vernet');
    expect(await storedText(desk.world.store)).not.to.include('Vernet');
  });

  it('takes a witness of what was said only', async () => {
    const answer = await on('PUT', '/consent', told({ witness: 'Mme Vernet' }));
    expect([answer.status, pathsOf(answer.json)]).to.deep.equal([400, ['witness']]);
  });
});
