import { createAudit } from '#audit/index.ts';
import { createSigningKeys } from '#oidc/index.ts';
import { expect } from 'chai';
import { createStillClock, type StillClock } from '../support/clock.ts';
import { createTestSealer, openTestStore, type TestStore } from '../support/store.ts';

const RETIRED_SECONDS = 3600;
/** From its publication to its first signature: two rounds of looking for new keys. */
const WAIT_SECONDS = 60;
const INSTANCES = 50;

describe('signing keys', () => {
  let store: TestStore;
  let clock: StillClock;
  beforeEach(async () => {
    clock = createStillClock();
    store = await openTestStore({ clock });
  });
  afterEach(() => store.destroy());

  const open = () =>
    createSigningKeys({
      store,
      clock,
      sealer: createTestSealer(),
      audit: createAudit({ store, clock }),
      retiredSeconds: RETIRED_SECONDS,
    });
  const kidsOf = async (keys: ReturnType<typeof open>) => (await keys.load()).jwks.map(({ kid }) => kid);

  it('are one ring for all, though many instances start at once, and the only key signs at once', async () => {
    const rings = await Promise.all(Array.from({ length: INSTANCES }, () => open().load()));
    expect(new Set(rings.map(({ version }) => version)).size).to.equal(1);
    expect(rings[0]?.jwks).to.have.length(1);
  });

  it('are published first, and sign only when every instance has had the time to see them', async () => {
    const keys = open();
    const [former] = await kidsOf(keys);
    const { kid, signsAt } = await keys.rotate();
    expect(signsAt).to.equal(clock.now() + WAIT_SECONDS);
    expect(await kidsOf(open())).to.deep.equal([former, kid]);
    clock.advance(WAIT_SECONDS - 1);
    expect(await kidsOf(open())).to.deep.equal([former, kid]);
    const { version } = await keys.load();
    clock.advance(1);
    expect(await kidsOf(open())).to.deep.equal([kid, former]);
    expect((await keys.load()).version, 'a running instance sees the change').to.not.equal(version);
  });

  it('take the keys of the cookies along: what one instance signs, every other can read', async () => {
    const keys = open();
    const former = (await keys.load()).cookieKeys;
    await keys.rotate();
    const during = (await keys.load()).cookieKeys;
    expect(during).to.have.length(2);
    expect(during[0]).to.equal(former[0]);
    clock.advance(WAIT_SECONDS);
    expect((await keys.load()).cookieKeys).to.deep.equal([during[1], during[0]]);
  });

  it('stay published for their time, counted from the last signature', async () => {
    const keys = open();
    const [first] = await kidsOf(keys);
    const { kid } = await keys.rotate();
    clock.advance(WAIT_SECONDS + RETIRED_SECONDS - 1);
    expect(await kidsOf(keys)).to.deep.equal([kid, first]);
    clock.advance(1);
    expect(await kidsOf(keys)).to.deep.equal([kid]);
  });

  it('sign in the order of their rotation when they are rotated twice within the wait', async () => {
    const keys = open();
    const [first] = await kidsOf(keys);
    const second = await keys.rotate();
    clock.advance(WAIT_SECONDS / 2);
    const third = await keys.rotate();
    expect((await kidsOf(keys))[0]).to.equal(first);
    clock.advance(WAIT_SECONDS / 2);
    expect((await kidsOf(keys))[0]).to.equal(second.kid);
    clock.advance(WAIT_SECONDS / 2);
    expect(await kidsOf(keys)).to.deep.equal([third.kid, second.kid, first]);
  });
});
