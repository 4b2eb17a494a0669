import { expect } from 'chai';
import { countFigures, FIGURES, findingsOf } from '../../src/admin/dashboard/figures.ts';
import type { CatalogueEntry } from '../../src/admin/people/catalogue.ts';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { createTestDesk, type TestDesk } from '../support/desk.ts';

const DAY_MS = 86_400_000;

describe('the dashboard of administration', () => {
  let app: TestApp;
  let desk: TestDesk;
  before(async () => {
    const region = administeredRegion();
    const held = (organisation: string, profile: string, more: object = {}) => ({
      network: 'cancerologie',
      organisation,
      profile,
      ...more,
    });
    const soon = new Date(Date.now() + 10 * DAY_MS).toISOString();
    const past = new Date(Date.now() - 5 * DAY_MS).toISOString();
    app = await startTestApp({
      region: {
        ...region,
        accounts: [
          ...region.accounts.map(account =>
            account.sub === 'acc-luc' ? { ...account, email: undefined } : account,
          ),
          {
            sub: 'acc-rita',
            login: 'rita.test',
            given_name: 'Rita',
            family_name: 'Test',
            memberships: [
              held('chu', 'utilisateur_cancerologie', { to: soon }),
              held('chu', 'medecin_rcp'),
              held('chu', 'secretaire_rcp'),
              held('chu', 'pharmacien'),
              held('chu', 'responsable_rcp', { to: past }),
              held('clinique', 'utilisateur_cancerologie', { to: soon }),
            ],
          },
        ],
      },
    });
    desk = createTestDesk(app);
  });
  after(() => app.destroy());

  /** What the page says of each figure: the end of its address → number. */
  async function figuresOf(who: string): Promise<Record<string, number>> {
    const { status, body } = await desk.page(who, '/admin');
    expect(status).to.equal(200);
    const cells = body.matchAll(/href="([^"]+)"[^>]*>(?:<strong>(\d+)|[^<]*<\/a><\/dt><dd><strong>(\d+))/gu);
    return Object.fromEntries(
      [...cells].map(([, href = '', count, other]) => [href.split('/').at(-1) ?? '', Number(count ?? other)]),
    );
  }
  const namesIn = async (who: string, key: string) =>
    [...(await desk.page(who, `/admin/figures/${key}`)).body.matchAll(/people\/acc-(\w+)"/gu)].map(
      ([, name]) => name,
    );

  it('counts for each reader what their branch holds, and lists the same people', async () => {
    const region = await figuresOf('anne');
    expect(region).to.include({ ending: 2, 'no-second-means': 2, 'over-privileged': 1 });
    const chu = await figuresOf('paul');
    expect(chu).to.include({ ending: 1, 'no-second-means': 1, 'over-privileged': 1 });
    const clinique = await figuresOf('colin');
    expect(clinique).to.include({ ending: 1, 'no-second-means': 2, 'over-privileged': 0 });
    for (const [who, figures] of [
      ['anne', region],
      ['paul', chu],
      ['colin', clinique],
    ] as const)
      for (const { key } of FIGURES)
        expect((await namesIn(who, key)).length, `${who} ${key}`).to.equal(figures[key] ?? 0);
    expect(await namesIn('paul', 'no-second-means')).to.deep.equal(['rita']);
    // The responsable whose profile ended five days ago; everybody who administers without a form.
    expect(await namesIn('paul', 'proofs')).to.have.members(['rita', 'paul', 'carole', 'noe', 'karim']);
  });

  it('answers an unknown list like one that nobody may read, and is closed to who administers nothing', async () => {
    expect((await desk.page('anne', '/admin/figures/constructor')).status).to.equal(404);
    expect((await desk.page('claire', '/admin')).status).to.equal(403);
    expect((await desk.page('claire', '/admin/figures/proofs')).status).to.equal(403);
  });

  it('shows the reviews that wait for this reader, with the days left', async () => {
    const to = new Date(app.clock.nowMs() + 20 * DAY_MS).toISOString().slice(0, 10);
    const input = { name: 'Annuelle', network: 'cancerologie', organisation: 'clinique', to };
    const launched = await desk.post('anne', '/admin/reviews/new', '/admin/reviews/new', input);
    const id = launched.url.pathname.split('/').at(-1) ?? '';
    expect(await figuresOf('colin')).to.include({ [id]: 3 });
    expect(await figuresOf('paul')).to.not.have.property(id);
    expect((await desk.page('nadia', '/admin')).body).to.not.include(
      `class="figure" href="/admin/reviews/${id}"`,
    );
  });

  it('is computed in a fraction of a second for 50,000 people', async () => {
    const nowMs = app.clock.nowMs();
    const entries = Array.from({ length: 50_000 }, (_, index): CatalogueEntry => {
      const membership = {
        network: 'cancerologie',
        organisation: ['chu', 'chu-onco', 'clinique'][index % 3] ?? 'chu',
        profile: 'utilisateur_cancerologie',
      };
      return {
        sub: `p${index}`,
        familyName: 'Test',
        givenName: 'Test',
        login: `t${index}`,
        openedAtMs: 0,
        changedAtMs: undefined,
        email: index % 10 === 0 ? undefined : 't@chu.example',
        status: 'active',
        profession: undefined,
        branch: undefined,
        memberships: [membership, { ...membership, profile: 'medecin_rcp', toMs: nowMs + DAY_MS }],
        text: '',
        order: String(index),
      };
    });
    for (const who of ['acc-anne', 'acc-paul']) {
      const authority = await app.access.administration.authorityOf({
        kind: 'person',
        sub: who,
        session: { acr: undefined, authTime: 0 },
      });
      countFigures(entries, authority, nowMs);
      const before = process.cpuUsage();
      const counts = countFigures(entries, authority, nowMs);
      const { user } = process.cpuUsage(before);
      const [ending] = FIGURES;
      const listed = ending ? findingsOf(ending, entries, authority, nowMs).length : -1;
      expect(counts.get('ending')).to.equal(listed);
      // Of the processor, in microseconds: the machine of the tests does other things besides.
      expect(user).to.be.below(200_000);
    }
  });
});
