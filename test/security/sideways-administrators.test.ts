import { expect } from 'chai';
import { apiOf, basicOf, startApiApp, type ApiClient } from '../admin/api-client.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { PASSWORD, type TestApp } from '../support/app.ts';
import { uploadPeople } from '../support/people-file.ts';

const NUMBER = '899700245667';
const DAY_MS = 86_400_000;
const held = (profile: string, organisation: string) => ({
  network: 'cancerologie',
  profile,
  organisation,
});

/** `karin` administers the clinique and works at the CHU too; `carole`, of the CHU, is of another kind than `paul`. */
const karin = {
  sub: 'acc-karin',
  login: 'karin.test',
  given_name: 'Karin',
  family_name: 'Test',
  email: 'karin.test@chu.example',
  password: PASSWORD,
  terms_accepted: '2026-1',
  national_ids: [NUMBER],
  memberships: [held('administrateur_local', 'clinique'), held('pharmacien', 'chu')],
};
/** Works elsewhere only: reached by number and name. */
const ailleurs = {
  ...karin,
  sub: 'acc-ailleurs',
  login: 'ailleurs.test',
  family_name: 'Ailleurs',
  email: 'ailleurs.test@chu.example',
  national_ids: ['899700366240'],
  memberships: [held('administrateur_local', 'clinique')],
};

describe('an administrator of a higher or sideways branch is touched', () => {
  let app: TestApp;
  let chu: ApiClient;
  let paul: Seat;
  before(async () => {
    const accounts = administeredRegion().accounts.map(account =>
      account.sub === 'acc-claire' ? { ...account, national_ids: [] } : account,
    );
    app = await startApiApp({}, { accounts: [...accounts, karin, ailleurs] });
    chu = await apiOf(app, basicOf('si-chu'));
    paul = await seatOf(app, 'paul');
  });
  after(() => app.destroy());

  const person = (sub: string) => app.services.directory.professionals.get(sub);
  const everybody = async () =>
    JSON.stringify(await Promise.all(['acc-karin', 'acc-carole', 'acc-noe', 'acc-ailleurs'].map(person)));
  const refOf = async (sub: string) => {
    const { body } = await chu('GET', `/people/${sub}/memberships`);
    return (body['items'] as readonly { readonly membership: string }[])[0]?.membership ?? '';
  };

  for (const name of ['karin', 'carole', 'noe']) {
    const sub = `acc-${name}`;
    it(`by no act of the API (${name})`, async () => {
      const before = await everybody();
      const ref = await refOf(sub);
      const to = new Date(app.clock.nowMs() + 30 * DAY_MS).toISOString();
      const given = held('utilisateur_cancerologie', 'chu');
      const calls: readonly (readonly [method: string, path: string, body?: object])[] = [
        ['PATCH', `/people/${sub}`, { given_name: 'Autre' }],
        ['PATCH', `/people/${sub}`, { email: 'autre@chu.example' }],
        ['PATCH', `/people/${sub}`, { phone: '+33612345678' }],
        ['POST', `/people/${sub}/enrol`, { organisation: 'chu' }],
        ['POST', `/people/${sub}/memberships`, given],
        ['PATCH', `/people/${sub}/memberships/${ref}`, { to }],
        ['DELETE', `/people/${sub}/memberships/${ref}`],
        ['POST', `/people/${sub}/delegations`, { delegate: 'acc-claire', to }],
        ['DELETE', `/people/${sub}/delegations/acc-claire`],
        ...['suspend', 'reactivate', 'close', 'reset-password', 'reset-factors', 'end-sessions', 'open'].map(
          act => ['POST', `/people/${sub}/${act}`, {}] as const,
        ),
      ];
      for (const [method, path, body] of calls) {
        const current = method === 'POST' ? undefined : (await chu('GET', path)).etag;
        const { status } = await chu(method, path, {
          ...(body && { body }),
          headers: current === undefined ? {} : { 'if-match': current || '*' },
        });
        expect(status, `${method} ${path} ${JSON.stringify(body)}`).to.be.oneOf([403, 404]);
      }
      expect(await everybody()).to.equal(before);
    });
  }

  it('by no colleague who attaches them with their number and name', async () => {
    const before = await everybody();
    const place = held('pharmacien', 'chu');
    const attach = (national_id: string, family_name: string) =>
      chu('POST', '/memberships/attach', { body: { national_id, family_name, ...place } });
    expect((await attach('899700366240', 'Ailleurs')).body.code).to.equal('admin.privileged_account');
    // Without the name, the number tells nothing.
    expect((await attach('899700366240', 'Autre')).body.code).to.equal('admin.no_such_colleague');
    expect(await everybody()).to.equal(before);
  });

  it('by no page and no bulk act', async () => {
    const before = await everybody();
    const csrf = (await paul.get('/admin/people/new')).forms.at(-1)?.fields['csrf'] ?? '';
    const ref = await refOf('acc-karin');
    const place = { network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' };
    const send = (path: string, fields: Readonly<Record<string, string>>) =>
      paul.browser.post(`${app.issuer}${path}`, new URLSearchParams({ csrf, reason: 'Essai', ...fields }));
    await send(`/admin/people/acc-karin/memberships/${ref}/remove`, {});
    await send(`/admin/people/acc-karin/memberships/${ref}`, { until: '2027-01-01', from: '' });
    await send('/admin/people/acc-karin/memberships/new', place);
    await send('/admin/people/acc-karin/absence', { delegate: 'acc-claire', from: '', until: '2027-01-01' });
    for (const action of ['suspend', 'reactivate', 'end-sessions', 'open', 'give'])
      for (const sub of ['acc-karin', 'acc-carole', 'acc-noe'])
        await send('/admin/people/bulk', { action, sub, step: 'confirm', ...place });
    expect(await everybody()).to.equal(before);
  });

  it('by no list that names them', async () => {
    const before = await everybody();
    const list = [
      'Nom;Prénom;RPPS;Adresse électronique;Établissement;Profil',
      `Test;Karin;${NUMBER.slice(1)};karin.test@chu.example;chu;utilisateur_cancerologie`,
      'Test;Carole;;carole.test@chu.example;chu;utilisateur_cancerologie',
    ].join('\n');
    const check = await uploadPeople(paul, app.issuer, list, { network: 'cancerologie' });
    const form = check.forms.find(({ action }) => action.pathname.endsWith('/confirm'));
    if (form) await paul.browser.submit(check, form.id);
    await app.jobs.runNow('admin.imports');
    expect(await everybody()).to.equal(before);
  });

  it('by SCIM: neither as a user nor as a member of a group', async () => {
    const before = await everybody();
    const scim = (method: string, path: string, body?: object) =>
      fetch(`${app.issuer}/scim/v2${path}`, {
        method,
        headers: { Authorization: basicOf('si-chu'), 'Content-Type': 'application/scim+json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const patch = (Operations: readonly object[]) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations,
    });
    for (const sub of ['acc-karin', 'acc-carole']) {
      const calls: readonly (readonly [string, string, object?])[] = [
        ['PATCH', `/Users/${sub}`, patch([{ op: 'replace', path: 'active', value: false }])],
        [
          'PATCH',
          `/Users/${sub}`,
          patch([{ op: 'replace', path: 'emails', value: [{ value: 'autre@chu.example' }] }]),
        ],
        ['DELETE', `/Users/${sub}`],
        [
          'PATCH',
          '/Groups/cancerologie.chu.utilisateur_cancerologie',
          patch([{ op: 'add', path: 'members', value: [{ value: sub }] }]),
        ],
        [
          'PATCH',
          sub === 'acc-karin'
            ? '/Groups/cancerologie.chu.pharmacien'
            : '/Groups/cancerologie.chu.administrateur_3c',
          patch([{ op: 'remove', path: `members[value eq "${sub}"]` }]),
        ],
      ];
      for (const [method, path, body] of calls)
        expect((await scim(method, path, body)).status, `${method} ${path}`).to.be.within(400, 404);
    }
    expect(await everybody()).to.equal(before);
  });

  it('by no answer of an access review', async () => {
    const region = await apiOf(app, basicOf('si-region'));
    const to = new Date(app.clock.nowMs() + 40 * DAY_MS).toISOString();
    const made = await region('POST', '/reviews', {
      body: { name: 'Automne', network: 'cancerologie', organisation: 'chu', to },
    });
    const review = String(made.body['review']);
    const { body } = await chu('GET', `/reviews/${review}/lines?limit=200`);
    const lines = (body['items'] as readonly { line: string; sub: string }[]).filter(({ sub }) =>
      ['acc-karin', 'acc-carole', 'acc-noe'].includes(sub),
    );
    expect(lines.length).to.be.greaterThan(1);
    const before = await everybody();
    for (const { line } of lines)
      for (const choice of ['keep', 'remove'])
        expect(
          (
            await chu('POST', `/reviews/${review}/lines/${line}/decide`, {
              body: { choice, reason: 'Essai' },
            })
          ).status,
        ).to.equal(403);
    expect(await everybody()).to.equal(before);
  });
});
