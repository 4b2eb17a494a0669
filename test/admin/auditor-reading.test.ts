import { expect } from 'chai';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';

describe('what an auditor reads', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const readings = async () =>
    (await app.services.audit.list({ limit: 1000 })).items
      .filter(({ type }) => type === 'admin.page.read')
      .map(({ actor, data }) => [actor, data?.['target']]);

  it('is in the trail, page by page, without what was searched there', async () => {
    await desk.page('nadia', '/admin/applications?q=secret-word');
    await desk.page('nadia', '/admin/networks/cancerologie');
    expect(await readings()).to.deep.equal([
      ['acc-nadia', '/admin/applications'],
      ['acc-nadia', '/admin/networks/cancerologie'],
    ]);
  });

  it('is not what an administrator reads, nor a page that is refused', async () => {
    const before = await readings();
    await desk.page('anne', '/admin/applications');
    await desk.page('noe', '/admin/organisations/clinique');
    expect(await readings()).to.deep.equal(before);
  });
});
