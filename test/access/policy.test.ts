import { expect } from 'chai';
import { newEnforcer, newModel, StringAdapter } from 'casbin';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { policyTest } from '#access/index.ts';
import { isAppError } from '#kernel/index.ts';
import { buildPolicy } from '../../src/access/engine/index.ts';
import { createPolicies } from '../../src/access/policies.ts';
import { POLICY_VOCABULARY, PROFILES } from '../../src/access/vocabulary.ts';
import { copyPolicies, type PolicyFile, type PolicyFolder } from './policy-folder.ts';

const silent = { info: () => {}, error: () => {} };

const replace = (from: string, to: string) => (text: string) => {
  if (!text.includes(from)) throw new TypeError(`the policy has no ${from}`);
  return text.replace(from, to);
};

/** The line of a row that is added after an empty line. */
const ADDED = readFileSync('policies/policy.csv', 'utf8').split('\n').length + 1;

/** What is spoilt, how, and where the refusal must point. */
const MISTAKES: readonly (readonly [
  title: string,
  file: PolicyFile,
  change: (text: string) => string,
  where: string,
])[] = [
  ['an unknown section', 'model.conf', text => `${text}\n[role_magic]\nx = 1\n`, 'model.conf:18'],
  ['a missing section', 'model.conf', text => text.replace(/\[matchers\][^]*$/u, ''), 'model.conf :'],
  [
    'another effect',
    'model.conf',
    replace('priority(p.eft) || deny', '!some(where (p.eft == deny))'),
    'model.conf:13',
  ],
  [
    'an unknown function',
    'model.conf',
    replace('r.type == p.type', 'keyMatch(r.type, p.type)'),
    'model.conf:16',
  ],
  [
    'a negated unregistered function',
    'model.conf',
    replace('r.type == p.type', '!isSuspended(r.type)'),
    'model.conf:16',
  ],
  ['eval', 'model.conf', replace('r.type == p.type', 'eval(p.type)'), 'model.conf:16'],
  ['levels compared as text', 'model.conf', replace('r.type == p.type', 'r.type >= p.type'), 'model.conf:16'],
  ['an alternative', 'model.conf', replace('&& r.action', '|| r.action'), 'model.conf:16'],
  ['a field compared nowhere', 'model.conf', replace(' && r.action == p.action', ''), 'model.conf:16'],
  [
    'a field compared with another',
    'model.conf',
    replace('r.type == p.type', 'r.type == p.action'),
    'model.conf:16',
  ],
  [
    'another request',
    'model.conf',
    replace('r = profile, type, action', 'r = profile, action'),
    'model.conf:5',
  ],
  ['two matchers', 'model.conf', text => `${text}\nm = r.type == p.type\n`, 'model.conf:18'],
  ['a matcher of its own', 'model.conf', text => `${text}\nm2 = r.type == p.type\n`, 'model.conf:18'],
  ['a typo in an effect', 'policy.csv', replace('create, allow', 'create, alow'), 'policy.csv:8'],
  ['an unknown profile', 'policy.csv', replace('p, pharmacien,', 'p, farmacien,'), 'policy.csv:18'],
  [
    'an unknown action',
    'policy.csv',
    replace('patient_record, create', 'patient_record, destroy'),
    'policy.csv:8',
  ],
  [
    'a number where a word belongs',
    'policy.csv',
    replace('patient_record, create', 'patient_record, 10'),
    'policy.csv:8',
  ],
  ['an unknown type', 'policy.csv', replace('patient_record, create', 'patient, create'), 'policy.csv:8'],
  [
    'a name that objects have',
    'policy.csv',
    replace('patient_record, create', 'constructor, create'),
    'policy.csv:8',
  ],
  ['a missing column', 'policy.csv', replace(', create, allow', ', create'), 'policy.csv:8'],
  ['a column too many', 'policy.csv', replace('create, allow', 'create, allow, 1'), 'policy.csv:8'],
  [
    'a role line',
    'policy.csv',
    replace('p, pharmacien, patient_record, read, allow', 'g, pharmacien, medecin_rcp'),
    'policy.csv:18',
  ],
  ['a function in a cell', 'policy.csv', replace('p, pharmacien', 'p, keyMatch(r.profile)'), 'policy.csv:18'],
  [
    'the same right twice',
    'policy.csv',
    text => `${text}\np, pharmacien, patient_record, read, allow\n`,
    `policy.csv:${ADDED}`,
  ],
  [
    'a deny row after an allow row',
    'policy.csv',
    text => `${text}\np, auditeur, patient_record, read, deny\n`,
    `policy.csv:${ADDED}`,
  ],
  ['no row at all', 'policy.csv', () => '# nothing\n', 'policy.csv :'],
  ['deny rows only', 'policy.csv', () => 'p, auditeur, patient_record, read, deny\n', 'policy.csv :'],
  ['an unknown code', 'reasons.csv', replace('acr_too_low;', 'acr_low;'), 'reasons.csv:'],
  [
    'a missing sentence',
    'reasons.csv',
    replace('Votre compte n’est pas actif : adressez-vous à l’administrateur de votre établissement.', ''),
    'reasons.csv:',
  ],
  ['a code twice', 'reasons.csv', text => `${text}\nengine_error;a;b\n`, 'reasons.csv:'],
  [
    'a sentence that tells of the patient',
    'reasons.csv',
    text => text.replace(/^(consent_withdrawn);[^;]*/mu, '$1;Le patient a retiré son accord.'),
    'reasons.csv:',
  ],
  ['a grant twice', 'grants.csv', text => `${text}\nadministrateur_local, pharmacien, 1\n`, 'grants.csv:'],
  [
    'a giver who administers nothing',
    'grants.csv',
    text => `${text}\npharmacien, pharmacien, 1\n`,
    'grants.csv:',
  ],
  ['three persons', 'grants.csv', replace('pharmacien, 1', 'pharmacien, 3'), 'grants.csv:'],
  ['an unknown act', 'acts.csv', replace('account, close', 'account, destroy'), 'acts.csv:'],
  [
    'an unknown level',
    'acts.csv',
    replace('close, urn:trousseau:acr:code', 'close, urn:trousseau:acr:gold'),
    'acts.csv:',
  ],
  [
    'an age that is no number',
    'acts.csv',
    replace('close, urn:trousseau:acr:code, 15', 'close, urn:trousseau:acr:code, soon'),
    'acts.csv:',
  ],
  ['an act twice', 'acts.csv', text => `${text}\naccount, close, urn:trousseau:acr:mfa, -\n`, 'acts.csv:'],
  ['a table that is not JSON', 'cases.json', () => '{', 'cases.json :'],
  [
    'a table without cases',
    'cases.json',
    text => JSON.stringify({ ...JSON.parse(text), cases: [] }),
    'cases.json :',
  ],
  [
    'a table that expects something else',
    'cases.json',
    replace('"permitted_creator"', '"permitted_party"'),
    'cas 1',
  ],
  [
    'a row that the table contradicts',
    'policy.csv',
    text =>
      `p, pharmacien, patient_record, read, deny\n${text.replace('p, pharmacien, patient_record, read, allow', '')}`,
    'cas 3',
  ],
];

describe('the policy folder', () => {
  let folder: PolicyFolder;
  beforeEach(async () => {
    folder = await copyPolicies();
  });
  afterEach(() => folder.remove());

  it('is good as it is delivered', async () => {
    const report = await policyTest('policies');
    expect(report.isGood, report.text).to.equal(true);
  });

  for (const [title, file, change, where] of MISTAKES) {
    it(`is refused with its place for ${title}`, async () => {
      await folder.edit(file, change);
      const report = await policyTest(folder.path);
      expect(report.isGood).to.equal(false);
      expect(report.text).to.include(where);
      const policies = createPolicies({ folder: folder.path, logger: silent });
      await policies.load().then(
        () => expect.fail('loaded'),
        (error: unknown) => expect(isAppError(error, 'access.policy_invalid')).to.equal(true),
      );
      expect(() => policies.current())
        .to.throw()
        .with.property('code', 'access.policy_unavailable');
    });
  }

  for (const file of [
    'model.conf',
    'policy.csv',
    'reasons.csv',
    'grants.csv',
    'acts.csv',
    'cases.json',
  ] as const) {
    it(`is refused without ${file}`, async () => {
      await rm(join(folder.path, file));
      const report = await policyTest(folder.path);
      expect(report.isGood).to.equal(false);
      expect(report.text).to.include(file);
    });
  }

  it('names every mistake at once', async () => {
    const rows = (await readFile('policies/policy.csv', 'utf8')).match(/^p, .*$/gmu) ?? [];
    await folder.edit('policy.csv', text => text.replaceAll('allow', 'alow'));
    const report = await policyTest(folder.path);
    expect(rows).to.have.length.above(100);
    expect(report.text.split('\n').filter(line => line.startsWith('policy.csv:'))).to.have.length(
      rows.length,
    );
  });

  it('reads a byte order mark and CRLF as nothing', async () => {
    await folder.edit('policy.csv', text => `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    expect((await policyTest(folder.path)).isGood).to.equal(true);
  });

  it('answers as casbin does for every profile, type and action', async () => {
    const policy = await buildPolicy('policies');
    const [model, rows] = await Promise.all(
      ['model.conf', 'policy.csv'].map(file => readFile(join('policies', file), 'utf8')),
    );
    const casbin = await newEnforcer(newModel(model ?? ''), new StringAdapter(rows ?? ''));
    for (const [type, actions] of Object.entries(POLICY_VOCABULARY))
      for (const action of [...actions, 'destroy', ''])
        for (const profile of [...PROFILES, 'nobody', ''])
          expect(policy.row(profile, type, action) !== undefined, `${profile} ${action}`).to.equal(
            await casbin.enforce(profile, type, action),
          );
  });

  it('takes nothing from a deny row but what it denies', async () => {
    await folder.edit('policy.csv', text => `p, auditeur, patient_record, read, deny\n${text}`);
    const [before, after] = await Promise.all([buildPolicy('policies'), buildPolicy(folder.path)]);
    expect(after.version).not.to.equal(before.version);
    for (const action of POLICY_VOCABULARY['patient_record'] ?? [])
      for (const profile of PROFILES)
        expect(after.row(profile, 'patient_record', action) !== undefined).to.equal(
          before.row(profile, 'patient_record', action) !== undefined,
        );
  });

  it('trap 11: stays in force when the next one is refused, and is replaced whole when it is good', async () => {
    const policies = createPolicies({ folder: folder.path, logger: silent });
    const first = await policies.load();
    await folder.edit('policy.csv', text => `${text}\np, auditeur\n`);
    await policies.load().catch(() => {});
    expect(policies.current()).to.equal(first);
    await folder.edit('policy.csv', text =>
      text.replace('p, auditeur\n', 'p, auditeur, patient_record, read, allow\n'),
    );
    await folder.edit('cases.json', text => text.replace(/"id": "auditrice"/gu, '"id": "administratrice"'));
    const loads = Array.from({ length: 20 }, () => policies.load());
    const seen = new Set<boolean>();
    for (let turn = 0; turn < 200; turn += 1) {
      // No moment without a policy, nor with half of one.
      expect(policies.current().row('utilisateur_cancerologie', 'patient_record', 'read')).not.to.equal(
        undefined,
      );
      seen.add(policies.current().row('auditeur', 'patient_record', 'read') !== undefined);
      await new Promise(resolve => setImmediate(resolve));
    }
    await Promise.all(loads);
    expect(seen.has(false)).to.equal(true);
    expect(policies.current().row('auditeur', 'patient_record', 'read')).not.to.equal(undefined);
  });
});
