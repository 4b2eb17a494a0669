import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { pngOf } from '../support/pictures.ts';
import { apiOf, application, basicOf, bearerOf, startApiApp, type ApiClient } from './api-client.ts';

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
});
