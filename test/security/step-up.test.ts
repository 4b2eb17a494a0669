import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Page } from '../../scripts/interop/browserless.ts';
import { apiOf, basicOf, startApiApp } from '../admin/api-client.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { PASSWORD, type TestApp } from '../support/app.ts';
import { uploadPeople } from '../support/people-file.ts';

const regional = {
  sub: 'acc-alix',
  login: 'alix.test',
  given_name: 'Alix',
  family_name: 'Test',
  email: 'alix.test@chu.example',
  password: PASSWORD,
  terms_accepted: '2026-1',
  memberships: [{ network: 'cancerologie', profile: 'administrateur_regional', organisation: 'region' }],
};
const claire = { given_name: 'Claire', family_name: 'Test', national_ids: '899700366240' };

describe('a session left open gives nobody a way into an account', () => {
  let app: TestApp;
  let paul: Seat;
  let csrf: string;
  let sans: string;
  let upload: Page;
  before(async () => {
    app = await startApiApp({}, { accounts: [...administeredRegion().accounts, regional] });
    const made = await (
      await apiOf(app, basicOf('si-chu'))
    )('POST', '/people', {
      body: { given_name: 'Sans', family_name: 'Compte', email: 'sans@chu.example', organisation: 'chu' },
    });
    sans = String(made.body['sub']);
    paul = await seatOf(app, 'paul');
    csrf = (await paul.get('/admin/people/acc-claire/memberships/new')).forms.at(-1)?.fields['csrf'] ?? '';
    upload = await uploadPeople(
      paul,
      app.issuer,
      'Nom;Prénom;Adresse électronique;Profil\nNeuve;Zoé;zoe@chu.example;pharmacien',
      { network: 'cancerologie', organisation: 'chu' },
    );
    app.clock.advance(16 * 60);
  });
  after(() => app.destroy());

  const person = (sub: string) => app.services.directory.professionals.get(sub);
  const post = (path: string, fields: Readonly<Record<string, string>>) =>
    paul.browser.post(`${app.issuer}${path}`, new URLSearchParams({ csrf, reason: 'Essai', ...fields }));

  it('is led to sign in again before the page that opens or moves one', async () => {
    for (const path of [
      '/admin/people/new',
      `/admin/people/${sans}/open`,
      '/admin/people/acc-claire/edit',
      '/admin/people/acc-claire/reset-password',
      upload.url.pathname,
    ])
      expect((await paul.get(path)).url.pathname, path).to.match(/^\/interaction\//u);
  });

  it('is refused where it sends such a form all the same', async () => {
    const sent = [
      await post(`/admin/people/${sans}/open`, {}),
      await post('/admin/people/acc-claire/edit', { ...claire, email: 'autre@chu.example' }),
      await post('/admin/people/acc-claire/edit', {
        ...claire,
        email: 'claire.test@chu.example',
        phone: '+33612345678',
      }),
      await post('/admin/people/new', {
        given_name: 'Zoé',
        family_name: 'Neuve',
        email: 'zoe@chu.example',
        network: 'cancerologie',
        organisation: 'chu',
        profile: 'pharmacien',
        opens_account: 'yes',
      }),
      await post(`${upload.url.pathname}/confirm`, {}),
    ];
    for (const { status, alertCode, url } of sent)
      expect([status, alertCode], url.pathname).to.deep.equal([403, 'admin.authentication_too_old']);
    expect((await person('acc-claire'))?.email).to.equal('claire.test@chu.example');
    expect((await person('acc-claire'))?.phone).to.equal(undefined);
    expect(await app.services.accounts.loginOf(sans)).to.equal(null);
  });

  it('does nothing of a bulk order before a new sign-in, to which its page leads', async () => {
    const go = 'a'.repeat(22);
    await post('/admin/people/bulk', { action: 'open', sub: sans, step: 'confirm', go });
    await app.jobs.runNow('admin.bulk');
    expect(await app.services.accounts.loginOf(sans)).to.equal(null);
    // The order may already be in the hands of a turn of the job that began by itself.
    let page = await paul.get(`/admin/people/bulk/${go}`);
    for (let tries = 0; tries < 200 && !page.url.pathname.startsWith('/interaction/'); tries++) {
      await delay(50);
      page = await paul.get(`/admin/people/bulk/${go}`);
    }
    expect(page.url.pathname).to.match(/^\/interaction\//u);
    expect(await app.services.accounts.loginOf(sans)).to.equal(null);
  });

  it('still corrects a name', async () => {
    const renamed = await post('/admin/people/acc-claire/edit', {
      ...claire,
      given_name: 'Clara',
      email: 'claire.test@chu.example',
    });
    expect(renamed.url.search).to.equal('?done=changed');
  });

  it('moves no address of a regional administrator without a second person', async () => {
    const region = await apiOf(app, basicOf('si-region'));
    for (const [method, path, body] of [
      ['PATCH', '/people/acc-alix', { email: 'autre@chu.example' }],
      ['POST', '/people/acc-alix/reset-password', {}],
    ] as const) {
      const { etag } = await region('GET', '/people/acc-alix');
      const headers = method === 'PATCH' ? { 'if-match': etag } : {};
      expect((await region(method, path, { body, headers })).status, path).to.equal(202);
    }
    expect((await person('acc-alix'))?.email).to.equal('alix.test@chu.example');
  });
});
