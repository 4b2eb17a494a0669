import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { compilePolicy } from '../../../src/access/engine/compile.ts';
import { compareWithCasbin } from '../../../src/access/engine/compare.ts';
import { openCasbin } from '../../../src/access/engine/casbin.ts';
import type { PolicyRow } from '../../../src/access/engine/read-policy.ts';
import { POLICY_VOCABULARY, PROFILES } from '../../../src/access/vocabulary.ts';
import { createDice, type Dice } from '../../policies/random-region.ts';

const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));
const CELLS = PROFILES.flatMap(profile =>
  Object.entries(POLICY_VOCABULARY).flatMap(([type, actions]) =>
    actions.map(action => ({ profile, type, action })),
  ),
);

/** Any rows in any order: deny rows among the others, and several for one question, which the linter would refuse. */
const randomRows = (dice: Dice): PolicyRow[] =>
  Array.from({ length: 1 + dice.roll(60) }, (_, index) => ({
    line: index + 1,
    ...dice.pick(CELLS.slice(0, 60)),
    effect: dice.chance(0.7) ? 'allow' : 'deny',
  }));

describe('the compiled policy', () => {
  let model = '';
  before(async () => {
    model = await readFile('policies/model.conf', 'utf8');
  });

  it(`answers as casbin does, by the same row, for random policies (TEST_SEED=${seed})`, async () => {
    const dice = createDice(seed);
    for (let round = 0; round < 25; round += 1) {
      // Casbin keeps one of equal rows: so does a policy file.
      const rows = [
        ...new Map(randomRows(dice).map(row => [Object.values({ ...row, line: 0 }).join(), row])).values(),
      ];
      const casbin = await openCasbin(model, rows);
      const compiled = compilePolicy(casbin.model, rows);
      for (const { profile, type, action } of CELLS.slice(0, 70)) {
        const [found, expected] = [compiled, casbin].map(engine => engine.row(profile, type, action));
        expect(found, JSON.stringify({ profile, type, action, rows })).to.equal(expected);
      }
    }
  });

  it('is refused when it answers one question otherwise than casbin', async () => {
    const rows: PolicyRow[] = [
      { line: 1, profile: 'auditeur', type: 'audit', action: 'read', effect: 'allow' },
      { line: 2, profile: 'auditeur', type: 'audit', action: 'export', effect: 'allow' },
    ];
    const [casbin, other] = await Promise.all([openCasbin(model, rows), openCasbin(model, rows.slice(0, 1))]);
    const compiled = compilePolicy(casbin.model, rows);
    await compareWithCasbin(compiled, casbin);
    const refusal = await compareWithCasbin(compiled, other).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'access.policy_invalid');
  });

  const row: PolicyRow = {
    line: 1,
    profile: 'auditeur',
    type: 'audit',
    action: 'read',
    effect: 'allow',
  };
  for (const [title, change] of [
    ['another matcher', (text: string) => text.replace('r.action == p.action', 'r.action != p.action')],
    [
      'another effect',
      (text: string) => text.replace('priority(p.eft) || deny', 'some(where (p.eft == allow))'),
    ],
    ['columns in another order', (text: string) => text.replace('p = profile, type', 'p = type, profile')],
  ] as const)
    it(`is not made of ${title}`, async () => {
      const casbin = await openCasbin(change(model), [row]);
      expect(() => compilePolicy(casbin.model, [row]))
        .to.throw()
        .with.property('code', 'access.policy_invalid');
    });

  it('is not made of more profiles than a mask has bits', async () => {
    const rows = Array.from({ length: 32 }, (_, index) => ({ ...row, line: index, profile: `p${index}` }));
    const casbin = await openCasbin(model, rows);
    expect(() => compilePolicy(casbin.model, rows))
      .to.throw()
      .with.property('code', 'access.policy_invalid');
  });
});
