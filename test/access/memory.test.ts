import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { systemClock as clock } from '#kernel/index.ts';
import { factsOfTable, regionTableSchema } from '../../src/access/facts/table-facts.ts';
import { createMemory } from '../../src/access/memory.ts';
import { createPolicies } from '../../src/access/policies.ts';
import { createPolicyHistory } from '../../src/access/policy-history.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { copyPolicies, type PolicyFolder } from './policy-folder.ts';

const logger = { info: () => {}, error: () => {} };

describe('what an instance hears of', () => {
  let folder: PolicyFolder;
  let stores: TestStore[];

  before(async () => {
    folder = await copyPolicies();
    const store = await openTestStore();
    stores = [store, await openTestStore({ url: store.url })];
  });
  after(async () => {
    await stores[1]?.close();
    await stores[0]?.destroy();
    await folder.remove();
  });

  it('a policy that another instance has put in force is in force here without being asked for', async () => {
    const [here, there] = stores.map(store => {
      const history = createPolicyHistory({ store, clock });
      const policies = createPolicies({ folder: folder.path, history, logger });
      const facts = factsOfTable(regionTableSchema.parse({ networks: [], accounts: [] }));
      const onPolicyLoaded = () => policies.follow();
      return { policies, memory: createMemory({ store, clock, facts, onPolicyLoaded, logger }) };
    });
    await Promise.all([here?.policies.load(), there?.policies.load()]);
    here?.memory.start();
    await folder.edit('policy.csv', text => `${text}\np, auditeur, patient_record, rcp_register, allow\n`);
    const loaded = await there?.policies.load('acc-1');
    for (const end = performance.now() + 20_000; performance.now() < end; await delay(10))
      if (here?.policies.current().version === loaded?.version) break;
    expect(here?.policies.current().version).to.equal(loaded?.version);
  });
});
