import { expect } from 'chai';
import { createPatientKeyRing, type PatientKeyRing } from '#access/index.ts';
import { isAppError } from '#kernel/index.ts';
import { ask, REGION } from './region.ts';
import { createWorld, type TestWorld } from './world.ts';

const OID = '1.2.250.1.213.1.4.8';

/** Well-formed INS, one for each patient: 13 digits and their key. */
function insOf(patient: number): string {
  const number = 2_690_549_588_000 + patient;
  return `${number}${String(97 - (number % 97)).padStart(2, '0')}`;
}

describe('a rotation of the secret of the patient keys', () => {
  let world: TestWorld;
  let ring: PatientKeyRing;
  let patients = 0;

  beforeEach(async () => {
    world = await createWorld(REGION);
    ring = createPatientKeyRing(world);
  });
  afterEach(() => world.close());

  const keyOf = async (ins: string, client = 'dcc') => {
    const body = { ins: { value: ins, oid: OID } };
    const { json } = await world.send('POST', '/access/v1/patient-keys', body, { client });
    return String(json['patient_key']);
  };
  const told = () => ({ by: 'claire', method: 'papier', at: new Date(world.clock.nowMs()).toISOString() });
  const open = async (key: string) => {
    for (const path of ['information', 'consent'])
      await world.send('PUT', `/access/v1/records/${key}/${path}`, told());
    await world.send('PUT', `/access/v1/records/${key}/creator`, { account: 'claire' });
  };
  const codeOf = async (key: string) =>
    (await world.access.decide(ask('claire', 'read', key) as never, world.caller('dcc'))).context.reason_code;
  const waiting = async () => (await ring.versions()).map(version => version.waiting);
  const refusal = async (act: Promise<unknown>): Promise<string> =>
    act.then(
      () => 'none',
      (error: unknown) => (isAppError(error) ? error.code : 'another'),
    );

  it('loses nothing: the record stays open under the key of before and the key of after', async () => {
    const ins = insOf(++patients);
    const before = await keyOf(ins);
    await open(before);
    expect(await ring.rotate()).to.equal(2);
    expect(await codeOf(before)).to.equal('permitted_creator');
    const after = await keyOf(ins);
    expect([before.slice(0, 4), after.slice(0, 4)]).to.deep.equal(['pk1-', 'pk2-']);
    expect(await codeOf(after)).to.equal('permitted_creator');
    const withdrawn = await world.send('DELETE', `/access/v1/records/${after}/consent`, told());
    expect(withdrawn.status).to.equal(200);
    expect(await codeOf(before)).to.equal('consent_withdrawn');
  });

  it('joins nothing of a patient who comes for the first time after it', async () => {
    await ring.rotate();
    const key = await keyOf(insOf(++patients));
    await open(key);
    const { json } = await world.send('GET', `/access/v1/records/${key}`);
    expect(json).not.to.have.property('linked_keys');
  });

  it('counts the keys that were not met again, and forgets a secret only when none is left', async () => {
    const ins = [insOf(++patients), insOf(++patients)];
    for (const each of ins) await keyOf(each);
    expect(await refusal(ring.retire(1))).to.equal('access.key_version_in_use');
    await ring.rotate();
    expect(await waiting()).to.deep.equal([2, 0]);
    await keyOf(ins[0] ?? '');
    expect(await waiting()).to.deep.equal([1, 0]);
    expect(await refusal(ring.retire(1))).to.equal('access.key_version_in_use');
    await keyOf(ins[1] ?? '');
    expect(await waiting()).to.deep.equal([0, 0]);
    await ring.retire(1);
    expect((await ring.versions()).map(({ isRetired }) => isRetired)).to.deep.equal([true, false]);
    expect(await refusal(ring.retire(7))).to.equal('access.key_version_unknown');
  });

  it('joins what was met before two rotations, the first secret being forgotten', async () => {
    const ins = insOf(++patients);
    const first = await keyOf(ins);
    await open(first);
    await ring.rotate();
    await keyOf(ins);
    await ring.retire(1);
    await ring.rotate();
    expect(await codeOf(await keyOf(ins))).to.equal('permitted_creator');
    // An application of another network meets the patient for the first time: the older keys hold there too.
    const elsewhere = await keyOf(ins, 'proche');
    await world.send('PUT', `/access/v1/records/${first}/information`, told(), { client: 'proche' });
    const { json } = await world.send('GET', `/access/v1/records/${elsewhere}`, undefined, {
      client: 'proche',
    });
    expect(json['linked_keys']).to.deep.equal([first]);
  });

  it('leaves one key in force for fifty who ask while it happens', async () => {
    const ins = insOf(++patients);
    const keys = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (index === 25 ? `${await ring.rotate()}` : keyOf(ins))),
    );
    const given = new Set(keys.filter(key => key.startsWith('pk')));
    await open(keys[0] ?? '');
    for (const key of [...given, await keyOf(ins)]) expect(await codeOf(key)).to.equal('permitted_creator');
  });

  it('is in the audit, without any secret', async () => {
    await keyOf(insOf(++patients));
    await ring.rotate();
    await ring.retire(1, { evenWaiting: true });
    const { items } = await world.audit.list({ limit: 1000 });
    const acts = items.filter(({ type }) => type.startsWith('access.patient_key_secret.'));
    expect(acts.map(({ type, data }) => [type, data])).to.deep.equal([
      ['access.patient_key_secret.rotated', { version: '2' }],
      ['access.patient_key_secret.retired', { version: '1', waiting: '1' }],
    ]);
  });
});
