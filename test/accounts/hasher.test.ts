import { argon2Sync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { createHasher, isArgon2Hash, type Hasher } from '#accounts/index.ts';
import { isAppError } from '#kernel/index.ts';

/** The cheapest that RFC 9106 allows: these tests are about the pool. */
const QUICK = { threads: 2, maxQueue: 64, memoryKiB: 8, passes: 1, parallelism: 1 };

describe('hash pool', () => {
  const open: Hasher[] = [];
  function pool(more: Partial<typeof QUICK> = {}): Hasher {
    const hasher = createHasher({ ...QUICK, ...more });
    open.push(hasher);
    return hasher;
  }
  afterEach(() => Promise.all(open.splice(0).map(hasher => hasher.close())));

  it('makes a PHC string that an independent computation agrees with', async () => {
    const phc = await pool({ memoryKiB: 19_456, passes: 2 }).hash('Trousseau-2026!');
    expect(phc).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/u);
    const [, , , , salt = '', hash = ''] = phc.split('$');
    const expected = argon2Sync('argon2id', {
      message: 'Trousseau-2026!',
      nonce: Buffer.from(salt, 'base64'),
      memory: 19_456,
      passes: 2,
      parallelism: 1,
      tagLength: 32,
    });
    expect(Buffer.from(hash, 'base64').equals(expected)).to.equal(true);
  });

  it('verifies hashes made with other parameters, and says that they are outdated', async () => {
    const old = await pool({ memoryKiB: 16, passes: 3 }).hash('é-secret');
    const hasher = pool();
    expect(await hasher.verify(old, 'é-secret')).to.equal(true);
    expect(await hasher.verify(old, 'e-secret')).to.equal(false);
    expect(hasher.isOutdated(old)).to.equal(true);
    expect(hasher.isOutdated(await hasher.hash('x'))).to.equal(false);
  });

  it('does everything within its queue and refuses everything beyond with a time to wait', async () => {
    const hasher = pool({ maxQueue: 10 });
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => hasher.hash('x')));
    const done = outcomes.filter(outcome => outcome.status === 'fulfilled');
    const refused = outcomes
      .filter(outcome => outcome.status === 'rejected')
      .map(({ reason }) => reason as unknown);
    expect(done).to.have.length(12);
    expect(refused).to.have.length(48);
    for (const error of refused) {
      expect(isAppError(error, 'accounts.hashing_busy')).to.equal(true);
      expect(isAppError(error) && error.status).to.equal(503);
      expect(isAppError(error) && error.retryAfterSeconds).to.be.greaterThan(0);
    }
    expect(hasher.load()).to.deep.equal({ running: 0, waiting: 0 });
    expect(await hasher.verify(await hasher.hash('again'), 'again')).to.equal(true);
  });

  it('survives work that fails', async () => {
    const hasher = pool({ threads: 1 });
    const outcomes = await Promise.allSettled([
      hasher.verify('not a hash', 'x'),
      hasher.verify('$argon2id$v=19$m=9999999,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA', 'x'),
      hasher.hash('x'),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'fulfilled']);
    expect(isAppError((outcomes[0] as PromiseRejectedResult).reason, 'accounts.hashing_failed')).to.equal(
      true,
    );
  });

  it('trap 20: leaves the event loop free while it works', async () => {
    const hasher = pool({ memoryKiB: 19_456, passes: 2 });
    const work = Promise.all(Array.from({ length: 8 }, () => hasher.hash('x')));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await work;
    clearInterval(timer);
    expect(turns).to.be.greaterThan(5);
  });

  it('trap 13: leaves libuv’s threads to files and DNS, however many hashes wait', async () => {
    const hasher = pool({ memoryKiB: 19_456, passes: 2 });
    let isHashing = true;
    const work = Promise.all(Array.from({ length: 20 }, () => hasher.hash('x'))).then(
      () => (isHashing = false),
    );
    // On libuv's own four threads the file would wait for the hashes that came before it.
    await readFile(import.meta.filename);
    expect(isHashing).to.equal(true);
    expect(hasher.load().waiting).to.be.greaterThan(10);
    await work;
  });

  it('fails what waits when it closes, and refuses what comes later', async () => {
    const hasher = pool({ threads: 1 });
    const waiting = Array.from({ length: 5 }, () => hasher.hash('x'));
    const settled = Promise.allSettled(waiting);
    await hasher.close();
    expect((await settled).every(({ status }) => status === 'rejected')).to.equal(true);
    const late = await hasher.hash('x').catch((error: unknown) => error);
    expect(isAppError(late, 'accounts.hashing_failed')).to.equal(true);
  });

  it('bounds what an imported hash may cost', () => {
    const tail = '$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    expect(isArgon2Hash(`$argon2id$v=19$m=19456,t=2,p=1${tail}`)).to.equal(true);
    for (const head of [
      '$argon2id$v=19$m=1048576,t=2,p=1',
      '$argon2id$v=19$m=19456,t=100,p=1',
      '$argon2id$v=19$m=19456,t=2,p=0',
      '$argon2id$v=19$m=7,t=2,p=1',
      '$argon2i$v=19$m=19456,t=2,p=1',
      '$argon2id$v=16$m=19456,t=2,p=1',
      '$2y$10$',
    ]) {
      expect(isArgon2Hash(head + tail), head).to.equal(false);
    }
  });
});
