import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createReference, inNameCase, type Reference } from '../../src/admin/reference/index.ts';
import { createShiftedClock, isAppError, type ShiftedClock } from '#kernel/index.ts';

import { expect } from 'chai';
import { openTestStore, type TestStore } from '../support/store.ts';

/** As the Annuaire Santé publishes it; columns that are not read are there too. */
const RPPS_HEADER =
  "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice|Libellé civilité d'exercice|Code civilité|Libellé civilité|Nom d'exercice|Prénom d'exercice|Code profession|Libellé profession|Code catégorie professionnelle|Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|Code savoir-faire|Libellé savoir-faire|Code mode exercice|Libellé mode exercice|Numéro SIRET site|Numéro SIREN site|Numéro FINESS site|Numéro FINESS établissement juridique|Identifiant technique de la structure|Raison sociale site|Enseigne commerciale site|";

const rppsLine = (number: string, family: string, savoir = 'SM36', finess = '370000481') =>
  `8|${number}|8${number}|DR|Docteur|MME|Madame|${family}|ANNE-LISE|10|Médecin|C|Civil|S|Spécialité ordinale|${savoir}|Oncologie option médicale|S|Salarié|||${finess}||F${finess}|CHU BRETONNEAU||`;

const finessLine = (number: string, name = 'CLINIQUE DU PARC') =>
  `structureet;${number};370000051;CLIN;${name};;;12;R;DES LILAS;;;208;37;INDRE ET LOIRE;37000 TOURS;0247000000;;365;Etablissement de Soins;1102;Hôpital privé;26370018900012;8610Z;05;ARS;7;Privé;1970-01-01;1970-01-01;2024-01-01;`;

describe('reference data', () => {
  let folder: string;
  let store: TestStore;
  let clock: ShiftedClock;
  let reference: Reference;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-reference-'));
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    reference = createReference({ store, clock });
  });
  afterEach(async () => {
    await store.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const fileOf = async (lines: readonly string[], encoding: 'utf8' | 'latin1' = 'utf8') => {
    const file = path.join(folder, 'extract.txt');
    await writeFile(file, `${lines.join('\n')}\n`, encoding);
    return file;
  };

  it('knows a professional of the public extract by RPPS number, with every activity', async () => {
    const report = await reference.importFile(
      'rpps',
      await fileOf([
        RPPS_HEADER,
        rppsLine('99700366240', 'LE GOFF'),
        rppsLine('99700218896', 'MARTIN'),
        rppsLine('99700366240', 'LE GOFF', 'SM21', '2A0000014'),
        rppsLine('99700366241', 'FAUX'),
      ]),
    );
    expect(report).to.deep.equal({ entries: 2, refused: 1, removed: 0, isSuspect: false });
    const known = await reference.lookupRpps('99700366240');
    expect(known).to.deep.include({ familyName: 'LE GOFF', civility: 'MME', profession: '10' });
    expect(known?.specialties).to.deep.equal(['SM36', 'SM21']);
    expect(known?.activities.map(({ finess }) => finess)).to.deep.equal(['370000481', '2A0000014']);
    expect(await reference.lookupRpps('899700218896')).to.include({ familyName: 'MARTIN' });
    expect(await reference.lookupRpps('99700367909')).to.equal(null);
    expect(inNameCase('LE GOFF-D’ALEMBERT')).to.equal('Le Goff-D’Alembert');
  });

  it('reads columns by their titles, whatever their order, and the encodings of yesterday', async () => {
    const moved = (line: string) => line.split('|').reverse().join('|');
    await reference.importFile(
      'rpps',
      await fileOf([moved(RPPS_HEADER), moved(rppsLine('99700366240', 'FRÉMONT'))], 'latin1'),
    );
    expect(await reference.lookupRpps('99700366240')).to.include({ familyName: 'FRÉMONT' });
  });

  it('knows an establishment by FINESS number', async () => {
    const report = await reference.importFile(
      'finess',
      await fileOf([
        'finess;etalab;93;2026-11-08',
        finessLine('370000481'),
        finessLine('37000'),
        'geolocalisation;370000481;1;2;x;2026-01-01',
      ]),
    );
    expect(report).to.deep.include({ entries: 1, refused: 1 });
    expect(await reference.lookupFiness('370000481')).to.deep.include({
      name: 'CLINIQUE DU PARC',
      city: 'TOURS',
      category: 'Etablissement de Soins',
    });
  });

  it('forgets who the newest file no longer names, and begins again without harm', async () => {
    const both = [RPPS_HEADER, rppsLine('99700366240', 'A'), rppsLine('99700218896', 'B')];
    await reference.importFile('rpps', await fileOf(both));
    expect(await reference.importFile('rpps', await fileOf(both))).to.deep.include({
      entries: 2,
      removed: 0,
    });
    const one = await reference.importFile('rpps', await fileOf(both.slice(0, 2)));
    expect(one).to.deep.include({ entries: 1, removed: 1 });
    expect(await reference.lookupRpps('99700218896')).to.equal(null);
    expect(await reference.state('rpps')).to.include({ entries: 1 });
  });

  it('removes nothing after a file that was cut short', async () => {
    const numbers = ['99700366240', '99700218896', '99700367909'];
    const lines = [RPPS_HEADER, ...numbers.map(number => rppsLine(number, 'X'))];
    await reference.importFile('rpps', await fileOf(lines));
    const report = await reference.importFile('rpps', await fileOf(lines.slice(0, 2)));
    expect(report).to.deep.include({ removed: 0, isSuspect: true });
    expect(await reference.lookupRpps('99700218896')).to.not.equal(null);
  });

  it('refuses another file', async () => {
    for (const register of ['rpps', 'finess'] as const) {
      const refusal = await reference
        .importFile(register, await fileOf(['nom;prénom', 'a;b']))
        .catch((error: unknown) => error);
      expect(isAppError(refusal, 'admin.reference_malformed')).to.equal(true);
    }
  });
});
