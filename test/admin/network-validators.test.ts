import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';

const PAGE = '/admin/networks/perinatalite/validators';

describe('the validators of a network', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const validators = async () =>
    (await app.services.directory.networks.get('perinatalite'))?.validators ?? [];
  const eventsOf = async (type: string) =>
    (await app.services.audit.list({ limit: 1000 })).items.filter(line => line.type === type).length;

  it('are searched, named once and removed by the region, and stand in the trail', async () => {
    const found = await desk.page('anne', `${PAGE}?q=karim`);
    expect(found.body).to.contain('value="acc-karim"').and.not.to.contain('value="acc-claire"');
    for (let times = 0; times < 2; times += 1) await desk.post('anne', PAGE, PAGE, { sub: 'acc-karim' });
    expect(await validators()).to.deep.equal(['acc-karim']);
    expect((await desk.page('anne', PAGE)).body).to.contain('Karim Test');
    await desk.post('anne', PAGE, `${PAGE}/remove`, { sub: 'acc-karim' });
    expect(await validators()).to.deep.equal([]);
    expect(await eventsOf('admin.validator.added')).to.be.at.least(1);
    expect(await eventsOf('admin.validator.removed')).to.equal(1);
  });

  it('are no unknown, inactive or already removed person', async () => {
    await app.services.directory.professionals.update('acc-luc', luc => ({ ...luc, status: 'suspended' }));
    expect((await desk.post('anne', PAGE, PAGE, { sub: 'acc-luc' })).alertCode).to.equal(
      'admin.account_inactive',
    );
    for (const [path, sub] of [
      [PAGE, 'acc-nobody'],
      [`${PAGE}/remove`, 'acc-claire'],
    ] as const)
      expect((await desk.post('anne', PAGE, path, { sub })).status, path).to.be.oneOf([404, 422]);
    expect(await validators()).to.deep.equal([]);
  });

  it('are not chosen by a local administrator', async () => {
    expect((await desk.page('paul', PAGE)).status).to.be.oneOf([403, 404]);
    const answer = await desk.post('paul', '/account', PAGE, { sub: 'acc-paul' });
    expect(answer.status).to.be.oneOf([403, 404]);
    expect(await validators()).to.deep.equal([]);
  });
});
