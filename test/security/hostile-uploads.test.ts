import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { apiOf, basicOf, startApiApp } from '../admin/api-client.ts';
import { seatOf, type Seat } from '../support/administrators.ts';
import type { TestApp } from '../support/app.ts';
import { IMPORT_PATH } from '../support/people-file.ts';
import { pngOf } from '../support/pictures.ts';

const SCRIPT = '<script>alert(1)</script>';
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${SCRIPT}</svg>`;

describe('files that are not what they say', () => {
  let app: TestApp;
  let paul: Seat;
  let csrf: string;
  before(async () => {
    app = await startApiApp();
    paul = await seatOf(app, 'paul');
    csrf = (await paul.get('/admin/people/acc-claire/suspend')).forms.at(-1)?.fields['csrf'] ?? '';
  });
  after(() => app.destroy());

  function send(path: string, content: Buffer | string, name: string, type: string, fields: object = {}) {
    const body = new FormData();
    for (const [field, value] of Object.entries({ csrf, ...fields })) body.set(field, String(value));
    const part = typeof content === 'string' ? content : new Uint8Array(content);
    body.set(path === IMPORT_PATH ? 'file' : 'logo', new Blob([part], { type }), name);
    return paul.browser.post(`${app.issuer}${path}`, body);
  }
  const logoOf = async () => (await app.services.directory.organisations.get('chu'))?.logo;

  it('are no logo: SVG, HTML, a picture of another establishment’s page, whatever name and type they bear', async () => {
    for (const [content, name, type] of [
      [SVG, 'logo.svg', 'image/svg+xml'],
      [SVG, 'logo.png', 'image/png'],
      [`\u0089PNG\r\n\u001a\n${SCRIPT}`, 'logo.png', 'image/png'],
      [Buffer.concat([pngOf(4, 4).subarray(0, 40), Buffer.from(SCRIPT)]), '../../logo.png', 'image/png'],
      ['', 'logo.png', 'image/png'],
    ] as const)
      expect((await send('/admin/organisations/chu/logo', content, name, type)).status, name).to.be.within(
        400,
        422,
      );
    expect(await logoOf()).to.equal(undefined);
    const elsewhere = await send('/admin/organisations/clinique/logo', pngOf(8, 8), 'logo.png', 'image/png');
    expect(elsewhere.status).to.equal(404);
  });

  it('bring nothing behind the picture and choose no place, and are served as a picture only', async () => {
    const polyglot = Buffer.concat([pngOf(8, 8), Buffer.from(SCRIPT)]);
    const refused = await send('/admin/organisations/chu/logo', polyglot, 'logo.png', 'image/png');
    expect(refused.status).to.be.within(400, 422);
    await send('/admin/organisations/chu/logo', pngOf(8, 8), '../../../page.html', 'text/html');
    const logo = await logoOf();
    expect(logo).to.match(/^[0-9a-f]{64}$/u);
    const served = await fetch(`${app.issuer}/logos/${logo}.png`);
    expect(served.headers.get('content-type')).to.equal('image/png');
    expect(served.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(Buffer.from(await served.arrayBuffer()).includes('<script')).to.equal(false);
    for (const path of [`${logo}.html`, '..%2f..%2fregion.json', `${logo}.png%00.html`, '%2e%2e/region.json'])
      expect((await fetch(`${app.issuer}/logos/${path}`)).status, path).to.be.within(400, 404);
  });

  it('are no list: bombs, other formats, and names that are paths or markup', async () => {
    const place = { network: 'cancerologie', organisation: 'chu' };
    const bomb = zipOf('xl/worksheets/sheet1.xml', Buffer.alloc(64 * 1024 * 1024, 0x20));
    for (const [content, name, type] of [
      [bomb, 'liste.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
      [zipOf('../../../../tmp/x', Buffer.from('x')), 'liste.xlsx', 'application/zip'],
      [SVG, 'liste.csv', 'image/svg+xml'],
      [pngOf(4, 4), 'liste.csv', 'text/csv'],
      ['\u0000\u0000\u0000', 'liste.csv', 'text/csv'],
    ] as const) {
      const page = await send(IMPORT_PATH, content, name, type, place);
      expect(page.status, name).to.be.within(400, 422);
      expect(page.body).to.not.include('<script>alert');
    }
    const named = await send(
      IMPORT_PATH,
      'Nom;Prénom;Adresse électronique;Profil\nNeuve;Zoé;zoe@chu.example;pharmacien',
      `../../../etc/${SCRIPT}\r\nX: y.csv`,
      'text/csv',
      place,
    );
    expect(named.status).to.be.below(500);
    expect(named.body).to.not.include(SCRIPT);
  });

  it('do not give back, to who comes after, what was somebody’s who had the same id', async () => {
    const region = await apiOf(app, basicOf('si-region'));
    const made = await region('POST', '/people', {
      body: { sub: 'acc-claire', given_name: 'Zoé', family_name: 'Neuve', organisation: 'chu' },
    });
    expect(made.body.code).to.equal('admin.invalid');
    await region('POST', '/people/acc-claire/close', { body: {} });
    const again = await region('POST', '/people', {
      body: {
        given_name: 'Claire',
        family_name: 'Test',
        email: 'claire.test@chu.example',
        organisation: 'chu',
      },
    });
    expect(again.body['sub']).to.not.equal('acc-claire');
    const opened = await region('POST', `/people/${String(again.body['sub'])}/open`, {
      body: { login: 'claire.test' },
    });
    expect(opened.status).to.be.within(400, 499);
    for (const [path, body] of [
      ['/organisations', { id: 'chu', name: 'Autre CHU' }],
      ['/networks', { id: 'cancerologie', name: 'Autre', regime: 'consentement' }],
      [
        '/applications',
        {
          client_id: 'si-chu',
          name: 'Autre',
          redirect_uris: [],
          grant_types: ['client_credentials'],
          scopes: ['admin:read'],
        },
      ],
    ] as const)
      expect((await region('POST', path, { body })).status, path).to.equal(409);
  });
});

/** A workbook of one entry, as an attacker writes it. */
function zipOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content, { level: 9 });
  const header = (signature: number, more: number) => {
    const bytes = Buffer.alloc(more);
    bytes.writeUInt32LE(signature, 0);
    return bytes;
  };
  const local = header(0x04034b50, 30);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(name.length, 26);
  const central = header(0x02014b50, 46);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(content.length, 24);
  central.writeUInt16LE(name.length, 28);
  const end = header(0x06054b50, 22);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]);
}
