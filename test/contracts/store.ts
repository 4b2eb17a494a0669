import { createShiftedClock } from '#kernel/index.ts';
import { openTestStore } from '../support/store.ts';
import { atRestContract } from './store-at-rest.ts';
import { COUNTERS, PEOPLE, type StoreContext, type StoreContract } from './store-context.ts';
import { documentsContract } from './store-documents.ts';
import { expiryContract } from './store-expiry.ts';
import { indexesContract } from './store-indexes.ts';
import { racesContract } from './store-races.ts';
import { rowsContract } from './store-rows.ts';
import { unsealedContract } from './store-unsealed.ts';

/** The promises of `src/store/port.ts`, the same for every backend. */
export function storeContract(name: string, backend: StoreContract): void {
  describe(`store contract: ${name}`, () => {
    // Filled before each test.
    const on = {
      backend,
      open: url => openTestStore({ url, clock: on.clock }),
    } as StoreContext;

    beforeEach(async () => {
      on.clock = createShiftedClock();
      on.store = await on.open(await backend.newUrl());
      on.people = on.store.collection(PEOPLE);
      on.counters = on.store.collection(COUNTERS);
    });
    afterEach(() => on.store.destroy());

    documentsContract(on);
    racesContract(on);
    expiryContract(on);
    indexesContract(on);
    atRestContract(on);
    rowsContract(on);
    unsealedContract(on);
  });
}
