import { expect } from 'chai';
import { createCatalogue, slotsBetween } from '../../src/admin/people/catalogue.ts';
import { merged, sortInSlices } from '../../src/admin/people/order.ts';
import { createQueue } from '../../src/admin/people/queue.ts';
import { administeredRegion } from '../support/administrators.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

describe('the copy of all people that searches look into', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ region: administeredRegion() });
  });
  after(() => app.destroy());

  const namesIn = async (catalogue: ReturnType<typeof createCatalogue>) =>
    (await catalogue.entries()).map(({ familyName }) => familyName);
  const rename = (sub: string, familyName: string) =>
    app.services.directory.professionals.update(sub, person => ({ ...person, familyName }));

  it('is read before anybody searches, and follows what another instance writes', async () => {
    const [here, elsewhere] = [createCatalogue(app.services), createCatalogue(app.services)];
    await Promise.all([here.follow(), elsewhere.follow()]);
    await rename('acc-claire', 'Zyx');
    expect(await namesIn(here)).to.include('Zyx');
    expect(await namesIn(elsewhere)).to.include('Zyx');
    await rename('acc-claire', 'Aabc');
    await elsewhere.follow();
    const names = await namesIn(elsewhere);
    expect(names[0]).to.equal('Aabc');
    expect(names).not.to.include('Zyx');
  });

  it('shows each of fifty who wrote what they wrote, all at once', async () => {
    const catalogue = createCatalogue(app.services);
    await catalogue.follow();
    const subs = (await catalogue.entries()).map(({ sub }) => sub);
    const seen = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const sub = subs[at % subs.length] ?? '';
        await app.services.directory.professionals.update(sub, person => ({
          ...person,
          specialties: [`${at}`, ...person.specialties],
        }));
        const changedAtMs = (await app.services.directory.professionals.get(sub))?.changedAtMs ?? Infinity;
        const entry = (await catalogue.entries()).find(candidate => candidate.sub === sub);
        return (entry?.changedAtMs ?? -Infinity) >= changedAtMs;
      }),
    );
    expect(seen).to.deep.equal(seen.map(() => true));
  });

  it('is not waited for without end: pages answer 503 for a while, and the reading goes on', async () => {
    const { directory } = app.services;
    const slow = Promise.withResolvers<undefined>();
    const professionals: typeof directory.professionals = {
      ...directory.professionals,
      list: async (...asked) => (await slow.promise, directory.professionals.list(...asked)),
    };
    const catalogue = createCatalogue({
      ...app.services,
      directory: { ...directory, professionals },
      waitMs: 10,
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => catalogue.entries().catch((error: unknown) => error)),
    );
    for (const answer of answers)
      expect(answer).to.include({ code: 'admin.people_not_ready', status: 503, retryAfterSeconds: 5 });
    slow.resolve(undefined);
    await catalogue.follow();
    expect(await catalogue.entries()).to.have.length.above(10);
  });

  it('gives up reading when the service stops, and answers none of it for the whole', async () => {
    const catalogue = createCatalogue(app.services);
    await catalogue.follow(() => true);
    expect(await catalogue.entries()).to.have.length.above(10);
  });
});

describe('what has changed since', () => {
  const at = (text: string) => Date.parse(text);

  it('is asked for by tenths, seconds and minutes that leave nothing out', () => {
    expect(slotsBetween(at('2026-11-21T10:00:58.730Z'), at('2026-11-21T10:02:01.200Z'))).to.deep.equal([
      '2026-11-21T10:00:58.7',
      '2026-11-21T10:00:58.8',
      '2026-11-21T10:00:58.9',
      '2026-11-21T10:00:59',
      '2026-11-21T10:01',
      '2026-11-21T10:02:00',
      '2026-11-21T10:02:01',
    ]);
  });

  it('takes its place in the order of thousands', async () => {
    const items = Array.from({ length: 9_001 }, (_, n) => ({
      sub: `${n}`,
      order: `${(n * 7919) % 9_001}`.padStart(5, '0'),
    }));
    const sorted = await sortInSlices(items);
    expect(sorted.map(({ order }) => Number(order))).to.deep.equal(items.map((_, n) => n));
    const changed = new Map([['0', { sub: '0', order: '05000x' }]]);
    const after = merged(sorted, changed);
    expect(after).to.have.length(items.length);
    expect(after.findIndex(({ sub }) => sub === '0')).to.equal(5_000);
  });

  it('is read once for all who wait, and by one reading at a time', async () => {
    const queue = createQueue();
    let running = 0;
    let runs = 0;
    const work = async () => {
      runs += 1;
      expect((running += 1)).to.equal(1);
      await Promise.resolve();
      running -= 1;
    };
    const failed = queue.after(() => Promise.reject(new Error('away')));
    await Promise.all([
      failed.catch(() => undefined),
      ...Array.from({ length: 50 }, () => queue.shared(work)),
      queue.after(work),
    ]);
    expect(runs).to.equal(2);
  });
});
