import { expect } from 'chai';
import { hashToken } from '#kernel/index.ts';
import { openRegionWorld, type RegionWorld, smallRegion } from './world.ts';

describe('region import, of applications', () => {
  let world: RegionWorld;
  beforeEach(async () => {
    world = await openRegionWorld();
  });
  afterEach(() => world.close());

  it('keeps the secret of an application whose row has none, and changes it when the row says so', async () => {
    const region = smallRegion();
    await world.load(region);
    const { client_secret: _secret, ...rest } = region.applications[0] ?? {};
    await world.load({ version: 1, applications: [{ ...rest, name: 'Dossier' }] });
    const kept = await world.directory.applications.get('dcc');
    expect(kept).to.deep.include({
      name: 'Dossier',
      clientSecretHash: hashToken('a-secret-of-more-than-32-characters'),
    });
    await world.load({
      version: 1,
      applications: [{ ...rest, name: 'Dossier', client_secret: 'x'.repeat(32) }],
    });
    expect(await world.directory.applications.get('dcc')).to.have.property(
      'clientSecretHash',
      hashToken('x'.repeat(32)),
    );
  });

  it('forgets the secret of an application that comes to another means', async () => {
    const region = smallRegion();
    await world.load(region);
    const { client_secret: _secret, ...rest } = region.applications[0] ?? {};
    const signed = {
      ...rest,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.example/jwks',
    };
    await world.load({ version: 1, applications: [signed] });
    expect(await world.directory.applications.get('dcc')).to.not.have.property('clientSecretHash');
    // Coming back takes a new secret: the former one is not in force again.
    await world.load({ version: 1, applications: [rest] });
    expect(await world.directory.applications.get('dcc')).to.not.have.property('clientSecretHash');
  });

  it('keeps the overlap of two secrets that the service made, until the file gives another secret', async () => {
    const region = smallRegion();
    await world.load(region);
    const overlap = {
      previousSecretHash: hashToken('former'),
      previousSecretUntilMs: 5,
      secretChangedAtMs: 4,
    };
    await world.directory.applications.update('dcc', before => ({ ...before, ...overlap }));
    const { client_secret: _secret, ...rest } = region.applications[0] ?? {};
    const report = await world.load({ version: 1, applications: [rest] });
    expect(report.counts.change).to.equal(0);
    await world.load({ version: 1, applications: [{ ...rest, name: 'Dossier' }] });
    expect(await world.directory.applications.get('dcc')).to.deep.include({ name: 'Dossier', ...overlap });
    await world.load({
      version: 1,
      applications: [{ ...rest, name: 'Dossier', client_secret: 'x'.repeat(32) }],
    });
    expect(await world.directory.applications.get('dcc')).to.not.have.any.keys(...Object.keys(overlap));
  });

  it('binds an application to a branch that exists, and says so in the export', async () => {
    const region = smallRegion();
    await world.load(region);
    const [first = {}] = region.applications;
    const organisation = { id: 'chu-x', name: 'CHU X' };
    await world.load({
      version: 1,
      organisations: [organisation],
      applications: [{ ...first, branch: 'chu-x' }],
    });
    expect(await world.directory.applications.get('dcc')).to.have.property('branch', 'chu-x');
    const report = await world.load({ version: 1, applications: [{ ...first, branch: 'nowhere' }] });
    expect(report.counts.refuse).to.equal(1);
  });

  it('keeps the logo and the référents that an organisation was given in the service', async () => {
    await world.load({ version: 1, organisations: [{ id: 'chu-x', name: 'CHU X' }] });
    const own = { logo: 'a'.repeat(64), referents: ['acc-paul'] };
    await world.directory.organisations.update('chu-x', before => ({ ...before, ...own }));
    await world.load({ version: 1, organisations: [{ id: 'chu-x', name: 'CHU Dix' }] });
    expect(await world.directory.organisations.get('chu-x')).to.deep.include({ name: 'CHU Dix', ...own });
  });

  it('keeps the applications of production out of a training base, and the other way round', async () => {
    const application = (id: string, environment?: string) => ({
      client_id: id,
      name: id,
      client_secret: 'x'.repeat(32),
      redirect_uris: ['https://app.example/callback'],
      ...(environment === undefined ? {} : { environment }),
    });
    const document = {
      version: 1,
      applications: [application('real'), application('lesson', 'formation')],
    };
    const outcomes = async (isTraining: boolean) => {
      const { rows } = await world
        .regionWith({ isTraining })
        .importDocument(document, world.folder, { dryRun: true });
      return rows.map(({ id, outcome }) => [id, outcome]);
    };
    expect(await outcomes(false)).to.deep.equal([
      ['real', 'add'],
      ['lesson', 'refuse'],
    ]);
    expect(await outcomes(true)).to.deep.equal([
      ['real', 'refuse'],
      ['lesson', 'add'],
    ]);
  });

  it('refuses the name of our own pages', async () => {
    const { rows } = await world.load({
      version: 1,
      applications: [
        {
          client_id: 'trousseau',
          name: 'X',
          client_secret: 'x'.repeat(32),
          redirect_uris: ['https://a.example/cb'],
        },
      ],
    });
    expect(rows[0]).to.have.property('outcome', 'refuse');
  });

  it('lets a demonstration, and nothing else, have short secrets', async () => {
    const { rows } = await world.regionWith({ isDemo: true }).importDocument(
      {
        version: 1,
        applications: [
          {
            client_id: 'a',
            name: 'A',
            client_secret: 'demo-123',
            redirect_uris: ['http://localhost:3001/callback'],
          },
        ],
      },
      world.folder,
    );
    expect(rows[0]).to.have.property('outcome', 'add');
  });
});
