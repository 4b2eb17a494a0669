import { expect } from 'chai';
import { ask, REGION } from '../region.ts';
import { createWorld, type TestWorld } from '../world.ts';

type Answer = Awaited<ReturnType<TestWorld['send']>>;

/** The consent API as one application uses it, on a record that no other test knows. */
export interface ConsentDesk {
  readonly world: TestWorld;
  /** The patient of this test. */
  readonly key: string;
  /** Who collected it, how and when. */
  readonly told: (more?: object, by?: string) => object;
  readonly on: (
    method: string,
    path: string,
    body?: object,
    client?: string,
    key?: string,
  ) => Promise<Answer>;
  readonly codeOf: (account: string, action?: string, key?: string, client?: string) => Promise<string>;
  /** Informed, consented, created by Claire. */
  readonly begin: (key?: string) => Promise<void>;
}

/** One service for the tests of a file, one patient for each. */
export function useConsentDesk(): ConsentDesk {
  let world: TestWorld;
  let key = '';
  let records = 0;
  before(async () => {
    world = await createWorld(REGION);
  });
  after(() => world.close());
  beforeEach(() => {
    key = `pk-nouveau-${++records}`;
  });

  const told: ConsentDesk['told'] = (more = {}, by = 'claire') => ({
    by,
    method: 'papier',
    at: new Date(world.clock.nowMs()).toISOString(),
    ...more,
  });
  const on: ConsentDesk['on'] = (method, path, body, client = 'dcc', of = key) =>
    world.send(method, `/access/v1/records/${of}${path}`, body, { client });
  return {
    get world() {
      return world;
    },
    get key() {
      return key;
    },
    told,
    on,
    async codeOf(account, action = 'read', of = key, client = 'dcc') {
      const request = ask(account, action, of) as never;
      return (await world.access.decide(request, world.caller(client))).context.reason_code;
    },
    async begin(of = key) {
      for (const path of ['/information', '/consent'])
        expect((await on('PUT', path, told(), 'dcc', of)).status).to.equal(200);
      expect((await on('PUT', '/creator', { account: 'claire' }, 'dcc', of)).status).to.equal(200);
    },
  };
}
