import { expect } from 'chai';
import { createSealer } from '#kernel/index.ts';
import { keyLinksSpec } from '../../src/access/records/collections.ts';
import { ask, REGION } from './region.ts';
import { storedText } from './stored-text.ts';
import { createWorld, fieldCodesOf, pathsOf, type TestWorld, type WorldOptions } from './world.ts';

const NIR = '1.2.250.1.213.1.4.8';
const TEST = '1.2.250.1.213.1.4.10';
const INS = '269054958815780';
const TRAITS = {
  birth_family_name: 'D’Artagnan-Ruiz',
  birth_given_name: 'Éléonore',
  birth_date: '1969-05-04',
  birth_place: '49588',
  sex: 'F',
};

describe('patient keys', () => {
  let world: TestWorld;
  const open = async (options: WorldOptions = {}) => (world = await createWorld(REGION, options));
  afterEach(() => world.close());

  const post = (body: unknown, client = 'dcc') =>
    world.send('POST', '/access/v1/patient-keys', body, { client });
  const keyOf = async (body: unknown, client?: string) => (await post(body, client)).json['patient_key'];
  const link = (keys: readonly string[], client = 'dcc', more: object = {}) => {
    const told = { by: 'claire', method: 'oral', at: new Date(world.clock.nowMs()).toISOString() };
    return world.send('POST', '/access/v1/patient-keys/link', { keys, ...told, ...more }, { client });
  };

  it('are opaque, and the same for the same INS however it is typed', async () => {
    await open();
    const key = await keyOf({ ins: { value: INS, oid: NIR } });
    expect(key).to.match(/^[A-Za-z0-9_-]{1,128}$/u);
    expect(await keyOf({ ins: { value: '2 69 05 49 588 157 80', oid: NIR } }, 'proche')).to.equal(key);
    expect(await keyOf({ ins: { value: INS, oid: TEST } })).not.to.equal(key);
  });

  it('are the same for the same traits, whatever the case, accents and hyphens', async () => {
    await open();
    const key = await keyOf({ traits: TRAITS });
    const typed = { ...TRAITS, birth_family_name: "d'artagnan ruiz", birth_given_name: 'ELEONORE', sex: 'f' };
    expect(await keyOf({ traits: typed })).to.equal(key);
    for (const other of [
      { birth_date: '1969-05-05' },
      { sex: 'M' },
      { birth_place: '49589' },
      { birth_given_name: 'Elena' },
    ])
      expect(await keyOf({ traits: { ...TRAITS, ...other } })).not.to.equal(key);
  });

  it('are joined by a member of the network, whose act is kept and audited', async () => {
    await open();
    const keys = ['pk-un', 'pk-deux'];
    for (const [by, code] of [
      ['nobody', 'unknown'],
      ['suspendu', 'account_inactive'],
      ['ailleurs', 'not_in_network'],
      [undefined, 'required'],
    ] as const)
      expect(fieldCodesOf((await link(keys, 'dcc', { by })).json)).to.deep.equal({ by: code });
    expect((await link(keys, 'dcc', { document: 'fiche de Mme Durand' })).status).to.equal(200);
    const stored = await world.store.collection(keyLinksSpec).get('cancerologie/pk-deux~pk-un');
    expect(stored).to.include({ by: 'claire', method: 'oral', document: 'fiche de Mme Durand' });
    expect(stored?.collectedAtMs).to.be.a('number');
    const { items } = await world.audit.list({});
    const trace = items.find(({ type }) => type === 'access.patient_keys.linked');
    expect(trace).to.include({ actor: 'claire', client: 'dcc' });
    expect(trace?.data).to.include({ method: 'oral' });
    expect(JSON.stringify(items)).not.to.include('Durand');
  });

  it('are the same for fifty who ask first, at once', async () => {
    await open();
    const keys = await Promise.all(
      Array.from({ length: 50 }, () => keyOf({ ins: { value: INS, oid: NIR } })),
    );
    expect(new Set(keys)).to.have.length(1);
  });

  it('do not depend on the sealing key that came first', async () => {
    await open();
    const key = await keyOf({ ins: { value: INS, oid: NIR } });
    const { openTestStore } = await import('../support/store.ts');
    const { createPatientKeys } = await import('../../src/access/records/patient-keys.ts');
    const rotated = createSealer([
      { id: 'next', key: new Uint8Array(32).fill(9) },
      { id: 'test', key: new Uint8Array(32).fill(7) },
    ]);
    const store = await openTestStore({ url: world.store.url, sealer: rotated });
    try {
      const again = createPatientKeys({
        store,
        clock: world.clock,
        audit: world.audit,
        directory: world.directory,
        guards: {
          enter: async () => {},
          collector: async () => {},
        },
        mode: 'demo',
        settings: { patientKeysPerMinute: 10 },
      });
      expect(await again.ofIns(world.caller('dcc'), { value: INS, oid: NIR })).to.equal(key);
    } finally {
      await store.close();
    }
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ['a wrong key', { ins: { value: '269054958815781', oid: NIR } }],
    ['a short INS', { ins: { value: '2690549588157', oid: NIR } }],
    ['an unknown OID', { ins: { value: INS, oid: '1.2.3' } }],
    ['no OID', { ins: { value: INS } }],
    ['both an INS and traits', { ins: { value: INS, oid: NIR }, traits: TRAITS }],
    ['traits without a date', { traits: { ...TRAITS, birth_date: undefined } }],
    ['a date that does not exist', { traits: { ...TRAITS, birth_date: '1969-02-30' } }],
    ['a trait too many', { traits: { ...TRAITS, nickname: 'Éléonore' } }],
    ['a name as sex', { traits: { ...TRAITS, sex: 'Éléonore' } }],
  ];
  for (const [title, body] of wrong) {
    it(`are refused for ${title}, without repeating it`, async () => {
      await open();
      const answer = await post(body);
      expect([answer.status, answer.json['code']]).to.deep.equal([400, 'access.malformed_request']);
      expect(answer.text).not.to.match(/2690549588157|Éléonore|Artagnan/u);
    });
  }

  it('are refused with the name of each wrong part', async () => {
    await open();
    const fieldsOf = async (body: unknown) => pathsOf((await post(body)).json);
    const traits = { ...TRAITS, birth_date: '1969-02-30', sex: 'Q', nickname: 'x' };
    expect(await fieldsOf({ traits })).to.have.members([
      'traits.birth_date',
      'traits.sex',
      'traits.nickname',
    ]);
    expect(await fieldsOf({ ins: { value: INS } })).to.deep.equal(['ins.oid']);
    expect(await fieldsOf({})).to.deep.equal(['body']);
    expect(await fieldsOf({ ins: { value: INS, oid: NIR }, traits: TRAITS })).to.deep.equal(['body']);
  });

  it('are refused for test and demonstration INS in production', async () => {
    await open({ mode: 'production' });
    for (const oid of [TEST, '1.2.250.1.213.1.4.11'])
      expect((await post({ ins: { value: INS, oid } })).json['code']).to.equal('access.test_ins_refused');
    expect((await post({ ins: { value: INS, oid: NIR } })).status).to.equal(200);
  });

  it('have a scope and a rate of their own', async () => {
    await open({ patientKeysPerMinute: 3 });
    expect((await post({ ins: { value: INS, oid: NIR } }, 'simple')).json['code']).to.equal(
      'access.insufficient_scope',
    );
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => post({ ins: { value: INS, oid: NIR } })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    // A minute may end in between.
    expect(refused.length).to.be.within(44, 47);
    expect(refused[0]?.headers).to.have.property('retry-after');
    expect((await post({ ins: { value: INS, oid: NIR } }, 'proche')).status).to.equal(200);
  });

  it('that are linked share what is known of the patient, withdrawals and oppositions first', async () => {
    await open();
    const told = { by: 'claire', method: 'oral', at: new Date(world.clock.nowMs()).toISOString() };
    const codeOf = async (account: string, key: string, action = 'read') =>
      (await world.access.decide(ask(account, action, key) as never, world.caller('dcc'))).context
        .reason_code;
    const on = (method: string, key: string, path: string, body: object = told) =>
      world.send(method, `/access/v1/records/${key}${path}`, body);
    expect(await codeOf('claire', 'pk-b')).to.equal('patient_not_informed');
    expect((await link(['pk-ouvert', 'pk-a'])).status).to.equal(200);
    expect((await link(['pk-b', 'pk-a'])).status).to.equal(200);
    expect((await link(['pk-a', 'pk-b'])).status).to.equal(200);
    expect(await codeOf('claire', 'pk-b')).to.equal('permitted_creator');
    await on('POST', 'pk-b', '/oppositions', { ...told, account: 'marc' });
    expect(await codeOf('marc', 'pk-ouvert')).to.equal('patient_opposed');
    await on('DELETE', 'pk-a', '/consent');
    for (const key of ['pk-a', 'pk-b', 'pk-ouvert'])
      expect(await codeOf('claire', key)).to.equal('consent_withdrawn');
    await on('PUT', 'pk-b', '/consent');
    for (const key of ['pk-a', 'pk-b', 'pk-ouvert'])
      expect(await codeOf('claire', key)).to.equal('permitted_creator');
    await on('DELETE', 'pk-b', '/parties/organisation/chu');
    expect(await codeOf('sophie', 'pk-ouvert')).to.equal('consent_withdrawn');
  });

  it('are linked within the network of the application only', async () => {
    await open();
    await link(['pk-ouvert', 'pk-a'], 'proche');
    const { context } = await world.access.decide(
      ask('claire', 'read', 'pk-a') as never,
      world.caller('dcc'),
    );
    expect(context.reason_code).to.equal('patient_not_informed');
    expect((await link(['pk-a', 'pk-a'])).status).to.equal(400);
    expect((await link(['pk-a', INS])).status).to.equal(400);
    expect((await link(['pk-a', 'pk-b'], 'simple')).status).to.equal(403);
  });

  it('leave no INS nor trait in the store, the audit or the logs', async () => {
    await open();
    const { json } = await post({ ins: { value: INS, oid: NIR } });
    await post({ traits: TRAITS });
    await post({ ins: { value: '269054958815781', oid: NIR } });
    const key = String(json['patient_key']);
    const told = { by: 'claire', method: 'papier', at: new Date(world.clock.nowMs()).toISOString() };
    await world.send('PUT', `/access/v1/records/${key}/consent`, {
      ...told,
      document: 'coffre de Mme d’Artagnan-Ruiz',
    });
    await world.send('PUT', `/access/v1/records/${INS}/consent`, told);
    await world.send('POST', '/access/v1/evaluation', ask('claire', 'read', INS));
    const { items } = await world.audit.list({ limit: 1000 });
    const kept = [
      JSON.stringify(items),
      JSON.stringify(world.shell.log),
      JSON.stringify(world.log),
      await storedText(world.store),
    ];
    expect(kept.join('\n')).not.to.match(/2690549588157|Artagnan|l\u00e9onore|leonore/iu);
  });
});
