import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import { buildPolicy, type Policy } from '../../src/access/engine/index.ts';
import { factsOfTable, regionTableSchema } from '../../src/access/facts/table-facts.ts';
import { ownInquiry, type Inquiry } from '../../src/access/inquiry.ts';
import { createJudge } from '../../src/access/judge.ts';

/** A pharmacist, whom the policy lets read and not share. */
const facts = factsOfTable(
  regionTableSchema.parse({
    networks: [{ id: 'cancerologie', regime: 'consentement' }],
    accounts: [{ sub: 'acc', memberships: [{ network: 'cancerologie', profile: 'pharmacien' }] }],
    records: [
      {
        patient_key: 'pk',
        network: 'cancerologie',
        creator: 'acc',
        informed_at: '2026-01-01T00:00:00Z',
        consented_at: '2026-01-01T00:00:00Z',
      },
    ],
  }),
);

const inquiryOf = (action: string): Inquiry =>
  ownInquiry({
    nowMs: systemClock.nowMs(),
    account: 'acc',
    action,
    resource: { type: 'patient_record', id: 'pk' },
    network: 'cancerologie',
  });

describe('the engine checked in service by casbin', () => {
  let policy: Policy;
  let alarms: string[];
  const open = (checkedEach: number) =>
    createJudge({
      facts,
      imageOf: () => undefined,
      audit: { record: async ({ type }) => void alarms.push(type) },
      logger: { info: () => {}, error: () => {} },
      checkedEach,
      behindMs: 60,
    });
  /** As a compiled table with a fault: everybody may do everything. */
  const faulty = (): Policy => ({ ...policy, row: () => policy.row('pharmacien', 'patient_record', 'read') });

  before(async () => {
    policy = await buildPolicy('policies');
  });
  beforeEach(() => {
    alarms = [];
  });

  it('answers as it is when casbin agrees', async () => {
    const judge = open(1);
    expect((await judge.judge(inquiryOf('read'), policy)).verdict.code).to.equal('permitted_creator');
    expect((await judge.judge(inquiryOf('share'), policy)).verdict.code).to.equal('profile_lacks_action');
    expect(judge.differences).to.equal(0);
    expect(alarms).to.deep.equal([]);
  });

  it('denies, alarms, and lets casbin answer from then on when casbin does not agree', async () => {
    const judge = open(2);
    const wrong = faulty();
    expect((await judge.judge(inquiryOf('share'), wrong)).verdict.decision).to.equal(true);
    expect((await judge.judge(inquiryOf('share'), wrong)).verdict.code).to.equal('engine_error');
    expect(judge.differences).to.equal(1);
    expect(alarms).to.deep.equal(['access.engine.differed']);
    for (let turn = 0; turn < 5; turn += 1)
      expect((await judge.judge(inquiryOf('share'), wrong)).verdict.code).to.equal('profile_lacks_action');
    // Another policy is another table.
    expect((await judge.judge(inquiryOf('read'), policy)).verdict.code).to.equal('permitted_creator');
  });
});
