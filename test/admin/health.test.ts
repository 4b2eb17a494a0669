import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { createReference } from '../../src/admin/reference/index.ts';
import { administeredRegion, seatOf } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const line = (number: number) =>
  `structureet;37000${String(number).padStart(4, '0')};370000051;CLIN;CLINIQUE ${number};;;12;R;DES LILAS;;;208;37;INDRE ET LOIRE;37000 TOURS;0247000000;;365;Etablissement de Soins;1102;Hôpital privé;26370018900012;8610Z;05;ARS;7;Privé;1970-01-01;1970-01-01;2024-01-01;`;

describe('the health of lists and outboxes', () => {
  let app: TestApp;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-health-'));
    app = await startTestApp({ region: administeredRegion() });
  });
  after(async () => {
    await app.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const importFiness = async (entries: number) => {
    const file = path.join(folder, `finess-${entries}.csv`);
    await writeFile(file, `${Array.from({ length: entries }, (_, at) => line(at)).join('\n')}\n`);
    await createReference(app.services).importFile('finess', file);
  };
  const states = (body: string) =>
    [...body.matchAll(/<span class="badge[^>]*>.*?<\/svg>([^<]+)<\/span>/gsu)].map(([, label]) => label);

  it('tells every administrator how old the registers are and what they hold', async () => {
    const paul = await seatOf(app, 'paul');
    expect(states((await paul.get('/admin/reference')).body)).to.deep.equal(['Absente', 'Absente']);
    await importFiness(40);
    const page = await paul.get('/admin/reference');
    expect(states(page.body)).to.deep.equal(['Absente', 'À jour']);
    expect(page.body).to.match(/<dt>Établissements<\/dt><dd>40<\/dd>/u);
    expect(page.body).to.include('import-finess');
  });

  it('is shown with the outboxes to who administers or audits the region, and exists for nobody else', async () => {
    app.outbox.register('test.late', async () => Promise.reject(new Error('later')), {
      title: 'Colis tardifs',
    });
    await app.outbox.enqueue('test.late', {}, { id: 'late:1' });
    await app.outbox.drain();
    for (const [who, status] of [
      ['anne', 200],
      ['nadia', 200],
      ['paul', 403],
      ['noe', 404],
      ['claire', 403],
    ] as const) {
      const page = await (await seatOf(app, who)).get('/admin/health');
      expect([who, page.status]).to.deep.equal([who, status]);
      expect(page.body.includes('Colis tardifs'), who).to.equal(status === 200);
    }
  });

  it('leads from the dashboard to a register that is old or came cut short', async () => {
    const anne = await seatOf(app, 'anne');
    const hasNote = async () =>
      (await anne.get('/admin')).body.includes('class="figure" href="/admin/health"');
    expect(await hasNote()).to.equal(false);
    await importFiness(10);
    expect(await hasNote()).to.equal(true);
    expect(states((await anne.get('/admin/reference')).body)).to.deep.equal(['Absente', 'Incomplète']);
    await importFiness(39);
    expect(await hasNote()).to.equal(false);
    app.clock.setMs(app.clock.nowMs() + 91 * 86_400_000);
    const later = await seatOf(app, 'anne');
    expect((await later.get('/admin')).body).to.include('class="figure" href="/admin/health"');
  });
});
