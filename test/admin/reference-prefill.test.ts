import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { createReference } from '../../src/admin/reference/index.ts';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { countsOf, uploadPeople } from '../support/people-file.ts';

const RPPS = '99700252580';

describe('the national registers beside the forms', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const fieldsOf = async (who: string, address: string, form: string) =>
    (await desk.page(who, address)).forms.find(({ id }) => id === form)?.fields;

  it('are not offered before one was imported', async () => {
    expect(await fieldsOf('paul', `/admin/people/new?rpps=${RPPS}`, 'prefill')).to.equal(undefined);
  });

  describe('once they were', () => {
    before(async () => {
      const reference = createReference(app.services);
      const rpps = path.join(app.dataDir, 'rpps.txt');
      await writeFile(
        rpps,
        `Identification nationale PP|Code civilité|Nom d'exercice|Prénom d'exercice|Code profession|Code savoir-faire\n8${RPPS}|MME|LE GOFF|ANNE-LISE|10|SM36\n`,
      );
      await reference.importFile('rpps', rpps);
      const finess = path.join(app.dataDir, 'finess.csv');
      await writeFile(
        finess,
        `structureet;370000028;370000051;CLIN;CLINIQUE DES LILAS;;;;;;;;;;;37000 TOURS\n`,
      );
      await reference.importFile('finess', finess);
    });

    it('fill in the identity of a new person, who is still to be validated', async () => {
      expect(await fieldsOf('paul', `/admin/people/new?rpps=${RPPS}`, 'person')).to.include({
        family_name: 'Le Goff',
        given_name: 'Anne-Lise',
        national_ids: `8${RPPS}`,
      });
      expect((await app.services.directory.professionals.findByNationalId(`8${RPPS}`)) ?? null).to.equal(
        null,
      );
    });

    it('say when they know nothing, and lose nothing of the page', async () => {
      for (const number of ['99700366240', '123', '%3Cscript%3E']) {
        const page = await desk.page('paul', `/admin/people/new?rpps=${number}`);
        expect(page.status).to.equal(200);
        expect(page.body).to.include('aria-invalid="true"').and.not.to.include('<script>');
        expect(page.forms.find(({ id }) => id === 'person')?.fields).to.include({ family_name: '' });
      }
    });

    it('name an establishment by its FINESS number', async () => {
      const fields = await fieldsOf('anne', '/admin/organisations/new?from_finess=370000028', 'organisation');
      expect(fields).to.include({ name: 'Clinique Des Lilas', finess: '370000028' });
    });

    it('warn of a line that gives a number to another name', async () => {
      const seat = await desk.seat('paul');
      const page = await uploadPeople(
        seat,
        app.issuer,
        `Nom;Prénom;Mail;RPPS\nAutre;Nom;autre.nom@chu.example;${RPPS}\n`,
        { network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' },
      );
      expect(countsOf(page)).to.deep.equal({ create: 1 });
      expect(page.body).to.include('LE GOFF ANNE-LISE');
    });
  });
});
