import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { apiOf, basicOf, startApiApp, type ApiClient, type ApiReply } from './api-client.ts';

interface Line {
  readonly line: string;
  readonly sub: string;
  readonly state: string;
  readonly is_mine: boolean;
}
const outcomeOf = ({ status, body }: ApiReply) => [status, body.code];
const linesOf = ({ body }: ApiReply) => (body['items'] ?? body['lines']) as readonly Line[];

describe('the administration API: access reviews', () => {
  let app: TestApp;
  let region: ApiClient;
  let chu: ApiClient;
  let clinique: ApiClient;
  let review: string;
  const dayAhead = (days: number) => new Date(app.clock.nowMs() + days * 86_400_000).toISOString();
  before(async () => {
    app = await startApiApp();
    region = await apiOf(app, basicOf('si-region'));
    chu = await apiOf(app, basicOf('si-chu'));
    clinique = await apiOf(app, basicOf('si-clinique'));
    const body = { name: 'Automne', network: 'cancerologie', organisation: 'chu', to: dayAhead(40) };
    const made = await region('POST', '/reviews', { body });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    review = String(made.body['review']);
  });
  after(() => app.destroy());

  it('are launched by the region only, one at a time for a branch', async () => {
    const body = { name: 'Autre', network: 'cancerologie', organisation: 'chu', to: dayAhead(40) };
    expect(outcomeOf(await region('POST', '/reviews', { body }))).to.deep.equal([409, 'admin.review_open']);
    expect((await chu('POST', '/reviews', { body })).status).to.equal(403);
  });

  it('are seen from their branch, and unknown from another', async () => {
    expect((await chu('GET', '/reviews')).body['total']).to.equal(1);
    expect((await clinique('GET', '/reviews')).body['total']).to.equal(0);
    for (const path of ['', '/lines', '/report'])
      expect(outcomeOf(await clinique('GET', `/reviews/${review}${path}`)), path).to.deep.equal([
        404,
        'admin.not_found',
      ]);
    const [first] = linesOf(await chu('GET', `/reviews/${review}/lines`));
    const path = `/reviews/${review}/lines/${first?.line}/decide`;
    expect((await clinique('POST', path, { body: { choice: 'keep' } })).status).to.equal(404);
  });

  it('take answers, with a reason for what takes something away', async () => {
    const lines = linesOf(await chu('GET', `/reviews/${review}/lines?limit=200`));
    const claire = lines.find(({ sub }) => sub === 'acc-claire');
    expect(claire?.is_mine).to.equal(true);
    const path = `/reviews/${review}/lines/${claire?.line}/decide`;
    expect((await chu('POST', path, { body: { choice: 'remove' } })).status).to.equal(422);
    const dry = await chu('POST', `${path}?dry_run=true`, { body: { choice: 'keep' } });
    expect(dry.body['changes']).to.have.property(claire?.line ?? '');
    const kept = await chu('POST', path, { body: { choice: 'keep' } });
    expect([kept.status, kept.body['state']]).to.deep.equal([200, 'keep']);
    const removed = await chu('POST', path, { body: { choice: 'remove', reason: 'A quitté le service' } });
    expect([removed.status, removed.body['state']]).to.deep.equal([200, 'remove']);
    const held = (await region('GET', '/people/acc-claire')).body['memberships'] as readonly {
      readonly in_force: boolean;
    }[];
    expect(held.every(membership => !membership.in_force)).to.equal(true);
    const paul = lines.find(({ sub }) => sub === 'acc-paul');
    const above = await chu('POST', `/reviews/${review}/lines/${paul?.line}/decide`, {
      body: { choice: 'keep' },
    });
    expect(above.body.code).to.equal('admin.review_of_superior');
  });

  it('give a report, whose reading is traced', async () => {
    const report = await chu('GET', `/reviews/${review}/report`);
    expect(linesOf(report)).to.have.length((report.body['review'] as { total: number }).total);
    const { items } = await app.services.audit.backwards({
      limit: 1,
      matches: ({ type }) => type === 'admin.review.report_read',
    });
    expect(items[0]).to.deep.include({ actor: 'client:si-chu', data: { target: review, via: 'api' } });
  });

  it('are closed at their end, and what nobody answered can be given back, with a reason', async () => {
    app.clock.advance(41 * 86_400);
    await app.jobs.runNow('admin.reviews');
    const suspended = linesOf(await region('GET', `/reviews/${review}/lines?state=suspended`));
    expect(suspended).to.have.length.at.least(1);
    const path = `/reviews/${review}/lines/${suspended[0]?.line}/restore`;
    expect((await region('POST', path, { body: {} })).status).to.equal(422);
    const restored = await region('POST', path, { body: { reason: 'Toujours en poste' } });
    expect([restored.status, restored.body['state']]).to.deep.equal([200, 'restored']);
  });
});
