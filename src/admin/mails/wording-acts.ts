import type { StoredWording, Wordings } from '#notify/index.ts';
import type { Act } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict } from '../acts/refusals.ts';

/** Which message, and the revision that was seen. */
export interface SeenWording {
  readonly template: string;
  readonly revision: number;
}

type Described<I> = Pick<Act<I, void>, 'name' | 'title' | 'event' | 'schema'>;

/** A kind of messages whose words a region may write. */
interface WordingKind<Name extends string, Words extends object> {
  readonly update: Described<Words & SeenWording>;
  readonly reset: Described<SeenWording>;
  readonly wordings: Wordings<Name, Words>;
  original(name: Name): Words;
  /** Throws `admin.not_found` (404). */
  named(template: string): Name;
  /** Throws `admin.invalid` (422). */
  assertWords(name: Name, words: Words): void | Promise<void>;
  /** The words alone. */
  wordsOf(from: Words): Words & Readonly<Record<string, unknown>>;
}

/** Changing the words of a message, and going back to the original ones; who saw older words changes nothing. */
export function createWordingActs<Name extends string, Words extends object>(
  kind: WordingKind<Name, Words>,
): {
  readonly update: Act<Words & SeenWording, void>;
  readonly reset: Act<SeenWording, void>;
} {
  const { wordings, wordsOf } = kind;

  async function wordsNow(name: Name, seen: number): Promise<Words> {
    const stored = await wordings.get(name);
    if ((stored?.revision ?? 0) !== seen) throw changedMeanwhile();
    return currentWords(stored) ?? kind.original(name);
  }
  async function put(name: Name, words: Words | null, seen: number): Promise<void> {
    if (!(await wordings.put(name, words, seen))) throw changedMeanwhile();
  }
  const act = { type: 'mail_template', action: 'update' } as const;
  const about = ({ template: id }: SeenWording) => ({ id });

  return {
    update: {
      ...kind.update,
      ...act,
      about,
      async plan(input) {
        const name = kind.named(input.template);
        const words = wordsOf(input);
        await kind.assertWords(name, words);
        return {
          target: name,
          changes: changesBetween(wordsOf(await wordsNow(name, input.revision)), words),
          apply: () => put(name, words, input.revision),
        };
      },
    },
    reset: {
      ...kind.reset,
      ...act,
      about,
      async plan({ template, revision }) {
        const name = kind.named(template);
        const original = wordsOf(kind.original(name));
        return {
          target: name,
          changes: changesBetween(wordsOf(await wordsNow(name, revision)), original),
          apply: () => put(name, null, revision),
        };
      },
    },
  };
}

/** The region's own words, unless it went back to the original ones. */
export function currentWords<Words extends object>(
  stored: StoredWording<Words> | null,
): StoredWording<Words> | null {
  return stored?.isOriginal ? null : stored;
}

/** What a message is written with, from the name of its template to the revision of its words. */
export interface Draft<Words> {
  readonly words: Words;
  readonly revision: number;
  readonly isOwn: boolean;
}

export async function draftOf<Name extends string, Words extends object>(
  name: Name,
  wordings: Wordings<Name, Words>,
  original: (name: Name) => Words,
): Promise<Draft<Words>> {
  const stored = await wordings.get(name);
  const own = currentWords(stored);
  return { words: own ?? original(name), revision: stored?.revision ?? 0, isOwn: own !== null };
}

function changedMeanwhile() {
  return conflict('admin.changed_meanwhile', {
    publicMessage: 'Ces mots viennent d’être changés par ailleurs.',
    hint: 'Rouvrez la page pour voir ce qui vaut maintenant, puis recommencez.',
  });
}

/** As a form or a program sends them, the line breaks of any system made one. */
export function toLines(text: string): string {
  return text.replace(/\r\n?/gu, '\n');
}
