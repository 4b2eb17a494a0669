import { setTimeout as wait } from 'node:timers/promises';
import { createJobs, type Jobs } from '#jobs/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import { expect } from 'chai';
import { createStillClock } from '../support/clock.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

describe('jobs', () => {
  let store: TestStore;
  let clock: ShiftedClock;
  let instances: Jobs[];
  let errors: object[];

  beforeEach(async () => {
    clock = createShiftedClock();
    store = await openTestStore({ clock });
    instances = [];
    errors = [];
  });
  afterEach(async () => {
    await Promise.all(instances.map(jobs => jobs.stop()));
    await store.destroy();
  });

  function instance(): Jobs {
    const logger = { debug: () => {}, error: (fields: object) => void errors.push(fields) };
    const jobs = createJobs({ store, clock, logger });
    instances.push(jobs);
    return jobs;
  }

  async function until(isReached: () => boolean): Promise<void> {
    for (let left = 300; !isReached(); left--) {
      if (left === 0) expect.fail('waited too long');
      await wait(10);
    }
  }

  it('runs a job on one of fifty instances that start together', async () => {
    let runs = 0;
    for (let index = 0; index < 50; index++) instance().every('work', 3600, async () => void runs++);
    for (const jobs of instances) jobs.start();
    await Promise.all(instances.map(jobs => jobs.stop()));
    expect(runs).to.equal(1);
    expect(errors).to.deep.equal([]);
  });

  it('runs a job once per period, again on the next one', async () => {
    let runs = 0;
    const jobs = instance();
    jobs.every('work', 1, async () => void runs++);
    jobs.start();
    await until(() => runs === 2);
  });

  it('keeps to its periods however long a run takes', async function () {
    // The bound is ours, the machine is shared: an unlucky pause of the whole process is not a failure.
    this.retries(2);
    const starts: number[] = [];
    const jobs = instance();
    jobs.every('work', 1, async () => {
      starts.push(clock.nowMs());
      await wait(400);
    });
    jobs.start();
    await until(() => starts.length === 3);
    // The first run is the one at the start; the others begin at whole seconds.
    for (const start of starts.slice(1)) expect(start % 1000).to.be.lessThan(300);
  });

  it('runs what each instance does for itself on all of fifty, at once, and tells it of the stop', async () => {
    let runs = 0;
    let told = 0;
    for (let index = 0; index < 50; index++)
      instance().everyHere('own work', 3600, async isStopping => {
        runs++;
        while (!isStopping()) await wait(5);
        told++;
      });
    for (const jobs of instances) jobs.start();
    await Promise.all(instances.map(jobs => jobs.stop()));
    expect([runs, told]).to.deep.equal([50, 50]);
  });

  it('does not repeat a turn after a restart', async () => {
    let runs = 0;
    for (let index = 0; index < 2; index++) {
      const jobs = instance();
      jobs.every('work', 86_400, async () => void runs++);
      jobs.start();
      await jobs.stop();
    }
    expect(runs).to.equal(1);
    clock.advance(86_400);
    const jobs = instance();
    jobs.every('work', 86_400, async () => void runs++);
    jobs.start();
    await until(() => runs === 2);
  });

  it('logs what a job throws, and runs it again', async () => {
    let runs = 0;
    const jobs = instance();
    jobs.every('work', 1, async () => {
      runs++;
      throw new Error('broken');
    });
    jobs.start();
    await until(() => runs === 2);
    expect(errors[0]).to.include({ job: 'work' });
  });

  it('lets another instance in when the holder has died', async () => {
    const held = Promise.withResolvers<void>();
    const dead = instance();
    dead.every('work', 3600, () => held.promise);
    const lost = dead.runNow('work');
    let runs = 0;
    const alive = instance();
    alive.every('work', 3600, async () => void runs++);
    await until(() => store.stats().operations > 0);
    await wait(50);
    expect(await alive.runNow('work')).to.equal(false);
    clock.advance(61);
    expect(await alive.runNow('work')).to.equal(true);
    expect(runs).to.equal(1);
    held.resolve();
    await lost;
  });

  it('gives fifty that ask for a run now exactly one at a time', async () => {
    let active = 0;
    let most = 0;
    for (let index = 0; index < 50; index++) {
      instance().every('work', 3600, async () => {
        most = Math.max(most, ++active);
        await wait(20);
        active--;
      });
    }
    const ran = await Promise.all(instances.map(jobs => jobs.runNow('work')));
    expect(ran).to.include(true);
    expect(most).to.equal(1);
  });

  it('waits for the running ones when it stops, and starts no more', async () => {
    let isDone = false;
    const jobs = instance();
    jobs.every('work', 1, async () => {
      await wait(100);
      isDone = true;
    });
    jobs.start();
    await wait(20);
    await jobs.stop();
    expect(isDone).to.equal(true);
    expect(await jobs.runNow('work')).to.equal(false);
  });

  it('rejects a run now with what the job throws', async () => {
    const jobs = instance();
    jobs.every('work', 60, () => Promise.reject(new RangeError('broken')));
    const error: unknown = await jobs.runNow('work').catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(RangeError);
  });

  it('keeps count of what failed, and when each last ended well', async () => {
    const still = createStillClock();
    const jobs = createJobs({ store, clock: still });
    instances.push(jobs);
    const registeredAt = still.now();
    let isBroken = true;
    jobs.every('work', 60, async () => {
      if (isBroken) throw new RangeError('broken');
    });
    const recordOf = () => jobs.records().find(({ name }) => name === 'work');
    const awaited = { name: 'work', periodSeconds: 60, failed: 0, succeededAt: registeredAt };
    expect(recordOf()).to.deep.equal(awaited);
    still.advance(70);
    for (let turn = 0; turn < 2; turn++) await jobs.runNow('work').catch(() => undefined);
    const broken = { ...awaited, failed: 2, failedAt: registeredAt + 70 };
    expect(recordOf()).to.deep.equal(broken);
    still.advance(5);
    isBroken = false;
    await jobs.runNow('work');
    expect(recordOf()).to.deep.equal({ ...broken, succeededAt: registeredAt + 75 });
  });

  it('counts no turn that another instance had', async () => {
    const still = createStillClock();
    // To noon, so that no day ends meanwhile.
    still.advance(86_400 - (still.now() % 86_400) + 43_200);
    const [first, second] = [createJobs({ store, clock: still }), createJobs({ store, clock: still })];
    instances.push(first, second);
    const registeredAt = still.now();
    for (const jobs of [first, second]) jobs.every('work', 86_400, async () => {});
    still.advance(600);
    for (const jobs of [first, second]) {
      jobs.start();
      await jobs.stop();
    }
    const ends = [first, second].map(jobs => jobs.records().find(({ name }) => name === 'work')?.succeededAt);
    expect(ends).to.deep.equal([registeredAt + 600, registeredAt]);
  });

  it('removes what has expired from every collection, by many batches', async () => {
    const spec = (name: string) => ({ name, version: 1, indexes: {} });
    const collections = ['things', 'others'].map(name => store.collection(spec(name)));
    const soon = clock.now() + 10;
    await Promise.all(
      collections.flatMap(collection =>
        Array.from({ length: 1200 }, (_, index) => collection.insert({ id: String(index), expiresAt: soon })),
      ),
    );
    await collections[0]?.insert({ id: 'kept' });
    clock.advance(11);
    await instance().runNow('jobs.reaping');
    for (const collection of collections) expect(await collection.reap(1000)).to.equal(0);
    expect(await collections[0]?.get('kept')).to.not.equal(null);
  });

  it('refuses a name that is taken and a period under a second', () => {
    const jobs = instance();
    jobs.every('work', 1, async () => {});
    expect(() => jobs.every('work', 1, async () => {})).to.throw(TypeError);
    expect(() => jobs.every('other', 0, async () => {})).to.throw(TypeError);
    expect(() => jobs.runNow('nothing')).to.throw(TypeError);
  });
});
