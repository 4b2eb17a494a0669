import { expect } from 'chai';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('the list of people', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
  });
  after(() => app.destroy());

  const namesFor = async (who: string, query = '') => {
    const page = await (await seatOf(app, who)).get(`/admin/people${query}`);
    expect(page.status).to.equal(200);
    return [...page.body.matchAll(/href="\/admin\/people\/acc-(\w+)"/gu)].map(([, name]) => name);
  };

  it('shows the whole region to its administrator, and one branch to a local one', async () => {
    expect(await namesFor('anne')).to.have.members([
      'anne',
      'paul',
      'colin',
      'carole',
      'nadia',
      'noe',
      'claire',
      'perine',
      'karim',
      'luc',
      'libre',
    ]);
    expect(await namesFor('paul')).to.have.members(['paul', 'carole', 'noe', 'claire', 'perine', 'karim']);
    expect(await namesFor('colin')).to.have.members(['colin', 'karim', 'luc']);
    expect(await namesFor('noe')).to.have.members(['paul', 'carole', 'noe', 'claire', 'perine', 'karim']);
  });

  it('finds any part of a name, an RPPS number or a login, accents and case apart, within the branch', async () => {
    expect(await namesFor('paul', '?q=LAIR')).to.deep.equal(['claire']);
    expect(await namesFor('paul', '?q=test%20clàire')).to.deep.equal(['claire']);
    expect(await namesFor('anne', '?q=99700218896')).to.deep.equal(['luc']);
    expect(await namesFor('paul', '?q=99700218896')).to.deep.equal([]);
    expect(await namesFor('paul', '?q=luc')).to.deep.equal([]);
  });

  it('narrows by network and profile through the memberships of the branch only', async () => {
    expect(await namesFor('paul', '?profile=utilisateur_cancerologie')).to.deep.equal(['claire']);
    expect(await namesFor('colin', '?profile=responsable_rcp')).to.deep.equal([]);
    expect(await namesFor('anne', '?network=perinatalite')).to.deep.equal(['perine']);
  });

  it('is nobody’s else', async () => {
    const page = await (await seatOf(app, 'claire')).get('/admin/people');
    expect(page.status).to.equal(403);
    expect(page.body).to.include('data-code="admin.not_administrator"');
  });
});
