import { expect } from 'chai';
import { actRefused } from '../../src/admin/acts/events.ts';
import { ACTS, openTrailWorld, reasonsIn, type TrailWorld } from './trail-world.ts';

const GIFTS = '?act=admin.membership.given';

describe('the trail', () => {
  let world: TrailWorld;
  before(async () => {
    world = await openTrailWorld();
  });
  after(() => world.app.destroy());

  describe('scope', () => {
    it('is the whole region for its administrator and its auditor, the newest first', async () => {
      for (const who of ['anne', 'nadia'])
        expect(await world.reasonsFor(who, ACTS)).to.deep.equal(['Karim', 'Claire', 'Luc']);
    });

    it('is the people of the branch for a local auditor and administrator, and nothing else', async () => {
      for (const who of ['noe', 'paul']) {
        expect(await world.reasonsFor(who, ACTS)).to.deep.equal(['Karim', 'Claire']);
        // What a person of two branches holds in the other one is not theirs to read.
        expect(await world.reasonsFor(who, GIFTS)).to.deep.equal([]);
      }
      expect(await world.reasonsFor('colin', ACTS)).to.deep.equal(['Karim', 'Luc']);
      expect(await world.reasonsFor('colin', GIFTS)).to.deep.equal(['Ailleurs']);
    });

    it('names nobody of another branch, nor where they acted from', async () => {
      const page = await world.visit('noe', '/admin/trail?person=acc-karim');
      expect(page.body).to.include('Raison-Karim');
      expect(page.body).not.to.match(/Anne TEST|acc-anne|192\.0\.2\.7/u);
      expect((await world.visit('anne', '/admin/trail?person=acc-karim')).body).to.match(
        /Anne TEST[^]*192\.0\.2\.7/u,
      );
    });

    it('is nobody’s who does not administer', async () => {
      await world.refused('claire', '/admin/trail', 'admin.not_administrator');
      await world.refused('claire', '/admin/trail/mine', 'admin.not_administrator');
    });

    it('answers for a person of another branch as for an unknown one: by filter, by report, by file', async () => {
      for (const sub of ['acc-luc', 'acc-nobody'])
        for (const to of [`?person=${sub}`, `/people/${sub}`, `/people/${sub}/csv`])
          await world.refused('noe', `/admin/trail${to}`);
      for (const id of ['clinique', 'region', 'nowhere'])
        await world.refused('noe', `/admin/trail?branch=${id}`);
    });

    it('is that of the path, whatever the query says', async () => {
      const page = await world.visit(
        'noe',
        '/admin/trail/people/acc-paul?person=acc-colin&sub=acc-colin&record=key-onco',
      );
      expect(page.status).to.equal(200);
      expect(page.body).to.include('Raison-Claire').and.not.to.include('Raison-Luc');
      await world.refused('noe', '/admin/trail/people/acc-luc?person=acc-paul');
      const mine = await world.visit(
        'paul',
        '/admin/trail/mine?person=acc-colin&branch=clinique&record=key-onco',
      );
      expect(mine.body)
        .to.include('Raison-Claire')
        .and.not.to.match(/Raison-(?:Luc|Karim)/u);
    });

    it('says afterwards no more of a person who exists elsewhere than of one who does not', async () => {
      const traceOf = async (target: string) => {
        await world.refused('paul', `/admin/trail/people/${target}`);
        const data = { act: 'account.suspend', target, code: 'outside_branch' };
        await world.app.services.audit.record(actRefused, { actor: 'acc-paul', outcome: 'refused', data });
        const { body } = await world.visit('paul', '/admin/trail/mine');
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
      expect((await world.visit('noe', '/admin/trail?q=luc')).body).not.to.include('acc-luc');
      expect((await world.visit('noe', '/admin/trail?q=clai')).body).to.include('person=acc-claire');
      expect((await world.visit('anne', '/admin/trail?q=luc')).body).to.include('person=acc-luc');
    });
  });

  it('is narrowed by act, by branch and by day, and refuses what is none', async () => {
    expect(await world.reasonsFor('anne', GIFTS)).to.deep.equal(['Reseau', 'Ailleurs']);
    expect(await world.reasonsFor('anne', '?act=category:signin')).to.deep.equal([]);
    expect(await world.reasonsFor('anne', `${ACTS}&branch=clinique`)).to.deep.equal(['Karim', 'Luc']);
    expect(await world.reasonsFor('anne', '?to=2026-01-01')).to.deep.equal([]);
    for (const query of ['act=nothing', 'from=yesterday', 'from=2026-13-45', 'from=2026-02-02&to=2026-02-01'])
      await world.refused('anne', `/admin/trail?${query}`, 'admin.invalid');
    await world.refused('anne', '/admin/trail?after=anything', 'audit.bad_cursor');
  });

  it('leaves a trace of every reading, with its filters and without what was found, also of refused ones', async () => {
    const before = (await world.readingsBy('carole')).length;
    await world.visit('carole', '/admin/trail?person=acc-claire&act=admin.account.suspended&from=2026-01-01');
    await world.visit('carole', '/admin/trail/people/acc-claire/csv');
    await world.refused('carole', '/admin/trail/people/acc-luc');
    const [third, second, first, ...older] = await world.readingsBy('carole');
    expect(older).to.have.length(before);
    expect(first).to.deep.include({ account: 'acc-claire', outcome: 'success' });
    expect(first?.data).to.deep.equal({ view: 'list', act: 'admin.account.suspended', from: '2026-01-01' });
    expect(second).to.deep.include({ account: 'acc-claire', data: { view: 'person_csv' } });
    expect(third).to.deep.include({ account: 'acc-luc', outcome: 'refused' });
    expect(third?.data).to.include({ code: 'admin.not_found' });
  });

  it('shows administrators what they did themselves, and their superior as well', async () => {
    expect((await world.visit('paul', '/admin/trail/mine')).body).to.include('Raison-Claire');
    expect((await world.visit('anne', '/admin/trail/people/acc-paul')).body).to.include('Raison-Claire');
    await world.refused('colin', '/admin/trail/people/acc-paul');
  });

  it('goes on from page to page without losing a line or showing one twice', async () => {
    for (let at = 0; at < 60; at++) await world.opens('luc', `suite-${at}-`, 'cancerologie');
    const keysOf = ({ body }: { readonly body: string }) => [
      ...new Set([...body.matchAll(/suite-\d+-/gu)].map(([key]) => key)),
    ];
    const query = '?person=acc-luc&act=access.decision.made';
    const page = await world.visit('nadia', `/admin/trail${query}`);
    const [, next = ''] = /href="(\/admin\/trail\?[^"]*after=[^"]*)"/u.exec(page.body) ?? [];
    const first = keysOf(page);
    const second = keysOf(await world.visit('nadia', next.replaceAll('&amp;', '&')));
    expect([...first, ...second]).to.deep.equal(Array.from({ length: 60 }, (_, at) => `suite-${59 - at}-`));
  });

  it('gives out as a file what the page shows, cut to the branch and the networks of who takes it', async () => {
    for (const who of ['nadia', 'noe', 'paul', 'colin', 'anne']) {
      const file = await world.visit(who, `/admin/trail/csv${ACTS}`);
      expect(file.headers.get('content-type'), who).to.match(/^text\/csv/u);
      expect(reasonsIn(file), who).to.deep.equal(await world.reasonsFor(who, ACTS));
    }
    // Nobody's record of a network that they do not audit, nor any record for who audits a branch.
    const everything = await world.visit('nadia', '/admin/trail/csv');
    expect(everything.body).to.include('key-onco').and.not.to.include('key-peri');
    expect((await world.visit('noe', '/admin/trail/csv')).body).not.to.match(/key-(onco|peri)/u);
    await world.refused('noe', '/admin/trail/csv?record=key-onco');
    await world.refused('paul', '/admin/trail/csv?person=acc-luc');
    await world.refused('claire', '/admin/trail/csv', 'admin.not_administrator');
    expect((await world.readingsBy('noe')).map(({ data }) => data?.['view'])).to.include('list_csv');
  });
});
