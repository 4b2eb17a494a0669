import { expect } from 'chai';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const DAY = 86_400;
const PERINE = 'acc-perine';
const PAGE = `/admin/people/${PERINE}/reset-factors`;

describe('the loss of somebody’s means of signing in', () => {
  let app: TestApp;
  let paul: Seat;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    paul = await seatOf(app, 'paul');
    const totp = app.factors.kind('totp', 5);
    await totp.add({ account: PERINE, name: 'Téléphone perdu', countsAt: app.clock.now(), data: {} });
    app.clock.advance(1);
  });
  after(() => app.destroy());

  async function mailsToPerine() {
    const person = await app.services.directory.professionals.get(PERINE);
    return (await app.mails()).filter(({ to }) => to === person?.email);
  }

  it('needs a reason, and says before what will happen', async () => {
    const page = await paul.get(PAGE);
    expect(page.body).to.include('Téléphone perdu');
    const refused = await paul.browser.submit(page, 'confirm', { reason: '' });
    expect(refused.status).to.equal(422);
    expect(await app.factors.counting(PERINE)).to.have.length(1);
  });

  it('sets what was enrolled aside at once, tells the person, and ends their sessions', async () => {
    await paul.browser.submit(await paul.get(PAGE), 'confirm', { reason: 'Téléphone volé, ticket 12' });
    expect(await app.factors.counting(PERINE)).to.deep.equal([]);
    expect(await app.factors.list(PERINE)).to.have.length(1);
    const [mail] = await mailsToPerine();
    expect(mail?.text).to.include('/account/factors');
    const [line] = await app.services.audit.newest({
      account: PERINE,
      type: 'admin.factors.reset',
      limit: 1,
      months: 1,
    });
    expect(line?.data).to.include({ reason: 'Téléphone volé, ticket 12' });
  });

  it('removes it at the end of the cool-down and tells the person once, however often the work runs', async () => {
    const before = (await mailsToPerine()).length;
    expect(await app.office.endResets()).to.equal(0);
    app.clock.advance(DAY);
    const ended = await Promise.all(Array.from({ length: 50 }, () => app.office.endResets()));
    expect(ended.filter(done => done > 0)).to.have.length(1);
    expect(await app.factors.list(PERINE)).to.deep.equal([]);
    expect(await mailsToPerine()).to.have.length(before + 1);
    expect(await app.factors.resets.isOpen(PERINE)).to.equal(true);
  });
});
