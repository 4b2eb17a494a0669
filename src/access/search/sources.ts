import type { Directory, Professional } from '#directory/index.ts';
import { fold } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { rcpSessionsSpec, recordsSpec, type RcpSessionDoc, type RecordDoc } from '../records/collections.ts';
import type { Batch, Candidate, Stretch } from './walk.ts';

/** Where candidates are read from: lists of the store, in batches. Judges nothing. */
export interface Sources {
  /** The people of an index of the directory. `isSkipped`: known from another stretch. */
  people(
    name: string,
    by: { readonly index: 'network' | 'organisation'; readonly key: string } | 'everybody',
    isSkipped?: (person: Professional) => boolean,
  ): Stretch;
  /** Patient keys, out of the records under one key of an index. */
  records(name: string, index: 'named' | 'network', key: string, keysOf: KeysOf<RecordDoc>): Stretch;
  /** Patient keys, out of the RCP sessions in which somebody sits. */
  rcpSessions(name: string, participantKey: string, keysOf: KeysOf<RcpSessionDoc>): Stretch;
}

/** What a document of a stretch has to offer that no earlier one has. */
export type KeysOf<T> = (doc: T) => Promise<readonly string[]>;

const BATCH = 200;
/** A session lists a thousand patients at most, a record one and those linked to it. */
const SESSIONS_BATCH = 1;

export function createSources({ store, directory }: { store: Store; directory: Directory }): Sources {
  const records = store.collection(recordsSpec);
  const sessions = store.collection(rcpSessionsSpec);

  const from = (after: string | undefined, limit: number) => ({
    limit,
    ...(after !== undefined && { after }),
  });

  async function keysIn<T extends { readonly id: string }>(
    { items, next }: { readonly items: readonly T[]; readonly next?: string },
    keysOf: KeysOf<T>,
  ): Promise<Batch> {
    const candidates = await Promise.all(
      items.map(async doc => (await keysOf(doc)).map((id): Candidate => ({ id, position: [doc.id, id] }))),
    );
    return { candidates: candidates.flat(), next };
  }

  return {
    people: (name, by, isSkipped = () => false) => ({
      name,
      async batch(after) {
        const { items, next } = await directory.professionals.list(
          by === 'everybody' ? 'name' : by.index,
          by === 'everybody' ? { prefix: '', ...from(after, BATCH) } : { key: by.key, ...from(after, BATCH) },
        );
        const candidates = items
          .filter(person => !isSkipped(person))
          .map(person => ({
            id: person.id,
            position: by === 'everybody' ? [firstName(person), person.id] : [person.id],
          }));
        return { candidates, next };
      },
    }),
    records: (name, index, key, keysOf) => ({
      name,
      batch: async after => keysIn(await records.list(index, { key, ...from(after, BATCH) }), keysOf),
    }),
    rcpSessions: (name, participantKey, keysOf) => ({
      name,
      batch: async after =>
        keysIn(
          await sessions.list('participant', { key: participantKey, ...from(after, SESSIONS_BATCH) }),
          keysOf,
        ),
    }),
  };
}

/** A few names known beforehand. */
export const fixed = (name: string, ids: Iterable<string>): Stretch => ({
  name,
  batch: async () => ({ candidates: [...new Set(ids)].map(id => ({ id, position: [id] })) }),
});

/** The directory keeps people under both orders of their names, and lists them at the first. */
function firstName({ givenName, familyName }: Professional): string {
  const names = [fold(`${familyName} ${givenName}`), fold(`${givenName} ${familyName}`)].toSorted();
  return names[0] ?? '';
}
