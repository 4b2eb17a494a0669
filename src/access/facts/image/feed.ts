import { setImmediate as nextTurn } from 'node:timers/promises';
import { professionalsSpec } from '#directory/index.ts';
import type { Follower, Store } from '#store/index.ts';
import type { AccessLogger } from '../../logger.ts';
import { keyLinksSpec, recordId, recordsSpec } from '../../records/collections.ts';
import { DECISIVE_FIELDS, mergeRecords } from '../../records/merge.ts';
import type { FactsSource } from '../facts.ts';
import type { FactsImage } from './image.ts';
import { createLinkedKeys } from './linked-keys.ts';

/**
 * Keeps an image true: reads into it what is asked for, takes out of it what somebody begins to change. INVARIANT: what
 * is read from the store is put in only when no change to it was heard of since the reading began.
 */
export interface FactsFeed {
  /** False until links are known, and whenever changes of the last second may be unknown here. */
  isUsable(): boolean;
  /** Reads a person and a record in the background, for the next question like one that was just permitted. */
  want(account: string, network: string, patientKey: string): void;
  /** Reads all records, page by page, between requests; resolves to how many. */
  preload(): Promise<number>;
  stop(): void;
}

/** Documents of one page of `preload`: some milliseconds of work. */
const PAGE = 100;

export function createFactsFeed({
  store,
  image,
  facts,
  logger,
}: {
  readonly store: Store;
  readonly image: FactsImage;
  /** Where the image is filled from. */
  readonly facts: Pick<FactsSource, 'person' | 'record'>;
  readonly logger: AccessLogger;
}): FactsFeed {
  const records = store.collection(recordsSpec);
  /** `collection/id` → the reading that goes on; a change takes it away, and its answer is not kept. */
  const readings = new Map<string, object>();
  /** What was touched while a page is being read; `null`: everything. */
  let touchedOfPage: Set<string> | null = new Set();

  const failed = (err: unknown) =>
    logger.error({ err }, 'access: facts could not be read ahead; decisions read the store');

  const follower: Follower = store.changes.follow({
    touched(collection, id) {
      if (collection === keyLinksSpec.name) links.touched(id);
      else if (id === null) forgetAll(collection);
      else forget(collection, id);
    },
    lost() {
      for (const { name } of [professionalsSpec, recordsSpec]) forgetAll(name);
      links.touched(null);
    },
  });

  const links = createLinkedKeys({
    store,
    isSettled: follower.isSettled,
    onLinked: (network, patientKey) => forget(recordsSpec.name, recordId(network, patientKey)),
    failed,
  });
  void links.learn();

  function forget(collection: string, id: string): void {
    readings.delete(`${collection}/${id}`);
    if (collection === professionalsSpec.name) image.deletePerson(id);
    if (collection !== recordsSpec.name) return;
    touchedOfPage?.add(id);
    const slash = id.indexOf('/');
    image.records.delete(id.slice(0, slash), id.slice(slash + 1));
  }

  function forgetAll(collection: string): void {
    for (const key of readings.keys()) if (key.startsWith(`${collection}/`)) readings.delete(key);
    if (collection === professionalsSpec.name) image.people.clear();
    if (collection !== recordsSpec.name) return;
    touchedOfPage = null;
    image.records.clear();
  }

  /** Reads a document, then keeps what was read unless it was touched meanwhile. */
  async function fill<T>(
    collection: string,
    id: string,
    read: () => Promise<T>,
    keep: (value: T) => void,
  ): Promise<void> {
    const key = `${collection}/${id}`;
    if (readings.has(key) || !follower.isSettled(collection, id)) return;
    const reading = {};
    readings.set(key, reading);
    try {
      const value = await read();
      if (readings.get(key) === reading) keep(value);
    } finally {
      if (readings.get(key) === reading) readings.delete(key);
    }
  }

  return {
    isUsable: () => follower.isCurrent() && links.isComplete(),
    want(account, network, patientKey) {
      if (!follower.isCurrent()) return;
      if (!links.isComplete()) void links.learn();
      const id = recordId(network, patientKey);
      const fillPerson = () =>
        fill(
          professionalsSpec.name,
          account,
          () => facts.person(account),
          person => image.setPerson(account, person),
        );
      const fillRecord = () =>
        fill(
          recordsSpec.name,
          id,
          () => facts.record(network, patientKey),
          record => image.setRecord(network, patientKey, record),
        );
      if (!image.people.find(network, account)) fillPerson().catch(failed);
      if (links.isComplete() && !links.has(id)) fillRecord().catch(failed);
    },
    async preload() {
      let count = 0;
      let after: string | undefined;
      do {
        await nextTurn();
        touchedOfPage = new Set();
        const page = await records.scan({
          fields: DECISIVE_FIELDS,
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        const touched: ReadonlySet<string> | null = touchedOfPage;
        for (const doc of page.items) {
          const id = recordId(doc.network, doc.patientKey);
          if (touched === null || touched.has(id) || links.has(id)) continue;
          if (!links.isComplete() || !follower.isSettled(recordsSpec.name, id)) continue;
          image.setRecord(doc.network, doc.patientKey, mergeRecords([doc]));
          count += 1;
        }
        after = page.next;
      } while (after !== undefined);
      return count;
    },
    stop: () => follower.stop(),
  };
}
