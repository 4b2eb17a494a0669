import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { clientAuthMethodOf } from '#directory/index.ts';
import { openRegionWorld, smallRegion, type RegionWorld } from './world.ts';

const DEMO = path.resolve(import.meta.dirname, '../../scripts/demo/region.json');

describe('region export', () => {
  let world: RegionWorld;
  beforeEach(async () => {
    world = await openRegionWorld();
  });
  afterEach(() => world.close());

  it('gives a document that changes nothing where it came from', async () => {
    await world.region.importDocument(smallRegion(), world.folder);
    const document = JSON.parse(JSON.stringify(await world.region.exportDocument()));
    const { counts } = await world.region.importDocument(document, world.folder, { reapply: true });
    expect(counts).to.deep.equal({ add: 0, change: 0, same: 7, refuse: 0, warn: 0 });
  });

  it('gives the same region elsewhere, without passwords and secrets', async () => {
    await world.region.importDocument(smallRegion(), world.folder);
    const document = JSON.parse(JSON.stringify(await world.region.exportDocument()));
    expect(JSON.stringify(document)).not.to.match(/"password"|password_hash|client_secret"|argon2/u);
    const other = await openRegionWorld();
    const { counts } = await other.region.importDocument(document, other.folder);
    expect(counts).to.include({ refuse: 0 });
    const [here, there] = await Promise.all(
      [world, other].map(({ directory }) => directory.professionals.get('acc-claire')),
    );
    expect({ ...there, changedAtMs: 0 }).to.deep.equal({ ...here, changedAtMs: 0 });
    expect(await other.accounts.findByLogin('claire.dupont')).not.to.have.property('passwordHash');
    await other.close();
  });

  it('says how each application proves itself: elsewhere none becomes public, here it changes nothing', async () => {
    const application = { name: 'X', redirect_uris: ['https://x.example/cb'] };
    const secret = 'a-secret-that-nobody-has-guessed-yet-0123';
    await world.region.importDocument(
      {
        version: 1,
        applications: [
          { ...application, client_id: 'batch', client_secret: secret, grant_types: ['client_credentials'] },
          { ...application, client_id: 'site', client_secret: secret },
          { ...application, client_id: 'app' },
        ],
      },
      world.folder,
    );
    const document = JSON.parse(JSON.stringify(await world.region.exportDocument()));
    const again = await world.region.importDocument(document, world.folder, { reapply: true });
    expect(again.counts).to.include({ add: 0, change: 0, refuse: 0 });
    const other = await openRegionWorld();
    const { counts, rows } = await other.region.importDocument(document, other.folder);
    expect(counts).to.include({ refuse: 0 });
    expect(
      rows.filter(({ warnings = [] }) => warnings.some(text => text.startsWith('client_secret'))),
      'those that cannot prove themselves until they are given a secret',
    ).to.have.length(2);
    const means = await Promise.all(
      ['batch', 'site', 'app'].map(async id => {
        const found = await other.directory.applications.get(id);
        return found && clientAuthMethodOf(found);
      }),
    );
    expect(means).to.deep.equal(['client_secret_basic', 'client_secret_basic', 'none']);
    await other.close();
  });

  it('reads the demonstration region without a doubt', async () => {
    const { records: _records, rcp_sessions: _sessions, ...demo } = JSON.parse(await readFile(DEMO, 'utf8'));
    const region = world.regionWith({ isDemo: true });
    const { counts, rows } = await region.importDocument(demo, path.dirname(DEMO));
    expect(rows.filter(({ outcome }) => outcome === 'refuse')).to.deep.equal([]);
    const doubts = rows
      .flatMap(({ warnings = [] }) => warnings)
      .filter(text => !text.startsWith('asserts_acr'));
    expect(doubts).to.deep.equal([]);
    const again = await region.importDocument(demo, path.dirname(DEMO));
    expect(again.counts).to.include({ add: 0, change: 0, refuse: 0, same: counts.add + counts.change });
  });
});
