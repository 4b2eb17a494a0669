import { expect } from 'chai';
import { strFromU8, unzipSync } from 'fflate';
import { apiOf, basicOf, startApiApp, type ApiClient } from '../admin/api-client.ts';
import { seatOf, type Seat } from '../support/administrators.ts';
import type { TestApp } from '../support/app.ts';
import { IMPORT_PATH, uploadPeople } from '../support/people-file.ts';

/** What would run: as an element, out of an attribute, out of a script, as an expression of the templates. */
const HOSTILE = `x"'></script></title></textarea><probe-element onload=1><%= 7 %>\${7}{{7}}`;
/** What a spreadsheet would calculate. */
const FORMULAS = ['=1+1', '+1+1', '-1+1', '@SUM(1)', '\u00a0=1+1', ' =1+1'];
const MOST_PAGES = 90;

describe('what people type is shown as text', () => {
  let app: TestApp;
  let anne: Seat;
  let region: ApiClient;
  before(async () => {
    app = await startApiApp();
    region = await apiOf(app, basicOf('si-region'));
    anne = await seatOf(app, 'anne');
    await fill();
  });
  after(() => app.destroy());

  async function made(
    method: string,
    path: string,
    body: object,
  ): Promise<Readonly<Record<string, unknown>>> {
    const etag = method === 'PATCH' ? (await region('GET', path)).etag : '';
    const reply = await region(method, path, { body, headers: etag === '' ? {} : { 'if-match': etag } });
    expect(reply.status, `${method} ${path} ${JSON.stringify(reply.body)}`).to.be.within(200, 202);
    return reply.body;
  }

  /** Every text that a page of administration shows, taken as it comes or refused by its schema. */
  async function fill(): Promise<void> {
    const name = HOSTILE;
    await made('POST', '/organisations', { id: 'hostile', name, networks: ['cancerologie'] });
    await made('PATCH', '/networks/perinatalite', { name });
    await made('POST', '/applications', {
      client_id: 'hostile',
      name,
      redirect_uris: ['https://client.example/cb'],
      grant_types: ['authorization_code'],
      scopes: ['openid'],
    });
    const person = { given_name: name, family_name: name, organisation: 'hostile', reason: name };
    const { sub } = await made('POST', '/people', { ...person, email: 'hostile@chu.example' });
    await made('POST', `/people/${String(sub)}/memberships`, {
      network: 'cancerologie',
      organisation: 'hostile',
      profile: 'utilisateur_cancerologie',
      proof: name,
      reason: name,
    });
    await made('POST', `/people/${String(sub)}/suspend`, { reason: name });
    // It waits for a second person.
    await made('POST', `/people/${String(sub)}/memberships`, {
      network: 'cancerologie',
      organisation: 'region',
      profile: 'administrateur_regional',
      reason: name,
    });
    for (const formula of FORMULAS)
      await made('POST', '/people', { given_name: formula, family_name: formula, organisation: 'hostile' });
    await made('POST', '/people/acc-perine/suspend', { reason: FORMULAS[0] });
    await made('POST', '/organisations', { id: 'calculates', name: FORMULAS[0] ?? '', networks: [] });
    const to = new Date(app.clock.nowMs() + 40 * 86_400_000).toISOString();
    await made('POST', '/reviews', { name, network: 'cancerologie', organisation: 'hostile', to });
    await made('POST', '/webhooks', {
      url: `https://hooks.example/${name}`,
      events: ['session.ended'],
      format: 'set',
      audience: `https://hooks.example/${name}`,
    });
    // Braces are placeholders there.
    const words = name.replace(/[{}]/gu, '');
    await made('PUT', '/mail-templates/signin-code', {
      revision: 0,
      subject: words,
      text: `${words} {givenName} {code} {minutes}`,
    });
    await uploadPeople(
      anne,
      app.issuer,
      `Nom;Prénom;Adresse électronique;Profil\n${name.replaceAll(';', ',')};=1+1;${name};${name}`,
      {
        network: 'cancerologie',
        organisation: 'hostile',
      },
    );
  }

  it('on every page of administration, by whatever link one comes', async () => {
    const waiting = [
      '/admin',
      '/admin/people',
      '/admin/trail',
      '/admin/proposals',
      IMPORT_PATH,
      '/admin/reviews',
      '/admin/webhooks',
      '/admin/mails/signin-code',
    ];
    const seen = new Set(waiting);
    let shown = 0;
    let carrying = 0;
    for (
      let path = waiting.shift();
      path !== undefined && seen.size < MOST_PAGES * 3 && shown < MOST_PAGES;
      path = waiting.shift()
    ) {
      const page = await anne.get(path);
      if (!page.body.includes('<html')) continue;
      shown += 1;
      if (page.body.includes('&lt;probe-element')) carrying += 1;
      expect(page.status, path).to.be.below(500);
      expect(page.body, path).to.not.include('<probe-element');
      expect(page.body, path).to.not.match(/x"'><\/script|\bhref="(?:javascript|data):/u);
      for (const [, href = ''] of page.body.matchAll(/href="(\/admin[^"#]*)"/gu)) {
        const next = href.replaceAll('&amp;', '&');
        if (seen.has(next) || /export|template\.|report\.|\.csv|\.xlsx|sort=|api\/v1/u.test(next)) continue;
        seen.add(next);
        waiting.push(next);
      }
    }
    expect(shown).to.be.greaterThan(40);
    // They were there, as text.
    expect(carrying).to.be.greaterThan(12);
  });

  it('in the answers to a search and to a refused form, which repeat what was typed', async () => {
    const search = await anne.get(`/admin/people?q=${encodeURIComponent(HOSTILE)}`);
    const form = await anne.get('/admin/people/acc-claire/edit');
    const refused = await anne.browser.submit(form, 'identity', {
      given_name: HOSTILE,
      family_name: HOSTILE,
      email: HOSTILE,
      phone: HOSTILE,
      national_ids: HOSTILE,
      specialties: HOSTILE,
    });
    expect(refused.status, refused.url.href).to.equal(422);
    for (const page of [search, refused]) expect(page.body).to.not.include('<probe-element');
  });

  it('is calculated by no spreadsheet, in no column of any export', async () => {
    const home = await anne.get('/admin/people');
    const lists = ['people', 'organisations', 'networks', 'applications'].map(
      list => `/admin/export/${list}.csv`,
    );
    const { body } = await region('GET', '/reviews');
    const [review] = body['items'] as readonly { readonly review: string }[];
    const reports = [
      `/admin/reviews/${review?.review}/report.csv`,
      '/admin/trail/csv',
      '/admin/trail/people/acc-perine/csv',
    ];
    expect(home.status).to.equal(200);
    for (const path of [...lists, ...reports]) {
      const sheet = await anne.get(path);
      expect(sheet.status, path).to.equal(200);
      for (const cell of cellsOf(sheet.body))
        expect(cell, path).to.not.match(/^[\s\u00a0]*[=+@\t\r-](?!\d*$)/u);
    }
  });

  it('is text in every cell of every workbook', async () => {
    for (const list of ['people', 'organisations', 'networks', 'applications']) {
      const { status, bytes } = await region('GET', `/exports/${list}?format=xlsx`);
      expect(status, list).to.equal(200);
      const [sheet] = Object.entries(unzipSync(bytes)).filter(([part]) => part.includes('worksheets/'));
      const text = strFromU8(sheet?.[1] ?? new Uint8Array());
      expect(text, list).not.to.match(/<f[\s>]|t="str"|<probe-element/u);
      if (list === 'people')
        for (const formula of FORMULAS) expect(text).to.include(`>${formula.trim()}</t>`);
      if (list === 'organisations') expect(text).to.include('>=1+1</t>');
    }
  });

  it('leads nowhere that is a script', async () => {
    for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'https://a.example/#x']) {
      const { status } = await region('POST', '/applications', {
        body: {
          client_id: 'adresse',
          name: 'Adresse',
          redirect_uris: [uri],
          grant_types: ['authorization_code'],
          scopes: ['openid'],
        },
      });
      expect(status, uri).to.equal(422);
    }
  });
});

/** Cells of a CSV of ours: quoted where they are text, `;` between them. */
function cellsOf(csv: string): readonly string[] {
  return [...csv.replace(/^\uFEFF/u, '').matchAll(/(?:^|;|\r\n)(?:"((?:[^"]|"")*)"|([^;\r\n]*))/gu)].map(
    ([, quoted, bare]) => (quoted ?? bare ?? '').replaceAll('""', '"'),
  );
}
