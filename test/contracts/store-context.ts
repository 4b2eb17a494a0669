import { expect } from 'chai';
import type { ShiftedClock } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Doc } from '#store/index.ts';
import type { TestStore } from '../support/store.ts';

/** Callers of every race: the port promises exactly one winner among any number. */
export const CALLERS = 60;

export interface Person extends Doc {
  readonly name?: string | null;
  readonly login?: string;
  readonly tags?: readonly string[];
  readonly secret?: { readonly pin: string };
  readonly visits?: number;
}

export const PEOPLE: CollectionSpec<Person> = {
  name: 'people',
  version: 1,
  indexes: {
    name: { key: doc => doc.name, folded: true },
    login: { key: doc => doc.login, unique: true },
    badge: { key: doc => doc.tags?.map(tag => `badge ${tag}`), unique: true },
    tags: { key: doc => doc.tags, folded: true },
  },
  sealed: ['secret'],
};

export interface Counter extends Doc {
  readonly hits?: number;
  readonly label?: string;
}

export const COUNTERS: CollectionSpec<Counter> = { name: 'counters', version: 1, indexes: {} };

/** What a backend's test file gives. */
export interface StoreContract {
  /** A URL that nobody else uses. */
  newUrl(): Promise<string>;
  /** Everything that is stored there, as raw bytes or text. */
  readRaw(url: string): Promise<string>;
  /** Copies one raw document's stored text over another's, behind the store's back. */
  moveText(url: string, collection: string, fromId: string, toId: string): Promise<void>;
}

/** What each test finds: a fresh store, its collections and its clock. */
export interface StoreContext {
  store: TestStore;
  people: Collection<Person>;
  counters: Collection<Counter>;
  clock: ShiftedClock;
  readonly backend: StoreContract;
  /** A further store on that URL, with the same clock and keys. */
  open(url: string): Promise<TestStore>;
}

/** Passes when `action` fails with that `AppError` code or that class. */
export async function rejects(action: Promise<unknown>, expected: string | (new () => Error)): Promise<void> {
  const outcome = await action.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (typeof expected === 'string') expect(outcome).to.have.property('code', expected);
  else expect(outcome).to.be.instanceOf(expected);
}
