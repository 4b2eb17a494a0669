import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { pngOf } from '../support/pictures.ts';
import { apiOf, application, basicOf, bearerOf, startApiApp, type ApiClient } from './api-client.ts';

interface Listed {
  readonly sub: string;
  readonly membership: string;
  readonly profile: string;
}

const KIOSK = {
  redirect_uris: ['https://tuile.example/retour'],
  grant_types: ['authorization_code'],
  kiosk: { url: 'https://tuile.example/' },
};

describe('the administration API, with files', () => {
  let app: TestApp;
  let region: ApiClient;
  let chu: ApiClient;
  let clinique: ApiClient;
  before(async () => {
    app = await startApiApp({}, { applications: [application('tuile', ['openid'], KIOSK)] });
    region = await apiOf(app, basicOf('si-region'));
    chu = await apiOf(app, await bearerOf(app, 'si-chu', 'admin:read admin:write'));
    clinique = await apiOf(app, basicOf('si-clinique'));
  });
  after(() => app.destroy());

  const picture = { type: 'image/png', content: new Uint8Array(pngOf(40, 20)) };

  it('takes a logo as its bytes, shows its address, and takes it away', async () => {
    const set = await chu('PUT', '/organisations/chu/logo', { file: picture });
    expect(set.status).to.equal(200);
    expect((await fetch(String(set.body['logo']))).headers.get('Content-Type')).to.equal('image/png');
    const removed = await chu('DELETE', '/organisations/chu/logo', { headers: { 'If-Match': set.etag } });
    expect(removed.body['logo']).to.equal(null);

    const tile = await region('PUT', '/applications/tuile/logo', { file: picture });
    expect((tile.body['kiosk'] as { logo: string }).logo).to.include('/logos/');
    const bare = await region('DELETE', '/applications/tuile/logo', { headers: { 'If-Match': tile.etag } });
    expect((bare.body['kiosk'] as { logo: null }).logo).to.equal(null);
  });

  it('says what a logo would change, and what is wrong with the file, before anything is kept', async () => {
    const dry = await chu('PUT', '/organisations/chu/logo?dry_run=true', { file: picture });
    expect(Object.keys(dry.body['changes'] as object)).to.deep.equal(['logo']);
    expect((await chu('GET', '/organisations/chu')).body['logo']).to.equal(null);
    const svg = { type: 'image/png', content: new TextEncoder().encode('<svg/>') };
    const refused = await chu('PUT', '/organisations/chu/logo', { file: svg });
    expect([refused.status, refused.body.code]).to.deep.equal([422, 'admin.invalid']);
    expect((refused.body['errors'] as { path: string }[]).map(({ path }) => path)).to.deep.equal(['body']);
    const none = await chu('PUT', '/organisations/chu/logo');
    expect((none.body['errors'] as { code: string }[])[0]).to.include({ path: 'body', code: 'required' });
  });

  it('refuses a file of another type (415) or beyond its bound (413)', async () => {
    const json = await chu('PUT', '/organisations/chu/logo', { body: { picture: 'AAAA' } });
    expect(json.status).to.equal(415);
    expect(json.headers.get('Accept')).to.equal('image/png, image/jpeg');
    const large = { type: 'image/png', content: new Uint8Array(1024 * 1024 + 1) };
    expect((await chu('PUT', '/organisations/chu/logo', { file: large })).status).to.equal(413);
  });

  it('puts no logo on what lies in another branch', async () => {
    const there = await clinique('PUT', '/organisations/chu/logo', { file: picture });
    const nowhere = await clinique('PUT', '/organisations/nowhere/logo', { file: picture });
    expect([there.status, there.body.code]).to.deep.equal([nowhere.status, nowhere.body.code]);
    expect(there.status).to.equal(404);
    expect((await chu('PUT', '/applications/tuile/logo', { file: picture })).status).to.be.oneOf([403, 404]);
  });

  const csv = (...lines: readonly string[]) => ({
    type: 'text/csv',
    content: new TextEncoder().encode(['Nom;Prénom;Adresse électronique;Établissement', ...lines].join('\n')),
  });
  const HERE = '/imports?name=equipe.csv&network=cancerologie&profile=pharmacien';
  const LINE = 'Nouvelle;Zoé;zoe.nouvelle@chu.example;';

  /** The job, until nothing is left of it. */
  async function done(api: ApiClient, id: string) {
    for (let turns = 0; turns < 20; turns += 1) {
      await app.jobs.runNow('admin.imports');
      const { body } = await api('GET', `/imports/${id}`);
      if (body['state'] !== 'running') return body;
    }
    throw new Error('the import did not end');
  }

  it('brings a list in: checked, read line by line, confirmed, followed, reported', async () => {
    const file = csv(`${LINE}chu`, 'Sans adresse;Léo;;chu');
    const checked = await chu('POST', HERE, { file });
    expect(checked.status).to.equal(201);
    expect(checked.body).to.deep.include({ state: 'checked', lines: 2, file: 'equipe.csv' });
    expect(checked.body['found']).to.include({ create: 1, refused: 1 });
    const at = `/imports/${String(checked.body['import'])}`;
    const first = await chu('GET', `${at}/lines?limit=1`);
    const rest = await chu('GET', `${at}/lines?limit=1&after=${String(first.body['next'])}`);
    expect((first.body['items'] as { kind: string }[])[0]?.kind).to.equal('create');
    expect((rest.body['items'] as { kind: string; errors: object[] }[])[0]).to.include({ kind: 'refused' });
    expect(rest.body['next']).to.equal(undefined);

    const dry = await chu('POST', `${at}/start?dry_run=true`);
    expect(dry.body['changes']).to.deep.equal({ state: { before: 'checked', after: 'running' } });
    expect((await chu('GET', at)).body['state']).to.equal('checked');
    // Sent twice at the same instant, it is begun once.
    const started = await Promise.all([1, 2].map(() => chu('POST', `${at}/start`)));
    expect(started.map(({ status }) => status)).to.have.members([200, 409]);
    expect((await chu('POST', `${at}/stop`)).body['state']).to.equal('stopped');
    expect((await chu('POST', `${at}/resume`)).body['state']).to.equal('running');
    const ended = await done(chu, String(checked.body['import']));
    expect(ended).to.deep.include({ state: 'done', done: 1, left: 1 });
    expect(ended['mails']).to.deep.equal({ due: 1, sent: 1, unreached: 0 });
    expect((await chu('GET', '/people?q=nouvelle')).body['total']).to.equal(1);
    const report = await chu('GET', `${at}/report`);
    expect(report.headers.get('Content-Disposition')).to.equal('attachment; filename="rapport.csv"');
    expect(report.bytes.toString()).to.include('Nouvelle');
    const sheet = await chu('GET', `${at}/report?format=xlsx`);
    expect(sheet.bytes.subarray(0, 2).toString()).to.equal('PK');
  });

  it('says why a file is not taken, and checks the same list once under one key', async () => {
    const png = { type: 'application/octet-stream', content: new Uint8Array(pngOf(2, 2)) };
    const refused = await chu('POST', HERE, { file: png });
    expect([refused.status, refused.body.code]).to.deep.equal([422, 'admin.file_refused']);
    expect((await chu('POST', HERE)).body.code).to.equal('admin.file_refused');
    const headers = { 'Idempotency-Key': 'list-1' };
    const sent = () => chu('POST', HERE, { file: csv(`${LINE}chu`), headers });
    const [first, again] = [await sent(), await sent()];
    expect(again.headers.get('Idempotency-Replayed')).to.equal('true');
    expect(again.body['import']).to.equal(first.body['import']);
    const other = await chu('POST', HERE, { file: csv('Autre;Zoé;zoe@chu.example;chu'), headers });
    expect(other.body.code).to.equal('admin.idempotency_key_reused');
  });

  it('keeps an import to its author, and registers nobody in another branch', async () => {
    const checked = await clinique('POST', HERE, { file: csv('Fuite;Zoé;zoe.fuite@chu.example;chu') });
    expect(checked.body['found']).to.include({ create: 0, refused: 1 });
    const defaults = `${HERE}&organisation=chu`;
    const forced = await clinique('POST', defaults, { file: csv('Fuite;Zoé;zoe.fuite@chu.example;') });
    expect(forced.body['found']).to.include({ create: 0, refused: 1 });
    const at = `/imports/${String(checked.body['import'])}`;
    const choices = { choices: [{ line: 2, choice: 'acc-claire' }] };
    for (const api of [chu, region]) {
      for (const path of [at, `${at}/lines`, `${at}/report`])
        expect((await api('GET', path)).status, path).to.equal(404);
      for (const step of ['start', 'stop', 'resume'])
        expect((await api('POST', `${at}/${step}`)).status, step).to.equal(404);
      expect((await api('PUT', `${at}/choices`, { body: choices })).status).to.equal(404);
      const own = (await api('GET', '/imports')).body['items'] as { import: string }[];
      expect(own.map(({ import: id }) => id)).to.not.include(checked.body['import']);
    }
  });

  it('does nothing more for an application that was moved to another branch meanwhile', async () => {
    const mover = await apiOf(app, basicOf('si-clinique'));
    const made = await mover('POST', HERE, { file: csv('Reste;Zoé;zoe.reste@clinique.example;clinique') });
    const id = String(made.body['import']);
    await mover('POST', `/imports/${id}/start`);
    await app.services.directory.applications.update('si-clinique', each => ({ ...each, branch: 'chu' }));
    await app.jobs.runNow('admin.imports');
    expect((await mover('GET', `/imports/${id}`)).status).to.equal(404);
    await app.services.directory.applications.update('si-clinique', each => ({
      ...each,
      branch: 'clinique',
    }));
    expect((await mover('GET', `/imports/${id}`)).body).to.include({
      state: 'stopped',
      stopped_by: 'rights',
    });
    expect((await region('GET', '/people?q=reste')).body['total']).to.equal(0);
  });

  it('gives lists out as files: the branch only, with their filters, each taking away traced', async () => {
    const whole = await region('GET', '/exports/people?q=test');
    const own = await chu('GET', '/exports/people?format=csv');
    expect(own.headers.get('Content-Type')).to.equal('text/csv; charset=utf-8');
    expect(own.headers.get('Cache-Control')).to.equal('no-store');
    expect(own.bytes.toString()).to.include('claire').and.not.include('luc.');
    expect(whole.bytes.toString()).to.include('luc.');
    const sheet = await clinique('GET', '/exports/organisations?format=xlsx');
    expect(sheet.bytes.subarray(0, 2).toString()).to.equal('PK');
    expect((await chu('GET', '/exports/people?format=pdf')).body.code).to.equal('admin.invalid');
    expect((await chu('GET', '/exports/people?branch=clinique')).status).to.equal(422);
    expect((await chu('GET', '/exports/applications')).status).to.equal(404);
    const traced = (await app.services.audit.list({ time: '', limit: 1_000 })).items.filter(
      ({ type }) => type === 'admin.list.exported',
    );
    expect(traced.map(({ actor }) => actor)).to.have.members([
      'client:si-region',
      'client:si-chu',
      'client:si-clinique',
    ]);
  });

  const PDF = { type: 'application/pdf', content: new TextEncoder().encode('%PDF-1.7\nSigné\n%%EOF\n') };
  const appointing = (sub: string, organisation: string, more = '') =>
    `/appointments?sub=${sub}&profile=administrateur_3c&network=cancerologie&organisation=${organisation}${more}`;

  it('appoints on the strength of a signed form, which is read again, and ends it for a reason', async () => {
    const dry = await region('POST', appointing('acc-luc', 'clinique', '&dry_run=true'), { file: PDF });
    expect(dry.status).to.equal(200);
    const appointed = await region('POST', appointing('acc-luc', 'clinique'), { file: PDF });
    expect(appointed.status).to.equal(201);
    const all = (await clinique('GET', '/appointments')).body['items'] as Listed[];
    const own = all.find(({ sub, profile }) => sub === 'acc-luc' && profile === 'administrateur_3c');
    expect(own).to.include({ form: true, organisation: 'clinique' });
    const at = `/appointments/acc-luc/${own?.membership ?? ''}`;
    const form = await clinique('GET', `${at}/form`);
    expect(form.bytes.toString()).to.equal('%PDF-1.7\nSigné\n%%EOF\n');
    expect(form.headers.get('Content-Disposition')).to.match(/^attachment; filename="nomination-/u);
    const traced = (await app.services.audit.list({ time: '', limit: 1_000 })).items.filter(
      ({ type }) => type === 'admin.signed_form.read',
    );
    expect(traced.map(({ actor }) => actor)).to.deep.equal(['client:si-clinique']);

    // What lies in another branch is not there: neither the list, nor the form, nor its end.
    const there = (await chu('GET', '/appointments')).body['items'] as Listed[];
    expect(there.map(({ sub }) => sub)).to.not.include('acc-luc');
    for (const path of [at, `${at}/form`]) expect((await chu('GET', path)).status, path).to.equal(404);
    const version = { 'If-Match': (await region('GET', at)).etag };
    const reason = '?reason=Fin%20de%20mission';
    expect((await chu('DELETE', `${at}${reason}`, { headers: version })).status).to.equal(404);

    const silent = await region('DELETE', at, { headers: version });
    expect((silent.body['errors'] as { path: string }[])[0]?.path).to.equal('query.reason');
    const ended = await region('DELETE', `${at}${reason}`, { headers: version });
    expect(ended.status).to.be.oneOf([202, 204]);
  });

  it('appoints nobody without a form, with another profile, or in another branch', async () => {
    const none = await region('POST', appointing('acc-luc', 'clinique'));
    expect((none.body['errors'] as { path: string }[])[0]?.path).to.equal('body');
    const text = { type: 'application/pdf', content: new TextEncoder().encode('un texte') };
    expect((await region('POST', appointing('acc-luc', 'clinique'), { file: text })).status).to.equal(422);
    const user = appointing('acc-luc', 'clinique').replace('administrateur_3c', 'pharmacien');
    expect((await region('POST', user, { file: PDF })).status).to.equal(422);
    const stranger = await chu('POST', appointing('acc-luc', 'clinique'), { file: PDF });
    const nobody = await chu('POST', appointing('acc-nobody', 'clinique'), { file: PDF });
    expect([stranger.status, stranger.body.code]).to.deep.equal([404, nobody.body.code]);
    const elsewhere = await chu('POST', appointing('acc-claire', 'clinique'), { file: PDF });
    expect(elsewhere.status).to.be.oneOf([403, 404]);
  });
});
