import { expect } from 'chai';
import { explanationText, type Explanation, type ExplanationRequest } from '#access/index.ts';
import { REGION } from './region.ts';
import { createWorld, type TestWorld } from './world.ts';

const CODE = 'urn:trousseau:acr:code';
const MFA = 'urn:trousseau:acr:mfa';

describe('an explanation', () => {
  let world: TestWorld;
  before(async () => (world = await createWorld(REGION)));
  after(() => world.close());

  const explain = (account: string, more: Partial<ExplanationRequest> = {}): Promise<Explanation> =>
    world.access.explainer.explain({
      account,
      action: 'read',
      network: 'cancerologie',
      purpose: 'normal',
      acr: CODE,
      ...more,
    });
  const codeOf = ({ decision }: Explanation) => decision?.context.reason_code;
  const waysOf = ({ ways }: Explanation) => ways.map(({ changes, code }) => [changes.length, code]);

  it('is the decision of the rules, step by step, with the row of the policy', async () => {
    const explanation = await explain('claire', { patientKey: 'pk-ouvert' });
    expect(codeOf(explanation)).to.equal('permitted_creator');
    expect(explanation.steps.map(({ rule }) => rule)).to.deep.equal(
      Array.from({ length: 15 }, (_, index) => String(index + 1)),
    );
    expect(explanation.steps.at(-1)?.state).to.equal('permitted');
    expect(explanation.steps.filter(({ state }) => state === 'aside').map(({ rule }) => rule)).to.deep.equal([
      '9',
      '10',
      '11',
      '14',
    ]);
    expect(explanation.rows[0]?.text).to.equal('p, utilisateur_cancerologie, patient_record, read, allow');
    expect(explanation.ways).to.deep.equal([]);
  });

  it('tells what would change a refusal, the least first, each found by deciding again', async () => {
    const explanation = await explain('hugo', { patientKey: 'pk-ouvert', acr: MFA });
    expect(codeOf(explanation)).to.equal('consent_missing');
    expect(explanation.steps.slice(-2).map(({ rule, state }) => [rule, state])).to.deep.equal([
      ['15', 'unmet'],
      ['16', 'refused'],
    ]);
    expect(waysOf(explanation)).to.deep.equal([
      [1, 'permitted_party'],
      [1, 'permitted_party_organisation'],
      [1, 'permitted_rcp'],
      [1, 'permitted_break_glass'],
    ]);
  });

  it('joins changes that only help together', async () => {
    const stranger = await explain('ailleurs', { patientKey: 'pk-ouvert', acr: 'urn:trousseau:acr:pwd' });
    expect(codeOf(stranger)).to.equal('acr_too_low');
    expect(waysOf(stranger)[0]).to.deep.equal([3, 'permitted_party']);
    for (const { changes } of stranger.ways)
      for (const said of changes) expect(said.length, said).to.be.below(200);
    const suspended = await explain('suspendu', { patientKey: 'pk-inconnu' });
    for (const [changes] of waysOf(suspended)) expect(changes).to.be.greaterThan(1);
  });

  it('names of the profiles those alone with which the rules permit the whole', async () => {
    const { ways } = await explain('ailleurs', { patientKey: 'pk-ouvert', acr: MFA });
    const profilesOf = (code: string) => ways.find(way => way.code === code)?.changes.join(' ') ?? '';
    expect(profilesOf('permitted_party')).to.match(/limité/u);
    expect(profilesOf('permitted_break_glass'))
      .to.match(/cancérologie/u)
      .and.not.match(/limité|Pharmacien/u);
  });

  it('is of another date over the facts of today', async () => {
    const before = await explain('claire', { patientKey: 'pk-ouvert', atMs: Date.parse('2000-01-01') });
    expect(codeOf(before)).to.equal('patient_not_informed');
    expect(before.decision?.context.reason_admin.facts).to.include({ simulated: true });
  });

  it('without a record goes as far as the rules that know no patient', async () => {
    const open = await explain('claire');
    expect(open.decision).to.equal(undefined);
    expect(open.steps.map(({ rule }) => rule)).to.deep.equal(['1', '2', '3', '4', '5', '6', '7']);
    const shut = await explain('marc', { action: 'write' });
    expect(codeOf(shut)).to.equal('profile_lacks_action');
    expect(waysOf(shut)).to.deep.equal([[1, undefined]]);
  });

  it('says what it counted, and what an emergency lacked, in the words of the language', async () => {
    const saidOf = ({ steps }: Explanation, id: string) => steps.find(({ rule }) => rule === id)?.said ?? '';
    const many = await explain('hugo', { patientKey: 'pk-ouvert' });
    expect(saidOf(many, '15')).to.match(/\b2 accès désignés\b/u);
    const asked = { patientKey: 'pk-ouvert', purpose: 'bris_de_glace', acr: MFA } as const;
    const unwritten = await explain('claire', asked);
    const written = await explain('claire', { ...asked, reason: 'Appelée aux urgences' });
    expect(saidOf(unwritten, '9')).not.to.equal(saidOf(written, '9'));
    const past = await explain('claire', { patientKey: 'pk-ouvert', atMs: 0 });
    expect(explanationText(past)).not.to.match(/\b(?:true|false)\b/u);
  });

  it('of a delegation names what is missing of it', async () => {
    const missing = await explain('hugo', { patientKey: 'pk-ouvert', onBehalfOf: 'claire' });
    expect(codeOf(missing)).to.equal('delegation_missing');
    expect(waysOf(missing)[0]).to.deep.equal([1, 'permitted_creator']);
  });

  it('leaves no trace of its own', async () => {
    const count = async () => (await world.audit.list({ limit: 1000 })).items.length;
    const before = await count();
    await explain('claire', {
      patientKey: 'pk-ouvert',
      purpose: 'bris_de_glace',
      reason: 'Motif suffisant',
      acr: MFA,
    });
    expect(await count()).to.equal(before);
    const { items } = await world.access.emergencies.list('cancerologie', { state: 'all', limit: 10 });
    expect(items).to.deep.equal([]);
  });
});
