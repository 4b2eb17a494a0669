import { expect } from 'chai';
import { exampleRegion, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor } from '../support/relying-party.ts';

const JOB = 'accounts.dormancy';
const DAY = 86_400;
const YEAR = 367 * DAY;

describe('accounts that nobody uses', () => {
  let app: TestApp;
  before(async () => {
    const region = exampleRegion({ colleagues: ['rene.regional', 'tina.revenue'] });
    const chief = region.accounts.find(({ login }) => login === 'rene.regional');
    Object.assign(chief ?? {}, {
      memberships: [{ network: 'cancerologie', profile: 'administrateur_regional' }],
    });
    // A password that ran out meanwhile is another test's.
    app = await startTestApp({ region, env: { TROUSSEAU_PASSWORD_MONTHS: '0' } });
  });
  after(() => app.destroy());

  const statusOf = async (sub: string) => (await app.services.directory.professionals.get(sub))?.status;
  async function mailsTo(login: string, word: string) {
    const mails = await app.mails();
    return mails.filter(({ to, subject }) => to === `${login}@chu.example` && subject.includes(word)).length;
  }

  it('are told of once, over many runs, and suspended a month later unless their owner came back', async () => {
    await app.jobs.runNow(JOB);
    expect(await mailsTo('marc.lefevre', 'bientôt')).to.equal(0);
    app.clock.advance(YEAR - 30 * DAY);
    await createVisitor(app).signIn('claire.dupont');
    app.clock.advance(30 * DAY);
    for (let day = 0; day < 3; day++) {
      await app.jobs.runNow(JOB);
      app.clock.advance(9 * DAY);
    }
    expect(await mailsTo('marc.lefevre', 'bientôt')).to.equal(1);
    expect(await mailsTo('claire.dupont', 'bientôt')).to.equal(0);
    expect(await mailsTo('clos.ferme', 'bientôt')).to.equal(0);
    await createVisitor(app).signIn('tina.revenue');
    expect(await statusOf('acc-marc')).to.equal('active');
    app.clock.advance(4 * DAY);
    await Promise.all([app.jobs.runNow(JOB), app.jobs.runNow(JOB)]);
    const statuses = await Promise.all(
      ['marc', 'claire', 'tina-revenue', 'rene-regional'].map(id => statusOf(`acc-${id}`)),
    );
    expect(statuses).to.deep.equal(['suspended', 'active', 'active', 'active']);
    expect(await mailsTo('marc.lefevre', 'suspendu')).to.equal(2);
    const traces = await app.services.audit.newest({
      account: 'acc-marc',
      type: 'accounts.account.suspended',
      limit: 5,
      months: 1,
    });
    expect(traces).to.have.length(1);
  });

  it('have a month again once an administrator has opened them', async () => {
    await app.services.directory.professionals.update('acc-marc', person => ({
      ...person,
      status: 'active',
    }));
    await app.jobs.runNow(JOB);
    app.clock.advance(20 * DAY);
    await app.jobs.runNow(JOB);
    expect(await statusOf('acc-marc')).to.equal('active');
    expect(await mailsTo('marc.lefevre', 'bientôt')).to.equal(2);
    app.clock.advance(11 * DAY);
    await app.jobs.runNow(JOB);
    expect(await statusOf('acc-marc')).to.equal('suspended');
  });
});
