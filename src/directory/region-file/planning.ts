import type { Page } from '#store/index.ts';
import { suggest } from '#config/index.ts';
import type { RegionContext, RowPlan } from './section.ts';

/** The names of the fields in which two documents differ, as the region file spells them. */
export function changedFields(before: object, after: object): readonly string[] {
  const [left, right] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter(field => canonical(left.get(field)) !== canonical(right.get(field)))
    .map(field => field.replace(/[A-Z]/gu, letter => `_${letter.toLowerCase()}`));
}

/** JSON that does not depend on the order of keys. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      part !== null && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? ''
  );
}

/** The plan of a row that is one document: added when missing, else made to say what the file says. */
export function planDocument<T extends { readonly id: string }>(
  wanted: T,
  before: T | null,
  write: { insert(doc: T): Promise<void>; update(id: string, change: (doc: T) => T): Promise<T | null> },
  warnings: readonly string[] = [],
): RowPlan {
  if (!before) return { outcome: 'add', warnings, apply: () => write.insert(wanted) };
  const changes = changedFields(before, wanted);
  if (changes.length === 0) return { outcome: 'same', warnings };
  return {
    outcome: 'change',
    changes,
    warnings,
    apply: async () => void (await write.update(wanted.id, () => wanted)),
  };
}

/** Why a row that refers to these is refused, or `undefined` when all are known. */
export async function findUnknown(
  context: RegionContext,
  references: readonly (readonly [section: string, noun: string, id: string | undefined])[],
): Promise<string | undefined> {
  for (const [section, noun, id] of references) {
    if (id !== undefined && !(await context.knows(section, id))) return `unknown ${noun} \`${id}\``;
  }
  return undefined;
}

/** Doubts about words that no module gives a meaning to: `scopes: unknown …, kept; did you mean …?`. */
export function warnOfUnknownWords(
  words: readonly (readonly [where: string, word: string])[],
  known: readonly string[],
): readonly string[] {
  return words
    .filter(([, word]) => !known.includes(word))
    .map(([where, word]) => {
      const near = suggest(word, known);
      return `${where}: unknown \`${word}\`, kept; it gives no right${near === undefined ? '' : `; did you mean \`${near}\`?`}`;
    });
}

const PAGE = 500;

/** Every document of a listing, page by page. */
export async function* everything<T>(
  list: (query: { readonly prefix: ''; readonly limit: number; readonly after?: string }) => Promise<Page<T>>,
): AsyncIterable<T> {
  let after: string | undefined;
  do {
    const page = await list({ prefix: '', limit: PAGE, ...(after !== undefined && { after }) });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}
