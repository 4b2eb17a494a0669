import { insKey } from '#kernel/index.ts';
import { expect } from 'chai';
import { keyLinksSpec } from '../../src/access/records/collections.ts';
import { decided, openTrailWorld, type TrailWorld } from './trail-world.ts';

const INS = `2550699012341${insKey('2550699012341')}`;

describe('reports of the trail: who opened a record, what a person did', () => {
  let world: TrailWorld;
  before(async () => {
    world = await openTrailWorld();
  });
  after(() => world.app.destroy());

  it('are for who audits the network in the whole region', async () => {
    for (const who of ['noe', 'paul', 'carole'])
      for (const to of ['?record=key-onco', '/records/key-onco', '/records/key-onco/csv'])
        await world.refused(who, `/admin/trail${to}`);
    // A key hides in the lines about their own people.
    expect((await world.visit('noe', '/admin/trail?person=acc-claire')).body).not.to.include('key-onco');
  });

  it('show who was let in, when, why, at which level, and not who was refused', async () => {
    const page = await world.visit('nadia', '/admin/trail/records/key-onco');
    expect(page.status).to.equal(200);
    expect(page.body.match(/<th scope="row">/gu)).to.have.length(2);
    expect(page.body).to.match(/Luc TEST[^]*bris de glace[^]*niveau 3[^]*Claire TEST/u);
  });

  it('name both who asked and on whose behalf: on the page, in the file, and in what is handed to the patient', async () => {
    await world.app.services.audit.record(decided, {
      actor: 'acc-luc',
      onBehalfOf: 'acc-claire',
      patientKey: 'key-delegated',
      client: 'viewer',
      acr: 'urn:trousseau:acr:mfa',
      outcome: 'success',
      data: { resourceType: 'patient_record', action: 'read', network: 'cancerologie', code: 'any' },
    });
    const report = '/admin/trail/records/key-delegated';
    expect((await world.visit('nadia', report)).body).to.match(/Luc TEST, au nom de Claire TEST/u);
    expect((await world.visit('nadia', `${report}/csv`)).body).to.match(
      /;"Luc TEST";"Claire TEST";"key-delegated";/u,
    );
    const parts: string[] = [];
    for await (const part of world.app.admin.reports.write({
      about: { record: 'key-delegated' },
      format: 'text',
    }))
      parts.push(part);
    expect(parts.join('')).to.match(/, par Luc TEST, au nom de Claire TEST\./u);
  });

  it('of a network that the auditor does not audit stay closed, whether they exist or not', async () => {
    for (const key of ['key-peri', 'key-none']) {
      const page = await world.visit('nadia', `/admin/trail/records/${key}`);
      expect(page.status).to.equal(200);
      expect(page.body).not.to.include('<th scope="row">');
    }
    expect((await world.visit('anne', '/admin/trail/records/key-peri')).body).to.include('<th scope="row">');
  });

  it('of a patient with several keys are read together, for who audits the network where they were joined', async () => {
    const links = world.app.services.store.collection(keyLinksSpec);
    const join = (network: string, ends: readonly [string, string]) =>
      links.insert({
        id: `${network}/${ends[0]}~${ends[1]}`,
        network,
        ends,
        client: 'viewer',
        linkedAt: 0,
        by: 'acc-claire',
        method: 'oral',
        collectedAtMs: 0,
      });
    await world.opens('claire', 'key-two-a', 'cancerologie');
    await world.opens('luc', 'key-two-b', 'cancerologie');
    await world.opens('karim', 'key-two-c', 'cancerologie');
    // Joined in a network that nadia does not audit, and another patient there.
    await world.opens('perine', 'key-two-d', 'perinatalite');
    await world.opens('libre', 'key-two-d', 'cancerologie');
    await join('cancerologie', ['key-two-a', 'key-two-b']);
    await join('cancerologie', ['key-two-b', 'key-two-c']);
    await join('perinatalite', ['key-two-a', 'key-two-d']);
    const rows = (body: string) => body.match(/<th scope="row">/gu)?.length;
    for (const key of ['key-two-a', 'key-two-c']) {
      const page = await world.visit('nadia', `/admin/trail/records/${key}`);
      expect(rows(page.body), key).to.equal(3);
      expect(page.body).to.match(/Karim TEST[^]*Luc TEST[^]*Claire TEST/u);
      expect(page.body).not.to.include('key-two-d');
      const csv = await world.visit('nadia', `/admin/trail/records/${key}/csv`);
      expect(csv.body.trim().split('\n'), key).to.have.length(5);
    }
    const whole = await world.visit('anne', '/admin/trail/records/key-two-a');
    expect(rows(whole.body)).to.equal(4);
    expect(whole.body).to.include('Perine TEST').and.not.to.include('Libre TEST');
    expect(rows((await world.visit('nadia', '/admin/trail/records/key-two-d')).body)).to.equal(1);
  });

  it('are asked for by their key: an INS goes no further, nor into the trail', async () => {
    await world.refused('anne', `/admin/trail/records/${INS}`, 'admin.invalid');
    await world.refused('anne', '/admin/trail?record=2%2055%2006', 'admin.invalid');
    const lines = (await world.app.services.audit.backwards({ limit: 500 })).items;
    expect(JSON.stringify(lines)).not.to.include(INS);
  });

  it('gives reports as files in which nothing is a formula, and which say that they are whole', async () => {
    const file = await world.visit('anne', '/admin/trail/people/acc-anne/csv');
    expect(file.headers.get('content-type')).to.match(/^text\/csv/u);
    const rows = file.body.split('\r\n');
    expect(file.body).to.include(`"'=cmd|calc!A1"`);
    for (const row of rows)
      for (const cell of row.split(';')) expect(cell.replace(/^\uFEFF?"/u, '')).not.to.match(/^[=+\-@\t\r]/u);
    expect(rows.at(-2)).to.match(/^"Fin du rapport/u);
  });
});
