import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accessEvents } from '#access/index.ts';
import { verifyAudit, type AuditLine, type EventEntry } from '#audit/index.ts';
import { insKey } from '#kernel/index.ts';
import { expect } from 'chai';
import { keyLinksSpec } from '../../src/access/records/collections.ts';
import { defineActEvent } from '../../src/admin/acts/act.ts';
import { actRefused } from '../../src/admin/acts/events.ts';
import { administeredRegion, seatOf, type Seat } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const suspended = defineActEvent('admin.account.suspended', 'Compte suspendu');
const given = defineActEvent('admin.membership.given', 'Profil donné');
const ACTS = '?act=admin.account.suspended';
const GIFTS = '?act=admin.membership.given';
const INS = `2550699012341${insKey('2550699012341')}`;
const decided = accessEvents.find(({ type }) => type === 'access.decision.made')!;

describe('the trail', () => {
  let app: TestApp;
  const seats = new Map<string, Promise<Seat>>();
  const act = (actor: string, account: string, reason: string, more: EventEntry['data'] = {}) =>
    app.services.audit.record(suspended, {
      actor: `acc-${actor}`,
      account: `acc-${account}`,
      source: '192.0.2.7',
      acr: 'urn:trousseau:acr:code',
      outcome: 'success',
      data: {
        act: 'account.suspend',
        reason,
        changes: '{"status":["active","suspended"]}',
        via: 'page',
        ...more,
      },
    });
  const opens = (actor: string, key: string, network: string, outcome: 'success' | 'refused' = 'success') =>
    app.services.audit.record(decided, {
      actor: `acc-${actor}`,
      patientKey: key,
      client: 'viewer',
      acr: 'urn:trousseau:acr:mfa',
      outcome,
      data: {
        resourceType: 'patient_record',
        action: 'read',
        purpose: 'bris_de_glace',
        network,
        code: 'any',
      },
    });

  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
    await act('colin', 'luc', 'Raison-Luc');
    await act('paul', 'claire', 'Raison-Claire');
    await act('anne', 'karim', 'Raison-Karim');
    await act('anne', 'libre', '=cmd|calc!A1');
    await app.services.audit.record(given, {
      actor: 'acc-colin',
      account: 'acc-karim',
      outcome: 'success',
      data: { target: 'clinique', reason: 'Raison-Ailleurs' },
    });
    // In a place of the CHU, but in a network that its administrators do not administer.
    const changes = JSON.stringify({ membership: [null, 'acces_limite @ perinatalite/chu –'] });
    await app.services.audit.record(given, {
      actor: 'acc-anne',
      account: 'acc-karim',
      outcome: 'success',
      data: { target: 'chu', reason: 'Raison-Reseau', changes },
    });
    await opens('claire', 'key-onco', 'cancerologie');
    await opens('luc', 'key-onco', 'cancerologie');
    await opens('luc', 'key-onco', 'cancerologie', 'refused');
    await opens('perine', 'key-peri', 'perinatalite');
  });
  after(() => app.destroy());

  function seat(who: string): Promise<Seat> {
    const taken = seats.get(who) ?? seatOf(app, who);
    seats.set(who, taken);
    return taken;
  }
  const visit = async (who: string, to: string) => (await seat(who)).get(to);
  const reasonsFor = async (who: string, query = '') => {
    const page = await visit(who, `/admin/trail${query}`);
    expect(page.status, query).to.equal(200);
    return [...page.body.matchAll(/Raison-(\w+)/gu)].map(([, reason]) => reason);
  };
  const refused = async (who: string, to: string, code = 'admin.not_found') => {
    const page = await visit(who, to);
    expect(page.body, `${who} ${to}`).to.include(`data-code="${code}"`);
    expect(page.body).not.to.match(/Raison-/u);
  };
  const readingsBy = async (who: string): Promise<readonly AuditLine[]> =>
    (await app.services.audit.backwards({ account: `acc-${who}`, limit: 100 })).items.filter(
      ({ type, actor }) => type === 'admin.trail.read' && actor === `acc-${who}`,
    );

  describe('scope', () => {
    it('is the whole region for its administrator and its auditor, the newest first', async () => {
      for (const who of ['anne', 'nadia'])
        expect(await reasonsFor(who, ACTS)).to.deep.equal(['Karim', 'Claire', 'Luc']);
    });

    it('is the people of the branch for a local auditor and administrator, and nothing else', async () => {
      for (const who of ['noe', 'paul']) {
        expect(await reasonsFor(who, ACTS)).to.deep.equal(['Karim', 'Claire']);
        // What a person of two branches holds in the other one is not theirs to read.
        expect(await reasonsFor(who, GIFTS)).to.deep.equal([]);
      }
      expect(await reasonsFor('colin', ACTS)).to.deep.equal(['Karim', 'Luc']);
      expect(await reasonsFor('colin', GIFTS)).to.deep.equal(['Ailleurs']);
    });

    it('names nobody of another branch, nor where they acted from', async () => {
      const page = await visit('noe', '/admin/trail?person=acc-karim');
      expect(page.body).to.include('Raison-Karim');
      expect(page.body).not.to.match(/Anne TEST|acc-anne|192\.0\.2\.7/u);
      expect((await visit('anne', '/admin/trail?person=acc-karim')).body).to.match(
        /Anne TEST[^]*192\.0\.2\.7/u,
      );
    });

    it('is nobody’s who does not administer', async () => {
      await refused('claire', '/admin/trail', 'admin.not_administrator');
      await refused('claire', '/admin/trail/mine', 'admin.not_administrator');
    });

    it('answers for a person of another branch as for an unknown one: by filter, by report, by file', async () => {
      for (const sub of ['acc-luc', 'acc-nobody'])
        for (const to of [`?person=${sub}`, `/people/${sub}`, `/people/${sub}/csv`])
          await refused('noe', `/admin/trail${to}`);
      for (const id of ['clinique', 'region', 'nowhere']) await refused('noe', `/admin/trail?branch=${id}`);
    });

    it('is that of the path, whatever the query says', async () => {
      const page = await visit(
        'noe',
        '/admin/trail/people/acc-paul?person=acc-colin&sub=acc-colin&record=key-onco',
      );
      expect(page.status).to.equal(200);
      expect(page.body).to.include('Raison-Claire').and.not.to.include('Raison-Luc');
      await refused('noe', '/admin/trail/people/acc-luc?person=acc-paul');
      const mine = await visit('paul', '/admin/trail/mine?person=acc-colin&branch=clinique&record=key-onco');
      expect(mine.body)
        .to.include('Raison-Claire')
        .and.not.to.match(/Raison-(?:Luc|Karim)/u);
    });

    it('says afterwards no more of a person who exists elsewhere than of one who does not', async () => {
      const traceOf = async (target: string) => {
        await refused('paul', `/admin/trail/people/${target}`);
        const data = { act: 'account.suspend', target, code: 'outside_branch' };
        await app.services.audit.record(actRefused, { actor: 'acc-paul', outcome: 'refused', data });
        const { body } = await visit('paul', '/admin/trail/mine');
        // The newest: this reading, the act, and the refused reading.
        const rows = body.split('<li>\n      <p class="trail-when">').slice(1, 4);
        expect(rows.join()).to.include(target);
        return rows
          .join()
          .replaceAll(target, 'ID')
          .replaceAll(/<time.*?<\/time>|<span class="visually-hidden">.*?<\/span>|nº \d+/gu, '');
      };
      const existing = await traceOf('acc-luc');
      expect(existing).not.to.include('Luc');
      expect(existing).to.equal(await traceOf('acc-nix'));
      const organisation = await traceOf('clinique');
      expect(organisation).not.to.include('Clinique');
    });

    it('finds people by part of a name within the branch only', async () => {
      expect((await visit('noe', '/admin/trail?q=luc')).body).not.to.include('acc-luc');
      expect((await visit('noe', '/admin/trail?q=clai')).body).to.include('person=acc-claire');
      expect((await visit('anne', '/admin/trail?q=luc')).body).to.include('person=acc-luc');
    });
  });

  describe('records', () => {
    it('are for who audits the network in the whole region', async () => {
      for (const who of ['noe', 'paul', 'carole'])
        for (const to of ['?record=key-onco', '/records/key-onco', '/records/key-onco/csv'])
          await refused(who, `/admin/trail${to}`);
      // A key hides in the lines about their own people.
      expect((await visit('noe', '/admin/trail?person=acc-claire')).body).not.to.include('key-onco');
    });

    it('show who was let in, when, why, at which level, and not who was refused', async () => {
      const page = await visit('nadia', '/admin/trail/records/key-onco');
      expect(page.status).to.equal(200);
      expect(page.body.match(/<th scope="row">/gu)).to.have.length(2);
      expect(page.body).to.match(/Luc TEST[^]*bris de glace[^]*niveau 3[^]*Claire TEST/u);
    });

    it('name both who asked and on whose behalf: on the page, in the file, and in what is handed to the patient', async () => {
      await app.services.audit.record(decided, {
        actor: 'acc-luc',
        onBehalfOf: 'acc-claire',
        patientKey: 'key-delegated',
        client: 'viewer',
        acr: 'urn:trousseau:acr:mfa',
        outcome: 'success',
        data: { resourceType: 'patient_record', action: 'read', network: 'cancerologie', code: 'any' },
      });
      const report = '/admin/trail/records/key-delegated';
      expect((await visit('nadia', report)).body).to.match(/Luc TEST, au nom de Claire TEST/u);
      expect((await visit('nadia', `${report}/csv`)).body).to.match(
        /;"Luc TEST";"Claire TEST";"key-delegated";/u,
      );
      const parts: string[] = [];
      for await (const part of app.admin.reports.write({
        about: { record: 'key-delegated' },
        format: 'text',
      }))
        parts.push(part);
      expect(parts.join('')).to.match(/, par Luc TEST, au nom de Claire TEST\./u);
    });

    it('of a network that the auditor does not audit stay closed, whether they exist or not', async () => {
      for (const key of ['key-peri', 'key-none']) {
        const page = await visit('nadia', `/admin/trail/records/${key}`);
        expect(page.status).to.equal(200);
        expect(page.body).not.to.include('<th scope="row">');
      }
      expect((await visit('anne', '/admin/trail/records/key-peri')).body).to.include('<th scope="row">');
    });

    it('of a patient with several keys are read together, for who audits the network where they were joined', async () => {
      const links = app.services.store.collection(keyLinksSpec);
      const join = (network: string, ends: readonly [string, string]) =>
        links.insert({
          id: `${network}/${ends[0]}~${ends[1]}`,
          network,
          ends,
          client: 'viewer',
          linkedAt: 0,
          by: 'acc-claire',
          method: 'oral',
          collectedAtMs: 0,
        });
      await opens('claire', 'key-two-a', 'cancerologie');
      await opens('luc', 'key-two-b', 'cancerologie');
      await opens('karim', 'key-two-c', 'cancerologie');
      // Joined in a network that nadia does not audit, and another patient there.
      await opens('perine', 'key-two-d', 'perinatalite');
      await opens('libre', 'key-two-d', 'cancerologie');
      await join('cancerologie', ['key-two-a', 'key-two-b']);
      await join('cancerologie', ['key-two-b', 'key-two-c']);
      await join('perinatalite', ['key-two-a', 'key-two-d']);
      const rows = (body: string) => body.match(/<th scope="row">/gu)?.length;
      for (const key of ['key-two-a', 'key-two-c']) {
        const page = await visit('nadia', `/admin/trail/records/${key}`);
        expect(rows(page.body), key).to.equal(3);
        expect(page.body).to.match(/Karim TEST[^]*Luc TEST[^]*Claire TEST/u);
        expect(page.body).not.to.include('key-two-d');
        const csv = await visit('nadia', `/admin/trail/records/${key}/csv`);
        expect(csv.body.trim().split('\n'), key).to.have.length(5);
      }
      const whole = await visit('anne', '/admin/trail/records/key-two-a');
      expect(rows(whole.body)).to.equal(4);
      expect(whole.body).to.include('Perine TEST').and.not.to.include('Libre TEST');
      expect(rows((await visit('nadia', '/admin/trail/records/key-two-d')).body)).to.equal(1);
    });

    it('are asked for by their key: an INS goes no further, nor into the trail', async () => {
      await refused('anne', `/admin/trail/records/${INS}`, 'admin.invalid');
      await refused('anne', '/admin/trail?record=2%2055%2006', 'admin.invalid');
      const lines = (await app.services.audit.backwards({ limit: 500 })).items;
      expect(JSON.stringify(lines)).not.to.include(INS);
    });
  });

  it('is narrowed by act, by branch and by day, and refuses what is none', async () => {
    expect(await reasonsFor('anne', GIFTS)).to.deep.equal(['Reseau', 'Ailleurs']);
    expect(await reasonsFor('anne', '?act=category:signin')).to.deep.equal([]);
    expect(await reasonsFor('anne', `${ACTS}&branch=clinique`)).to.deep.equal(['Karim', 'Luc']);
    expect(await reasonsFor('anne', '?to=2026-01-01')).to.deep.equal([]);
    for (const query of ['act=nothing', 'from=yesterday', 'from=2026-13-45', 'from=2026-02-02&to=2026-02-01'])
      await refused('anne', `/admin/trail?${query}`, 'admin.invalid');
    await refused('anne', '/admin/trail?after=anything', 'audit.bad_cursor');
  });

  it('leaves a trace of every reading, with its filters and without what was found, also of refused ones', async () => {
    const before = (await readingsBy('carole')).length;
    await visit('carole', '/admin/trail?person=acc-claire&act=admin.account.suspended&from=2026-01-01');
    await visit('carole', '/admin/trail/people/acc-claire/csv');
    await refused('carole', '/admin/trail/people/acc-luc');
    const [third, second, first, ...older] = await readingsBy('carole');
    expect(older).to.have.length(before);
    expect(first).to.deep.include({ account: 'acc-claire', outcome: 'success' });
    expect(first?.data).to.deep.equal({ view: 'list', act: 'admin.account.suspended', from: '2026-01-01' });
    expect(second).to.deep.include({ account: 'acc-claire', data: { view: 'person_csv' } });
    expect(third).to.deep.include({ account: 'acc-luc', outcome: 'refused' });
    expect(third?.data).to.include({ code: 'admin.not_found' });
  });

  it('shows administrators what they did themselves, and their superior as well', async () => {
    expect((await visit('paul', '/admin/trail/mine')).body).to.include('Raison-Claire');
    expect((await visit('anne', '/admin/trail/people/acc-paul')).body).to.include('Raison-Claire');
    await refused('colin', '/admin/trail/people/acc-paul');
  });

  it('goes on from page to page without losing a line or showing one twice', async () => {
    for (let at = 0; at < 60; at++) await opens('luc', `suite-${at}-`, 'cancerologie');
    const keysOf = ({ body }: { readonly body: string }) => [
      ...new Set([...body.matchAll(/suite-\d+-/gu)].map(([key]) => key)),
    ];
    const query = '?person=acc-luc&act=access.decision.made';
    const page = await visit('nadia', `/admin/trail${query}`);
    const [, next = ''] = /href="(\/admin\/trail\?[^"]*after=[^"]*)"/u.exec(page.body) ?? [];
    const first = keysOf(page);
    const second = keysOf(await visit('nadia', next.replaceAll('&amp;', '&')));
    expect([...first, ...second]).to.deep.equal(Array.from({ length: 60 }, (_, at) => `suite-${59 - at}-`));
  });

  it('gives out as a file what the page shows, cut to the branch and the networks of who takes it', async () => {
    const reasonsIn = ({ body }: { readonly body: string }) =>
      [...body.matchAll(/Raison-(\w+)/gu)].map(([, reason]) => reason);
    for (const who of ['nadia', 'noe', 'paul', 'colin', 'anne']) {
      const file = await visit(who, `/admin/trail/csv${ACTS}`);
      expect(file.headers.get('content-type'), who).to.match(/^text\/csv/u);
      expect(reasonsIn(file), who).to.deep.equal(await reasonsFor(who, ACTS));
    }
    // Nobody's record of a network that they do not audit, nor any record for who audits a branch.
    const everything = await visit('nadia', '/admin/trail/csv');
    expect(everything.body).to.include('key-onco').and.not.to.include('key-peri');
    expect((await visit('noe', '/admin/trail/csv')).body).not.to.match(/key-(onco|peri)/u);
    await refused('noe', '/admin/trail/csv?record=key-onco');
    await refused('paul', '/admin/trail/csv?person=acc-luc');
    await refused('claire', '/admin/trail/csv', 'admin.not_administrator');
    expect((await readingsBy('noe')).map(({ data }) => data?.['view'])).to.include('list_csv');
  });

  it('gives reports as files in which nothing is a formula, and which say that they are whole', async () => {
    const file = await visit('anne', '/admin/trail/people/acc-anne/csv');
    expect(file.headers.get('content-type')).to.match(/^text\/csv/u);
    const rows = file.body.split('\r\n');
    expect(file.body).to.include(`"'=cmd|calc!A1"`);
    for (const row of rows)
      for (const cell of row.split(';')) expect(cell.replace(/^\uFEFF?"/u, '')).not.to.match(/^[=+\-@\t\r]/u);
    expect(rows.at(-2)).to.match(/^"Fin du rapport/u);
  });

  describe('the export', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'trousseau-export-'));
    });
    after(() => rm(folder, { recursive: true }));

    it('is no administrator’s, no local auditor’s, and not the auditor’s of one network', async () => {
      for (const who of ['anne', 'paul', 'carole'])
        await refused(who, '/admin/trail/export', 'admin.not_administrator');
      for (const who of ['noe', 'nadia']) {
        for (const to of ['/admin/trail/export', '/admin/trail/export/key'])
          await refused(who, to, 'admin.audit_partial');
        expect((await visit(who, '/admin/trail')).body).not.to.include('/admin/trail/export');
      }
    });

    it('is the auditor’s of every network of the region', async () => {
      await app.services.directory.professionals.update('acc-nadia', person => ({
        ...person,
        memberships: [
          ...person.memberships,
          ...person.memberships.map(held => ({ ...held, network: 'perinatalite' })),
        ],
      }));
      const { body } = await visit('nadia', '/admin/trail');
      expect(body).to.include('href="/admin/trail/export"');
    });

    it('verifies with the key that the page gives, is traced, and shows a line that was changed', async () => {
      const { browser, get } = await seat('nadia');
      const form = await get('/admin/trail/export');
      expect(form.status).to.equal(200);
      const publicKey = (await get('/admin/trail/export/key')).body;
      const day = new Date(app.clock.nowMs()).toISOString().slice(0, 10);
      const answer = await browser.submit(form, 'export', { from: day });
      expect(answer.headers.get('content-disposition')).to.match(/^attachment/u);
      const file = path.join(folder, 'traces.jsonl');
      await writeFile(file, answer.body);
      const report = await verifyAudit({ from: { file }, publicKeys: [publicKey] });
      expect(report).to.deep.include({ isIntact: true, uncoveredLines: 0 });
      expect(answer.body).to.include('Raison-Luc').and.to.include('"type":"admin.trail.exported"');
      await writeFile(file, answer.body.replace('Raison-Luc', 'Raison-Duc'));
      expect((await verifyAudit({ from: { file }, publicKeys: [publicKey] })).isIntact).to.equal(false);
    });

    it('says again what was typed when the days are none', async () => {
      const { browser, get } = await seat('nadia');
      const form = await get('/admin/trail/export');
      const answer = await browser.submit(form, 'export', { from: '2026-02-02', to: '2026-02-01' });
      expect(answer.status).to.equal(422);
      expect(answer.forms.find(({ id }) => id === 'export')?.fields).to.include({ from: '2026-02-02' });
    });

    it('asks for a fresh sign-in', async () => {
      const form = await visit('nadia', '/admin/trail/export');
      app.clock.advance(16 * 60);
      const late = await (await seat('nadia')).browser.submit(form, 'export', { from: '2026-02-02' });
      expect([late.status, late.alertCode]).to.deep.equal([403, 'admin.authentication_too_old']);
      expect(late.forms.find(({ id }) => id === 'export')?.fields).to.include({ from: '2026-02-02' });
      const page = await visit('nadia', '/admin/trail/export');
      expect(page.url.pathname).to.match(/^\/interaction/u);
    });
  });
});
