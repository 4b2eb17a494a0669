import { isAppError } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** A wording of the region in place of the original one. */
export type StoredWording<Words> = Words & {
  /** How often it was changed: whoever changes it names the one that was seen. */
  readonly revision: number;
  /** Set after a return to the original. */
  readonly isOriginal?: true;
};

/** The wordings of the region. Owns no judgement of them: that is made by who saves one. */
export interface Wordings<Name extends string, Words> {
  /** `null` for a message that has never been reworded. */
  get(template: Name): Promise<StoredWording<Words> | null>;
  /** The wording to send by; `null`: the original one. */
  find(template: Name): Promise<Words | null>;
  /** `null` goes back to the original. Resolves to false, and changes nothing, when `revision` (0: never) is not the last. */
  put(template: Name, wording: Words | null, revision: number): Promise<boolean>;
}

type WordingDoc<Words> = Doc & StoredWording<Words>;

/** One object: the store knows a collection by it. */
const wordingsSpec: CollectionSpec<WordingDoc<object>> = { name: 'notify_wordings', version: 1, indexes: {} };

/** Mails and text messages share the collection; `prefix` keeps their names apart, `empty` stands for the original. */
export function createWordings<Name extends string, Words extends object>(deps: {
  readonly store: Store;
  readonly prefix: string;
  readonly empty: Words;
}): Wordings<Name, Words> {
  const wordings = deps.store.collection(wordingsSpec as CollectionSpec<WordingDoc<Words>>);
  const idOf = (template: Name) => `${deps.prefix}${template}`;
  return {
    get: template => wordings.get(idOf(template)),
    async find(template) {
      const own = await wordings.get(idOf(template));
      return own && !own.isOriginal ? own : null;
    },
    async put(template, wording, revision) {
      const words = wording ?? { ...deps.empty, isOriginal: true as const };
      const after: WordingDoc<Words> = { ...(words as Words), id: idOf(template), revision: revision + 1 };
      if (revision === 0) {
        try {
          await wordings.insert(after);
          return true;
        } catch (error) {
          if (isAppError(error, 'store.conflict')) return false;
          throw error;
        }
      }
      let isCurrent = false;
      await wordings.update(after.id, before => {
        isCurrent = before.revision === revision;
        return isCurrent ? after : before;
      });
      return isCurrent;
    },
  };
}
