import { expect } from 'chai';
import type { Decision } from '#access/index.ts';
import { AppError, isAppError } from '#kernel/index.ts';
import { ask, REGION } from './region.ts';
import { createWorld, type TestWorld, type WorldOptions } from './world.ts';

const MFA = { acr: 'urn:trousseau:acr:mfa' };
const REASON = 'Détresse respiratoire aux urgences';

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
  return 'no refusal';
}

describe('a decision', () => {
  let world: TestWorld;
  const open = async (options: WorldOptions = {}) => (world = await createWorld(REGION, options));
  afterEach(() => world.close());

  const decide = (request: object, client = 'dcc'): Promise<Decision> =>
    world.access.decide(request as never, world.caller(client));
  const codeOf = async (request: object, client = 'dcc') =>
    (await decide(request, client)).context.reason_code;

  it('says what contract §7 writes', async () => {
    await open();
    const { decision, context } = await decide(ask('claire', 'read', 'pk-ouvert'));
    expect(decision).to.equal(true);
    expect(context.id).to.match(/^[\w-]{22}$/u);
    expect(context.reason_code).to.equal('permitted_creator');
    expect(context.reason_user.fr).to.be.a('string').that.is.not.empty;
    expect(context.reason_admin.rule).to.equal('15');
    expect(context.reason_admin.facts).to.include({ network: 'cancerologie', regime: 'consentement' });
    expect(context).not.to.have.any.keys('acr_values', 'obligations', 'until', 'on_behalf_of');
  });

  it('names the level to ask for', async () => {
    await open();
    const { context } = await decide(ask('claire', 'read', 'pk-ouvert', { acr: 'urn:trousseau:acr:pwd' }));
    expect(context.reason_code).to.equal('acr_too_low');
    expect(context.acr_values).to.deep.equal(['urn:trousseau:acr:code']);
  });

  it('carries the delegator of a permit, and words it for the delegate', async () => {
    await open();
    const { context } = await decide(ask('sophie', 'read', 'pk-ouvert', { ...MFA, on_behalf_of: 'claire' }));
    expect(context).to.include({ reason_code: 'permitted_creator', on_behalf_of: 'claire' });
    const creator = await decide(ask('claire', 'read', 'pk-ouvert'));
    expect(creator.context.reason_code).to.equal('permitted_creator');
    expect(context.reason_user.fr, 'the delegate created nothing').not.to.equal(
      creator.context.reason_user.fr,
    );
  });

  it('ends a break-glass permit, asks for its review, and keeps the reason out of the trail', async () => {
    await open();
    const now = world.clock.nowMs();
    const { context } = await decide(
      ask('claire', 'read', 'pk-inconnu', { ...MFA, purpose: 'bris_de_glace', reason: REASON }),
    );
    expect(context.reason_code).to.equal('permitted_break_glass');
    expect(context.obligations).to.deep.equal(['notify_patient', 'review']);
    expect(Date.parse(context.until ?? '')).to.be.within(now + 899_000, now + 901_000);
    const kept = await world.access.emergencies.get(context.id);
    expect(kept).to.deep.include({ account: 'claire', patientKey: 'pk-inconnu', reasons: [REASON] });
    const { items } = await world.audit.list({ patientKey: 'pk-inconnu' });
    expect(JSON.stringify(items)).to.include(context.id).and.not.to.include('Détresse');
  });

  it('says one and the same sentence whatever it depends on of the patient', async () => {
    await open();
    const shut = await decide(ask('claire', 'read', 'pk-ferme'));
    const unknown = await decide(ask('claire', 'read', 'pk-inconnu'));
    const unnamed = await decide(ask('hugo', 'read', 'pk-ouvert'));
    expect(shut.context.reason_code).to.equal('consent_missing');
    expect(unknown.context.reason_code).to.equal('patient_not_informed');
    expect(new Set([shut, unknown, unnamed].map(({ context }) => context.reason_user.fr))).to.have.length(1);
  });

  it('does not tell a delegate that the patient opposed the delegator', async () => {
    await open();
    const by = { by: 'claire', method: 'oral', at: new Date(world.clock.nowMs()).toISOString() };
    await world.send('POST', '/access/v1/records/pk-ouvert/oppositions', { ...by, account: 'claire' });
    const opposed = await decide(ask('sophie', 'read', 'pk-ouvert', { ...MFA, on_behalf_of: 'claire' }));
    const unknown = await decide(ask('claire', 'read', 'pk-inconnu'));
    expect(opposed.context.reason_code).to.equal('delegator_not_permitted');
    expect(opposed.context.reason_user.fr).to.equal(unknown.context.reason_user.fr);
  });

  it('is refused for what nobody has a rule for', async () => {
    await open();
    const camera = {
      subject: { type: 'device', id: 'x' },
      action: { name: 'read' },
      resource: { type: 'camera', id: 'c' },
    };
    expect(await codeOf(camera)).to.equal('resource_type_unknown');
    expect(await codeOf({ ...camera, resource: { type: '__proto__', id: 'c' } })).to.equal(
      'resource_type_unknown',
    );
  });

  it('knows no account that has no login', async () => {
    await open({ accounts: { exists: async sub => sub !== 'claire' } });
    expect(await codeOf(ask('claire', 'read', 'pk-ouvert'))).to.equal('account_unknown');
    const delegated = ask('sophie', 'read', 'pk-ouvert', { ...MFA, on_behalf_of: 'claire' });
    expect(await codeOf(delegated)).to.equal('delegation_missing');
  });

  describe('on a session', () => {
    beforeEach(async () => {
      await open();
      world.sessions.set('sid-1', { uid: 'u1', accountId: 'claire', acr: 'urn:trousseau:acr:mfa' });
      world.sessions.set('sid-low', { uid: 'u2', accountId: 'claire', acr: 'urn:trousseau:acr:pwd' });
    });

    it('takes the level of the session, and counts as activity', async () => {
      expect(await codeOf(ask('claire', 'read', 'pk-ouvert', { sid: 'sid-1' }), 'simple')).to.equal(
        'permitted_creator',
      );
      expect(world.touched).to.deep.equal(['u1']);
    });

    it('ignores the level that is asserted beside it', async () => {
      const asserted = { sid: 'sid-low', acr: 'urn:trousseau:acr:card' };
      expect(await codeOf(ask('claire', 'read', 'pk-ouvert', asserted))).to.equal('acr_too_low');
    });

    it('is judged at real time, even for who may simulate', async () => {
      const past = { sid: 'sid-1', time: '2020-01-01T00:00:00Z' };
      expect(await codeOf(ask('claire', 'read', 'pk-ouvert', past), 'simulateur')).to.equal(
        'permitted_creator',
      );
    });

    it('is refused for a session that ended or is another’s', async () => {
      expect(await codeOf(ask('claire', 'read', 'pk-ouvert', { sid: 'gone' }))).to.equal('session_ended');
      expect(await codeOf(ask('hugo', 'read', 'pk-ouvert', { sid: 'sid-1' }))).to.equal('session_ended');
      expect(await codeOf(ask('suspendu', 'read', 'pk-ouvert', { sid: 'gone' }))).to.equal(
        'account_inactive',
      );
      expect(world.touched).to.deep.equal([]);
    });
  });

  it('has no level but from a session or an application that may assert it', async () => {
    await open();
    expect(await codeOf(ask('claire', 'read', 'pk-ouvert', MFA), 'simple')).to.equal('acr_too_low');
    expect(await codeOf(ask('claire', 'read', 'pk-ouvert', {}), 'dcc')).to.equal('acr_too_low');
    expect(await codeOf(ask('claire', 'read', 'pk-ouvert', { acr: 'urn:best' }), 'dcc')).to.equal(
      'acr_too_low',
    );
    expect(await codeOf(ask('claire', 'read', 'pk-ouvert', { acr: 'eidas1' }), 'dcc')).to.equal(
      'permitted_creator',
    );
  });

  it('moves the clock only for who may simulate and was given the scope, and says so in the log', async () => {
    await open();
    const request = ask('claire', 'read', 'pk-ouvert', { ...MFA, time: '2025-12-01T00:00:00Z' });
    expect(await codeOf(request, 'simulateur')).to.equal('patient_not_informed');
    expect(await codeOf(request, 'simulateur-sans-portee')).to.equal('permitted_creator');
    expect(await codeOf(request, 'dcc')).to.equal('permitted_creator');
    const { items } = await world.audit.list({ patientKey: 'pk-ouvert' });
    const moved = items.filter(({ data }) => data?.['simulatedAt'] !== undefined);
    expect(moved.map(({ client, data }) => [client, data?.['simulatedAt']])).to.deep.equal([
      ['simulateur', '2025-12-01T00:00:00.000Z'],
    ]);
  });

  it('leaves a line of who, what, when, at which level, and why', async () => {
    await open();
    const { context } = await decide(ask('sophie', 'read', 'pk-ouvert', { ...MFA, on_behalf_of: 'claire' }));
    const { items } = await world.audit.list({ patientKey: 'pk-ouvert' });
    const [line] = items.filter(({ type }) => type === 'access.decision.made');
    expect(line).to.include({
      actor: 'sophie',
      client: 'dcc',
      onBehalfOf: 'claire',
      acr: 'urn:trousseau:acr:mfa',
      outcome: 'success',
      category: 'access',
    });
    expect(line?.data).to.include({
      decision: context.id,
      code: 'permitted_creator',
      rule: '15',
      action: 'read',
      purpose: 'normal',
      network: 'cancerologie',
      resourceType: 'patient_record',
      policy: world.access.policyOffice.current().version,
    });
  });

  it('leaves the same line of a refusal, and of an emergency', async () => {
    await open();
    await decide(ask('marc', 'write', 'pk-ouvert', MFA));
    await decide(
      ask('claire', 'read', 'pk-ouvert', { ...MFA, purpose: 'bris_de_glace', reason: 'Coma, seul ici' }),
    );
    const { items } = await world.audit.list({ patientKey: 'pk-ouvert' });
    const told = items
      .filter(({ type }) => type === 'access.decision.made')
      .map(({ actor, outcome, acr, data }) => [actor, outcome, acr, data?.['purpose'], data?.['code']]);
    expect(told).to.deep.equal([
      ['marc', 'refused', MFA.acr, 'normal', 'profile_lacks_action'],
      ['claire', 'success', MFA.acr, 'bris_de_glace', 'permitted_break_glass'],
    ]);
    expect(JSON.stringify(items)).not.to.include('Coma');
  });

  it('writes no name or number that a caller put where an identifier belongs', async () => {
    await open();
    const planted = '269054958815780';
    await decide({ ...ask('x', 'read', 'pk-ouvert'), subject: { type: 'account', id: planted } });
    await decide({ ...ask('Madame Dupont', 'lire le dossier de Paul', 'pk-ouvert') });
    const { items } = await world.audit.list({ limit: 1000 });
    expect(JSON.stringify(items)).not.to.match(/269054958815780|Dupont|Paul/u);
  });

  describe('on documents and applications', () => {
    beforeEach(() => open());
    const on = (type: string, id: string, action: string, account: string, context: object = {}) => ({
      subject: { type: 'account', id: account },
      action: { name: action },
      resource: { type, id },
      context,
    });

    it('opens non-nominative documents to the network at the level of a password', async () => {
      const low = { acr: 'urn:trousseau:acr:pwd' };
      expect(await codeOf(on('document_area', 'guides', 'read', 'marc', low))).to.equal('permitted_document');
      expect(await codeOf(on('document_area', 'guides', 'write', 'marc', low))).to.equal(
        'permitted_document',
      );
      expect(await codeOf(on('document_area', 'guides', 'share', 'marc', low))).to.equal('action_unknown');
      expect(await codeOf(on('document_area', 'guides', 'read', 'marc'))).to.equal('acr_too_low');
      expect(await codeOf(on('document_area', 'guides', 'read', 'ailleurs', low))).to.equal('not_in_network');
    });

    it('opens an application to its network, and to whom chose it', async () => {
      expect(await codeOf(on('application', 'dcc', 'open', 'claire'))).to.equal('permitted_application');
      expect(await codeOf(on('application', 'dcc', 'open', 'ailleurs'))).to.equal('not_in_network');
      expect(await codeOf(on('application', 'dcc', 'open', 'choisi'))).to.equal('application_not_chosen');
      expect(await codeOf(on('application', 'annuaire', 'open', 'choisi'))).to.equal('permitted_application');
      expect(await codeOf(on('application', 'rien', 'open', 'claire'))).to.equal('application_unknown');
      expect(await codeOf(on('application', 'dcc', 'read', 'claire'))).to.equal('action_unknown');
      expect(await codeOf(on('application', 'dcc', 'open', 'suspendu'))).to.equal('account_inactive');
    });

    it('counts these checks, a line for equal ones, and names no person in them', async () => {
      for (let n = 0; n < 3; n++) await codeOf(on('application', 'dcc', 'open', 'claire'));
      await codeOf(on('application', 'dcc', 'open', 'ailleurs'));
      await world.access.canOpenApplication('claire', 'dcc');
      await world.audit.close();
      const { items } = await world.audit.list({ limit: 1_000 });
      expect(items.filter(({ type }) => type === 'access.decision.made')).to.deep.equal([]);
      const counted = items.filter(({ type }) => type === 'access.checks.counted');
      expect(
        counted.map(({ client, outcome, data }) => [client, outcome, data?.['code'], data?.['count']]),
      ).to.have.deep.members([
        ['dcc', 'success', 'permitted_application', 3],
        ['dcc', 'refused', 'not_in_network', 1],
        ['trousseau', 'success', 'permitted_application', 1],
      ]);
      expect(JSON.stringify(counted)).not.to.include('claire');
    });

    it('answers the kiosk without leaving a trace', async () => {
      expect(await world.access.canOpenApplication('claire', 'dcc')).to.equal(true);
      expect(await world.access.canOpenApplication('ailleurs', 'dcc')).to.equal(false);
      const { items } = await world.audit.list({ account: 'claire' });
      expect(items).to.deep.equal([]);
    });

    it('is explained in French, rule by rule', async () => {
      const text = await world.access.explain(ask('claire', 'read', 'pk-ferme'), world.caller('dcc'));
      expect(text).to.include('consent_missing').and.to.match(/✗ 13/u);
    });
  });

  describe('fails closed', () => {
    it('trap 11: before the policy is loaded', async () => {
      await open({ load: false });
      expect(() => world.access.check())
        .to.throw()
        .with.property('code', 'access.policy_unavailable');
      expect(await refusal(decide(ask('claire', 'read', 'pk-ouvert')))).to.equal('access.policy_unavailable');
      expect(await refusal(world.access.canOpenApplication('claire', 'dcc'))).to.equal(
        'access.policy_unavailable',
      );
      const answer = await world.send('POST', '/access/v1/evaluation', ask('claire', 'read', 'pk-ouvert'));
      expect([answer.status, answer.json['code']]).to.deep.equal([503, 'access.policy_unavailable']);
      await world.access.load();
      world.access.check();
      expect(await codeOf(ask('claire', 'read', 'pk-ouvert'))).to.equal('permitted_creator');
    });

    it('when the trace cannot be written', async () => {
      const unavailable = new AppError({
        code: 'audit.unavailable',
        status: 503,
        publicMessage: 'Indisponible.',
      });
      await open({ audit: real => ({ ...real, record: () => Promise.reject(unavailable) }) });
      expect(await refusal(decide(ask('claire', 'read', 'pk-ouvert')))).to.equal('audit.unavailable');
    });

    it('when the facts cannot be read', async () => {
      const unavailable = new AppError({
        code: 'store.unavailable',
        status: 503,
        publicMessage: 'Indisponible.',
      });
      await open({
        directory: real => ({
          ...real,
          networks: { ...real.networks, get: () => Promise.reject(unavailable) },
        }),
      });
      expect(await refusal(decide(ask('claire', 'read', 'pk-ouvert')))).to.equal('store.unavailable');
    });

    it('when the engine itself fails, with an alarm', async () => {
      await open({
        directory: real => ({
          ...real,
          networks: { ...real.networks, get: () => Promise.reject(new RangeError('a fault of ours')) },
        }),
      });
      const { decision, context } = await decide(ask('claire', 'read', 'pk-ouvert'));
      expect([decision, context.reason_code]).to.deep.equal([false, 'engine_error']);
      const { items } = await world.audit.list({ limit: 1000 });
      expect(items.map(({ type }) => type))
        .to.include('access.engine.failed')
        .and.to.include('access.decision.made');
      expect(world.log.some(({ message }) => message === 'access: the engine failed and refused')).to.equal(
        true,
      );
    });
  });
});
