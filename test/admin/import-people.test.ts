import { expect } from 'chai';
import { createImports } from '../../src/admin/files/import/imports.ts';
import { writeXlsx } from '../../src/admin/files/sheets/xlsx-writer.ts';
import { administeredRegion, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { IMPORT_PATH, countsOf, uploadPeople } from '../support/people-file.ts';
import type { Page } from '../../scripts/interop/browserless.ts';

const CHU = { network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' };
const HEAD = 'Nom;Prénom;Mail;RPPS;Profil';

describe('the list of a référent', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  const upload = (seat: Seat, content: string | Buffer, defaults: object = CHU) =>
    uploadPeople(seat, app.issuer, content, defaults);

  async function confirm(seat: Seat, page: Page): Promise<readonly Record<string, string>[]> {
    await seat.browser.submit(page, 'confirm');
    return ended(seat, page);
  }

  async function ended(seat: Seat, page: Page) {
    for (let turn = 0; turn < 200; turn += 1) {
      await app.jobs.runNow('admin.imports');
      if ((await seat.get(page.url.pathname)).body.includes('Terminée')) return report(seat, page);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    throw new Error('the import does not end');
  }

  async function report(seat: Seat, page: Page) {
    const { body } = await seat.get(`${page.url.pathname}/report.csv`);
    const [head = [], ...rows] = body
      .replace('\uFEFF', '')
      .trim()
      .split('\r\n')
      .map(line => line.split(';').map(cell => cell.replace(/^"|"$/gu, '')));
    return rows.map(cells => Object.fromEntries(head.map((title, index) => [title, cells[index] ?? ''])));
  }

  const imports = () => createImports(app.services.store);
  const people = () => app.services.directory.professionals;

  async function personNamed(name: string) {
    return (await people().list('name', { prefix: name, limit: 10 })).items;
  }

  it('creates named accounts with their profile, each told by two mails', async () => {
    const carole = await desk.seat('carole');
    const page = await upload(carole, `${HEAD}\nBernard;Léa;lea.bernard@chu.example;99700367909;\n`);
    expect(countsOf(page)).to.deep.equal({ create: 1 });
    expect(await personNamed('bernard')).to.deep.equal([]);
    const [line] = await confirm(carole, page);
    expect(line).to.include({ Ligne: '2', État: 'Faite' });
    const [person] = await personNamed('bernard');
    expect(person).to.deep.include({
      branch: 'chu',
      givenName: 'Léa',
      nationalIds: ['899700367909'],
    });
    expect(person?.memberships[0]).to.include({ ...CHU, givenBy: 'acc-carole' });
    const mails = (await app.mails()).filter(({ to }) => to === 'lea.bernard@chu.example');
    expect(mails).to.have.length(2);
    expect(mails.filter(({ text }) => text.includes('lea.bernard\n'))).to.have.length(1);
    const account = await app.services.accounts.get(person?.id ?? '');
    expect(account).to.include({ login: 'lea.bernard', mustChangePassword: true });
    const password = mails
      .map(({ text }) => /^\s*(\S*\d\S*[^\w\s]\S*|\S*-\S*\d\S*)\s*$/mu.exec(text)?.[1])
      .find(Boolean);
    expect(await app.services.accounts.verifyPassword(account, password ?? '')).to.equal(true);
  });

  it('does nothing twice when the same file comes again', async () => {
    const carole = await desk.seat('carole');
    const file = `${HEAD}\nMorel;Inès;ines.morel@chu.example;;\nMorel;Inès;INES.MOREL@chu.example;;medecin_rcp\n`;
    const first = await upload(carole, file);
    expect(countsOf(first)).to.deep.equal({ create: 1, update: 1 });
    await confirm(carole, first);
    const again = await upload(carole, file);
    expect(countsOf(again)).to.deep.equal({ nothing: 2 });
    expect(again.forms.map(({ id }) => id)).not.to.include('confirm');
    const [person, ...others] = await personNamed('morel');
    expect(others).to.deep.equal([]);
    expect(person?.memberships.map(({ profile }) => profile)).to.have.members([
      'utilisateur_cancerologie',
      'medecin_rcp',
    ]);
    expect((await app.mails()).filter(({ to }) => to === 'ines.morel@chu.example')).to.have.length(2);
  });

  it('is begun once, may be stopped and goes on to the same end', async () => {
    const carole = await desk.seat('carole');
    const names = Array.from({ length: 250 }, (_, index) => `Suite${index};Nom;suite${index}@chu.example`);
    const check = await upload(carole, `Nom;Prénom;Mail\n${names.join('\n')}\n`);
    const running = await carole.browser.submit(check, 'confirm');
    const again = await carole.browser.submit(check, 'confirm');
    expect([again.status, again.alertCode]).to.deep.equal([409, 'admin.import_state']);
    const stopped = await carole.browser.submit(running, 'stop');
    const id = check.url.pathname.split('/').at(-1) ?? '';
    expect(await imports().get(id)).to.include({ state: 'stopped' });
    await app.jobs.runNow('admin.imports');
    expect((await carole.get(check.url.pathname)).headers.get('refresh')).to.equal(null);
    await carole.browser.submit(stopped, 'resume');
    const lines = await ended(carole, check);
    expect(new Set(lines.map(({ État }) => État))).to.deep.equal(new Set(['Faite']));
    const found = await people().list('name', { prefix: 'suite', limit: 1000 });
    expect(found.items).to.have.length(250);
    expect(await imports().get(id)).to.include({ done: 250, announced: 250, unreached: 0 });
  });

  it('asks who a homonym is, and does what was chosen', async () => {
    const carole = await desk.seat('carole');
    await confirm(carole, await upload(carole, `${HEAD}\nPetit;Jean;jean.petit@chu.example;;\n`));
    const [jean] = await personNamed('petit');
    const file = `${HEAD}\nPetit;Jean;j.petit@chu.example;;medecin_rcp\nPETIT;Jean;petit.jean@chu.example;;acces_limite\nPetit;Jean;jp@chu.example;;pharmacien\n`;
    const page = await upload(carole, file);
    // A 3C does not give « pharmacien ».
    expect(countsOf(page)).to.deep.equal({ homonym: 2, refused: 1 });
    expect(page.body).to.include('jean.petit');
    const chosen = await carole.browser.submit(page, 'choices', {
      'choice.2': jean?.id ?? '',
      'choice.3': 'new',
    });
    const lines = await confirm(carole, chosen);
    expect(lines.map(({ État }) => État)).to.deep.equal(['Faite', 'Faite', 'Laissée de côté']);
    const both = await personNamed('petit');
    expect(both.map(({ email }) => email)).to.have.members([
      'jean.petit@chu.example',
      'petit.jean@chu.example',
    ]);
    expect(both.find(({ id }) => id === jean?.id)?.memberships).to.have.length(2);
  });

  it('leaves a homonym aside without a choice, and takes nobody whom the check did not offer', async () => {
    const carole = await desk.seat('carole');
    await confirm(carole, await upload(carole, `${HEAD}\nGrand;Anne;anne.grand@chu.example;;\n`));
    const page = await upload(carole, `${HEAD}\nGrand;Anne;a.grand@chu.example;;medecin_rcp\n`);
    const forged = await carole.browser.submit(page, 'choices', { 'choice.2': 'acc-luc' });
    expect(forged.body).to.include('attend votre choix');
    expect((await people().get('acc-luc'))?.memberships).to.have.length(1);
  });

  it('tells a number twice in the file from a person with two places', async () => {
    const anne = await desk.seat('anne');
    const page = await upload(
      anne,
      `Nom;Prénom;Mail;RPPS;Établissement\nRoux;Paul;paul.roux@chu.example;10000000025;chu\nROUX;Paul;;10000000025;Clinique\nBlanc;Paul;paul.blanc@chu.example;10000000025;chu\n`,
    );
    expect(countsOf(page)).to.deep.equal({ create: 1, update: 1, refused: 1 });
    await confirm(anne, page);
    const [person] = await personNamed('roux');
    expect(person?.memberships.map(({ organisation }) => organisation)).to.have.members(['chu', 'clinique']);
  });

  it('reads what Excel made of the numbers, and FINESS numbers without their first zero', async () => {
    const carole = await desk.seat('carole');
    const columns = ['NOM', 'Prénom(s)', 'E-mail', 'N° RPPS', 'Tél. portable', 'Civilité', 'Métier', 'Fin'];
    const xlsx: Uint8Array[] = [];
    for await (const part of writeXlsx(
      columns.map((title, index) => ({ title, value: (row: readonly (string | number)[]) => row[index] })),
      [
        [
          'Faure',
          'Zoé',
          'zoe.faure@chu.example',
          10000000017,
          612345678,
          'Madame',
          'Infirmière',
          '31/12/2030',
        ],
      ],
    ))
      xlsx.push(part);
    const page = await upload(carole, Buffer.concat(xlsx));
    expect(countsOf(page)).to.deep.equal({ create: 1 });
    await confirm(carole, page);
    const [person] = await personNamed('faure');
    expect(person).to.include({ phone: '+33612345678', civility: 'MME', profession: '60' });
    expect(person?.nationalIds).to.deep.equal(['810000000017']);
    expect(person?.memberships[0]?.toMs).to.equal(Date.parse('2030-12-31T23:00:00Z'));
  });

  it('takes a number as proven only from who vouches for it, and vouches for none that is there', async () => {
    const carole = await desk.seat('carole');
    const file = (word: string) =>
      [
        'Nom;Prénom;Mail;Portable;Téléphone vérifié',
        `Vouch;Oui;oui.vouch@chu.example;06 00 00 01 01;${word}`,
        'Vouch;Non;non.vouch@chu.example;06 00 00 01 02;non',
        'Vouch;Rien;rien.vouch@chu.example;06 00 00 01 03;',
      ].join('\n');
    const unclear = await report(carole, await upload(carole, file('peut-être')));
    expect(unclear.map(line => line['À corriger']?.split(' :')[0])).to.deep.equal([
      'Téléphone vérifié',
      '',
      '',
    ]);
    await confirm(carole, await upload(carole, file('Oui')));
    const unproven = async () =>
      Object.fromEntries(
        (await personNamed('vouch')).map(({ givenName, unprovenPhone }) => [
          givenName,
          unprovenPhone?.number,
        ]),
      );
    const expected = { Oui: undefined, Non: '+33600000102', Rien: '+33600000103' };
    expect(await unproven()).to.deep.equal(expected);
    const again = await upload(carole, file('oui').replaceAll(/;(?:non)?$/gmu, ';oui'));
    expect(countsOf(again)).to.deep.equal({ nothing: 3 });
    expect(await unproven()).to.deep.equal(expected);
  });

  it('says for each line what is wrong and where', async () => {
    const carole = await desk.seat('carole');
    const page = await upload(
      carole,
      `${HEAD}\n;Sans;a@chu.example;;\nX;Y;pas une adresse;;\nX;Y;;;\nX;Y;b@chu.example;99700366241;\nX;Y;c@chu.example;;inconnu\n`,
    );
    expect(countsOf(page)).to.deep.equal({ refused: 5 });
    const lines = await report(carole, page);
    expect(lines.map(line => line['À corriger']?.split(' :')[0])).to.deep.equal([
      'Nom',
      'Adresse électronique',
      'Adresse électronique',
      'RPPS',
      'Profil',
    ]);
  });

  it('refuses a file that is none, without titles, or that decides what the service decides', async () => {
    const carole = await desk.seat('carole');
    for (const file of [
      '\u0000\u0001',
      'a;b\n1;2\n',
      `${HEAD};sub\nX;Y;x@chu.example;;;acc-luc\n`,
      `Nom;Prénom;Login\nX;Y;z\n`,
    ]) {
      const page = await upload(carole, file);
      expect([page.status, page.alertCode]).to.deep.equal([422, 'admin.file_refused']);
    }
  });

  describe('as a way out of one’s branch', () => {
    it('reaches no other establishment, by identifier, by name or by FINESS', async () => {
      const paul = await desk.seat('paul');
      const page = await upload(
        paul,
        `Nom;Prénom;Mail;Établissement\nX;Y;x@chu.example;clinique\nX;Y;y@chu.example;Clinique\nX;Y;z@chu.example;nulle-part\n`,
      );
      expect(countsOf(page)).to.deep.equal({ refused: 3 });
      const lines = await report(paul, page);
      expect(new Set(lines.map(line => line['À corriger']))).to.have.property('size', 1);
    });

    it('is none by the defaults of the form either', async () => {
      const paul = await desk.seat('paul');
      const page = await upload(paul, `${HEAD}\nX;Y;x@chu.example;;\n`, { ...CHU, organisation: 'clinique' });
      expect(countsOf(page)).to.deep.equal({ refused: 1 });
    });

    it('gives no profile of administration, and none beyond the table of grants', async () => {
      for (const [who, profile] of [
        ['paul', 'responsable_rcp'],
        ['paul', 'administrateur_local'],
        ['anne', 'administrateur_regional'],
        ['anne', 'auditeur'],
      ] as const) {
        const seat = await desk.seat(who);
        const page = await upload(seat, `${HEAD}\nX;Y;x@chu.example;;${profile}\n`);
        expect(countsOf(page), profile).to.deep.equal({ refused: 1 });
      }
    });

    it('tells nothing of people of elsewhere by their name, and attaches them by number and name only', async () => {
      const paul = await desk.seat('paul');
      const page = await upload(
        paul,
        `${HEAD}\nTest;Luc;luc.autre@chu.example;;\nDurand;Luc;l.durand@chu.example;99700218896;\nTest;Luc;;99700218896;\n`,
      );
      expect(countsOf(page)).to.deep.equal({ create: 1, attach: 1, refused: 1 });
      expect(page.body).not.to.include('luc.test');
      const before = await people().get('acc-luc');
      await confirm(paul, page);
      const luc = await people().get('acc-luc');
      expect(luc?.email).to.equal(before?.email);
      expect(luc?.memberships.map(({ organisation }) => organisation)).to.have.members(['clinique', 'chu']);
    });

    it('never changes one’s own rights', async () => {
      const carole = await desk.seat('carole');
      const page = await upload(carole, `${HEAD}\nTest;Carole;carole.test@chu.example;;medecin_rcp\n`);
      expect(countsOf(page)).to.deep.equal({ refused: 1 });
    });

    it('is nobody else’s to see, confirm or stop', async () => {
      const carole = await desk.seat('carole');
      const page = await upload(carole, `${HEAD}\nSecret;Sam;sam.secret@chu.example;;\n`);
      for (const who of ['anne', 'paul']) {
        const other = await desk.seat(who);
        for (const path of ['', '/report.csv'])
          expect((await other.get(page.url.pathname + path)).status).to.equal(404);
        const own = await other.get(IMPORT_PATH);
        const body = new URLSearchParams({ csrf: own.forms[0]?.fields['csrf'] ?? '' });
        expect((await other.browser.post(`${page.url.href}/confirm`, body)).status).to.equal(404);
      }
      for (const who of ['noe', 'claire']) {
        const other = await desk.seat(who);
        expect((await other.get(IMPORT_PATH)).status).to.equal(403);
      }
    });

    it('ends with the rights of who confirmed it, whatever stood at the check', async () => {
      const colin = await desk.seat('colin');
      const page = await upload(colin, `${HEAD}\nTardif;Tom;tom.tardif@chu.example;;\n`, {
        ...CHU,
        organisation: 'clinique',
      });
      expect(countsOf(page)).to.deep.equal({ create: 1 });
      await people().update('acc-colin', person => ({ ...person, memberships: [] }));
      const id = page.url.pathname.split('/').at(-1) ?? '';
      // As the confirmation of an instant before would have left it.
      await imports().update(id, doc => ({ ...doc, state: 'running', startedAtMs: 1 }));
      for (let turn = 0; turn < 100 && (await imports().get(id))?.state === 'running'; turn += 1)
        await app.jobs.runNow('admin.imports');
      expect(await imports().get(id)).to.include({ state: 'stopped', stoppedBy: 'rights', done: 0 });
      expect(await personNamed('tardif')).to.deep.equal([]);
    });
  });
});
