import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyAudit } from '#audit/index.ts';
import { expect } from 'chai';
import { openTrailWorld, type TrailWorld } from './trail-world.ts';

describe('the export of the trail', () => {
  let world: TrailWorld;
  before(async () => {
    world = await openTrailWorld();
  });
  after(() => world.app.destroy());

  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-export-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is no administrator’s, no local auditor’s, and not the auditor’s of one network', async () => {
    for (const who of ['anne', 'paul', 'carole'])
      await world.refused(who, '/admin/trail/export', 'admin.not_administrator');
    for (const who of ['noe', 'nadia']) {
      for (const to of ['/admin/trail/export', '/admin/trail/export/key'])
        await world.refused(who, to, 'admin.audit_partial');
      expect((await world.visit(who, '/admin/trail')).body).not.to.include('/admin/trail/export');
    }
  });

  it('is the auditor’s of every network of the region', async () => {
    await world.app.services.directory.professionals.update('acc-nadia', person => ({
      ...person,
      memberships: [
        ...person.memberships,
        ...person.memberships.map(held => ({ ...held, network: 'perinatalite' })),
      ],
    }));
    const { body } = await world.visit('nadia', '/admin/trail');
    expect(body).to.include('href="/admin/trail/export"');
  });

  it('verifies with the key that the page gives, is traced, and shows a line that was changed', async () => {
    const { browser, get } = await world.seat('nadia');
    const form = await get('/admin/trail/export');
    expect(form.status).to.equal(200);
    const publicKey = (await get('/admin/trail/export/key')).body;
    const day = new Date(world.app.clock.nowMs()).toISOString().slice(0, 10);
    const answer = await browser.submit(form, 'export', { from: day });
    expect(answer.headers.get('content-disposition')).to.match(/^attachment/u);
    const file = path.join(folder, 'traces.jsonl');
    await writeFile(file, answer.body);
    const report = await verifyAudit({ from: { file }, publicKeys: [publicKey] });
    expect(report).to.deep.include({ isIntact: true, uncoveredLines: 0 });
    expect(answer.body).to.include('Raison-Luc').and.to.include('"type":"admin.trail.exported"');
    await writeFile(file, answer.body.replace('Raison-Luc', 'Raison-Duc'));
    expect((await verifyAudit({ from: { file }, publicKeys: [publicKey] })).isIntact).to.equal(false);
  });

  it('says again what was typed when the days are none', async () => {
    const { browser, get } = await world.seat('nadia');
    const form = await get('/admin/trail/export');
    const answer = await browser.submit(form, 'export', { from: '2026-02-02', to: '2026-02-01' });
    expect(answer.status).to.equal(422);
    expect(answer.forms.find(({ id }) => id === 'export')?.fields).to.include({ from: '2026-02-02' });
  });

  it('asks for a fresh sign-in', async () => {
    const form = await world.visit('nadia', '/admin/trail/export');
    world.app.clock.advance(16 * 60);
    const late = await (await world.seat('nadia')).browser.submit(form, 'export', { from: '2026-02-02' });
    expect([late.status, late.alertCode]).to.deep.equal([403, 'admin.authentication_too_old']);
    expect(late.forms.find(({ id }) => id === 'export')?.fields).to.include({ from: '2026-02-02' });
    const page = await world.visit('nadia', '/admin/trail/export');
    expect(page.url.pathname).to.match(/^\/interaction/u);
  });
});
