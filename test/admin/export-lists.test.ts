import { expect } from 'chai';
import { createSheetReader } from '../../src/admin/files/sheets/reader.ts';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';
import { countsOf, follow, uploadPeople } from '../support/people-file.ts';

describe('lists given out as files', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  async function listed(who: string, path: string) {
    const { status, body, headers } = await desk.page(who, `/admin/export/${path}`);
    expect(status).to.equal(200);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('content-disposition')).to.match(/^attachment; filename="[a-z]+\.csv"$/u);
    const read = await createSheetReader().read(Buffer.from(body));
    if ('problem' in read) throw new Error(read.problem);
    const [head, ...rows] = read.rows.map(({ cells }) => cells);
    return rows.map(cells =>
      Object.fromEntries((head ?? []).map((title, index) => [title, cells[index] ?? ''])),
    );
  }

  it('are the people of the branch, narrowed as their page is, profiles of elsewhere left out', async () => {
    const all = await listed('paul', 'people.csv');
    expect(new Set(all.map(({ Prénom }) => Prénom))).to.deep.equal(
      new Set(['Paul', 'Carole', 'Noe', 'Claire', 'Perine', 'Karim']),
    );
    const karim = all.filter(({ Prénom }) => Prénom === 'Karim');
    expect(karim.map(({ Profil }) => Profil)).to.deep.equal(['Responsable de RCP']);
    expect(karim.map(({ Établissement }) => Établissement)).to.deep.equal(['CHU']);
    expect(await listed('paul', 'people.csv?q=luc')).to.deep.equal([]);
    const one = await listed('anne', 'people.csv?profile=utilisateur_cancerologie&q=99700218896');
    expect(one.map(({ Prénom, RPPS }) => [Prénom, RPPS])).to.deep.equal([['Luc', '99700218896']]);
  });

  it('are establishments, networks and applications of the branch, what stands above unnamed', async () => {
    const places = await listed('paul', 'organisations.csv');
    expect(places.map(row => [row['Identifiant'], row['Dépend de']])).to.deep.equal([
      ['chu', ''],
      ['chu-onco', 'chu'],
    ]);
    expect(await listed('anne', 'networks.csv')).to.have.length(2);
    const applications = await listed('anne', 'applications.csv');
    expect(applications.map(({ Identifiant }) => Identifiant)).to.include('dcc');
    expect(JSON.stringify(applications)).not.to.match(/secret/iu);
    for (const path of ['applications.csv', 'people.pdf', 'secrets.csv'])
      expect((await desk.page('paul', `/admin/export/${path}`)).status).to.be.oneOf([403, 404]);
    expect((await desk.page('claire', '/admin/export/people.csv')).status).to.equal(403);
  });

  it('are cut to the network of who administers one, and to the branch of who audits one, nested profiles too', async () => {
    const { professionals } = app.services.directory;
    // Of the whole périnatalité network, and of no establishment.
    await professionals.update('acc-libre', person => ({
      ...person,
      memberships: [{ network: 'perinatalite', profile: 'administrateur_local' }],
    }));
    await professionals.update('acc-perine', person => ({
      ...person,
      memberships: [
        ...person.memberships,
        { network: 'cancerologie', organisation: 'clinique', profile: 'utilisateur_cancerologie' },
      ],
    }));
    const people = await listed('libre', 'people.csv');
    expect(people.map(row => [row['Prénom'], row['Réseau'], row['Profil']])).to.deep.equal([
      ['Libre', 'Périnatalité', 'Administrateur local'],
      ['Perine', 'Périnatalité', 'Utilisateur de la cancérologie'],
    ]);
    expect((await listed('libre', 'networks.csv')).map(row => row['Identifiant'])).to.deep.equal([
      'perinatalite',
    ]);
    const audited = await listed('noe', 'people.csv');
    expect(new Set(audited.map(row => row['Prénom']))).to.deep.equal(
      new Set(['Paul', 'Carole', 'Noe', 'Claire', 'Perine', 'Karim']),
    );
    expect(JSON.stringify(audited)).not.to.include('Clinique');
    expect((await listed('noe', 'organisations.csv')).map(row => row['Identifiant'])).to.deep.equal([
      'chu',
      'chu-onco',
    ]);
    const pages = { people: '/admin/people', organisations: '/admin/organisations' };
    for (const who of ['noe', 'nadia', 'libre', 'colin'])
      for (const [list, path] of Object.entries(pages)) {
        const taken = await listed(who, `${list}.csv`);
        const page = await desk.page(who, path);
        const shown = [
          ...page.body.matchAll(/<th scope="row">[^]*?href="\/admin\/(?:people|organisations)\/[\w-]+"/gu),
        ];
        expect(new Set(taken.map(row => row['Identifiant'])).size, `${who} ${list}`).to.equal(shown.length);
      }
  });

  it('are workbooks too', async () => {
    const page = await desk.page('paul', '/admin/export/people.xlsx');
    expect(page.headers.get('content-type')).to.include('spreadsheetml');
    expect(page.body.startsWith('PK')).to.equal(true);
  });

  it('leave a trace of who took what, how narrowed, and how much', async () => {
    await desk.page('noe', '/admin/export/people.csv?q=claire');
    const { items } = await app.services.audit.list({ account: 'acc-noe', limit: 1000 });
    const trace = items.findLast(({ type, actor }) => type === 'admin.list.exported' && actor === 'acc-noe');
    expect(trace?.data).to.deep.equal({ list: 'people', format: 'csv', filters: 'q=claire', rows: 1 });
  });

  it('come back by an import as they went', async () => {
    const seat = await desk.seat('carole');
    const { body } = await desk.page('carole', '/admin/export/people.csv?q=claire');
    // What the service decides is not for a file to say.
    const file = body.replace('"Identifiant"', '"Remarque"').replace('"État"', '"Autre"');
    const page = await uploadPeople(seat, app.issuer, file, {});
    expect(countsOf(page)).to.deep.equal({ nothing: 1 });
  });

  it('say which mobiles are proven in the words that an import takes', async () => {
    const { professionals } = app.services.directory;
    const proven = '+33600000201';
    const unproven = '+33600000202';
    await professionals.update('acc-claire', person => ({ ...person, phone: proven }));
    await professionals.update('acc-perine', person => ({
      ...person,
      phone: unproven,
      unprovenPhone: { number: unproven },
    }));
    const rows = await listed('paul', 'people.csv');
    const words = Object.fromEntries(rows.map(row => [row['Prénom'], row['Téléphone vérifié']]));
    expect(words).to.include({ Claire: 'oui', Perine: 'non', Noe: '' });
    const copies = rows
      .filter(row => ['Claire', 'Perine'].includes(row['Prénom'] ?? ''))
      .map(row => [row['Prénom'], row['Téléphone mobile'], row['Téléphone vérifié']]);
    const lines = copies.map(
      ([name, ...cells]) => `Retour;${name};${name}@retour.example;${cells.join(';')}`,
    );
    const file = ['Nom;Prénom;Mail;Téléphone mobile;Téléphone vérifié', ...lines].join('\n');
    const seat = await desk.seat('carole');
    const check = await uploadPeople(seat, app.issuer, file, {
      network: 'cancerologie',
      organisation: 'chu',
      profile: 'utilisateur_cancerologie',
    });
    await seat.browser.submit(check, 'confirm');
    await app.jobs.runNow('admin.imports');
    await follow(seat, check.url.pathname, ({ body }) => body.includes('Terminée'), {
      seconds: 20,
      pauseMs: 20,
    });
    const { items } = await professionals.list('name', { prefix: 'retour', limit: 10 });
    expect(items.map(({ phone, unprovenPhone }) => [phone, unprovenPhone?.number])).to.have.deep.members([
      [proven, undefined],
      [unproven, unproven],
    ]);
  });
});
