import { expect } from 'chai';
import { ask, REGION } from './region.ts';
import { createWorld, type TestWorld } from './world.ts';

const HOUR_MS = 3_600_000;
const NETWORK = 'cancerologie';

/** A patient informed and consenting, whose record lies open to nobody but its creator. */
const region = {
  ...REGION,
  records: [
    {
      patient_key: 'pk-rcp',
      network: NETWORK,
      creator: 'hugo',
      informed_at: '2026-01-01T09:00:00Z',
      consented_at: '2026-01-01T09:00:00Z',
    },
  ],
};

describe('a tumour board', () => {
  let world: TestWorld;
  before(async () => (world = await createWorld(region)));
  after(() => world.close());

  const iso = (hours: number) => new Date(world.clock.nowMs() + hours * HOUR_MS).toISOString();
  async function convene(id: string, more: object) {
    const body = {
      by: 'sophie',
      method: 'en_ligne',
      at: iso(-1),
      from: iso(-1),
      to: iso(1),
      patients: ['pk-rcp'],
      participants: [],
      ...more,
    };
    expect((await world.send('PUT', `/access/v1/rcp-sessions/${id}`, body)).status).to.equal(200);
  }
  async function codeOf(sub: string, action: string, properties: object = {}, context: object = {}) {
    const asked = ask(sub, action, 'pk-rcp', { acr: 'urn:trousseau:acr:mfa', ...context }) as {
      resource: object;
    };
    const request = {
      ...asked,
      resource: { ...asked.resource, properties: { network: NETWORK, ...properties } },
    };
    return (await world.access.decide(request as never, world.caller('dcc'))).context;
  }
  const register = async (sub: string, properties: object = {}) =>
    (await codeOf(sub, 'rcp_register', properties)).reason_code;
  const leave = async (rcpRegistration?: 'utilisateurs' | 'ouvert_par_3c') =>
    world.directory.networks.update(NETWORK, ({ rcpRegistration: _, ...network }) => ({
      ...network,
      ...(rcpRegistration && { rcpRegistration }),
    }));

  it('opens its patients to a guest for reading, in its window and no other', async () => {
    const guests = [{ account: 'expert', role: 'invite' }];
    await convene('rcp-coming', { from: iso(1), to: iso(2), participants: guests });
    expect((await codeOf('expert', 'read')).reason_code).to.equal('consent_missing');
    await convene('rcp-now', { participants: guests });
    expect((await codeOf('expert', 'read')).reason_code).to.equal('permitted_rcp');
    expect((await codeOf('marc', 'read')).reason_code).to.equal('consent_missing');
    await world.send('DELETE', '/access/v1/rcp-sessions/rcp-now', {
      by: 'sophie',
      method: 'en_ligne',
      at: iso(-1),
    });
    expect((await codeOf('expert', 'read')).reason_code).to.equal('consent_missing');
  });

  it('lets those who run it write, and guests not even where their profile would', async () => {
    await convene('rcp-roles', {
      participants: [
        { account: 'sophie', role: 'secretaire_rcp' },
        { account: 'claire', role: 'invite' },
      ],
    });
    expect((await codeOf('sophie', 'write')).reason_code).to.equal('permitted_rcp');
    expect((await codeOf('claire', 'read')).reason_code).to.equal('permitted_rcp');
    expect((await codeOf('claire', 'write')).reason_code).to.equal('consent_missing');
  });

  it('takes patients from users of the network where its setting says so', async () => {
    await leave();
    expect(await register('hugo')).to.equal('profile_lacks_action');
    await leave('utilisateurs');
    expect(await register('hugo')).to.equal('permitted_creator');
    expect(await register('marc')).to.equal('profile_lacks_action');
  });

  it('takes patients from those whom the 3C has listed for it, until it is over', async () => {
    await leave('ouvert_par_3c');
    await convene('rcp-listed', { from: iso(1), to: iso(2), registrants: ['hugo'] });
    await convene('rcp-over', { from: iso(-3), to: iso(-2), registrants: ['hugo'] });
    expect(await register('hugo', { rcp: 'rcp-listed' })).to.equal('permitted_creator');
    expect(await register('claire', { rcp: 'rcp-listed' })).to.equal('profile_lacks_action');
    for (const rcp of [undefined, 'rcp-over', 'rcp-unknown'])
      expect(await register('hugo', rcp === undefined ? {} : { rcp }), rcp ?? 'none').to.equal(
        'profile_lacks_action',
      );
    const explanation = await world.access.explainer.explain({
      account: 'hugo',
      action: 'rcp_register',
      network: NETWORK,
      purpose: 'normal',
      acr: 'urn:trousseau:acr:code',
      patientKey: 'pk-rcp',
    });
    expect(explanation.ways.map(({ code }) => code)).to.include('permitted_creator');
  });

  it('refuses registrants who are nobody', async () => {
    const body = { by: 'sophie', method: 'en_ligne', at: iso(-1), patients: [], participants: [] };
    const answer = await world.send('PUT', '/access/v1/rcp-sessions/rcp-nobody', {
      ...body,
      registrants: ['personne'],
    });
    expect(answer.status).to.be.within(400, 422);
  });

  it('leaves both names in the trail when a secretary registers on behalf of a physician', async () => {
    await world.directory.professionals.update('hugo', hugo => ({
      ...hugo,
      delegations: [...hugo.delegations, { delegate: 'sophie' }],
    }));
    await leave('utilisateurs');
    const { reason_code: code, id } = await codeOf('sophie', 'rcp_register', {}, { on_behalf_of: 'hugo' });
    expect(code).to.equal('permitted_creator');
    const { items } = await world.audit.list({ patientKey: 'pk-rcp', limit: 500 });
    const line = items.find(({ data }) => data?.['decision'] === id);
    expect(line).to.include({ actor: 'sophie', onBehalfOf: 'hugo' });
  });
});
