import type { Follower, Store } from '#store/index.ts';
import { keyLinksSpec, recordId, type KeyLinkDoc } from '../../records/collections.ts';

/** Records of patients with several keys: several documents make one answer, and only the store joins them. */
export interface LinkedKeys {
  has(recordId: string): boolean;
  /** False while a link may exist that is not known here. */
  isComplete(): boolean;
  /** A link (`null`: any) is being made, or was. */
  touched(id: string | null): void;
  /** Reads all links. Never rejects: it is done again with the next question. */
  learn(): Promise<void>;
}

export function createLinkedKeys({
  store,
  isSettled,
  onLinked,
  failed,
}: {
  readonly store: Store;
  readonly isSettled: Follower['isSettled'];
  readonly onLinked: (network: string, patientKey: string) => void;
  readonly failed: (error: unknown) => void;
}): LinkedKeys {
  const links = store.collection(keyLinksSpec);
  /** Links are never removed, so that a record that is linked stays so. */
  const linked = new Set<string>();
  /** Links that are being made, and whose ends are not known yet. */
  let open = new Set<string>();
  let isComplete = false;
  let learning: Promise<void> | undefined;

  function note({ network, ends }: KeyLinkDoc): void {
    for (const end of ends) {
      linked.add(recordId(network, end));
      onLinked(network, end);
    }
  }

  async function learnOne(id: string): Promise<void> {
    const link = await links.get(id);
    if (link) note(link);
    if (isSettled(keyLinksSpec.name, id)) open.delete(id);
  }

  async function learnAll(): Promise<void> {
    let after: string | undefined;
    do {
      const page = await links.list('end', {
        prefix: '',
        limit: 1000,
        ...(after !== undefined && { after }),
      });
      for (const link of page.items) note(link);
      after = page.next;
    } while (after !== undefined);
    for (const id of open) await learnOne(id);
    // While many are being made, their end will be heard of.
    isComplete = isSettled(keyLinksSpec.name, '*');
  }

  function learn(): Promise<void> {
    learning ??= learnAll()
      .catch(failed)
      .finally(() => (learning = undefined));
    return learning;
  }

  return {
    has: id => linked.has(id),
    isComplete: () => isComplete && open.size === 0,
    touched(id) {
      if (id === null) {
        isComplete = false;
        open = new Set();
        void (learning ?? Promise.resolve()).then(learn);
        return;
      }
      open.add(id);
      if (isSettled(keyLinksSpec.name, id)) learnOne(id).catch(failed);
    },
    learn,
  };
}
