import { readFile } from 'node:fs/promises';
import { fold } from '#kernel/index.ts';

/** Tells passwords that guessers try first. */
export interface CommonPasswords {
  /** True for a listed password or French word, whatever its case, accents, look-alike signs and the digits or signs around it. */
  has(password: string): Promise<boolean>;
  size(): Promise<number>;
}

/** Signs that stand for letters, as guessers' rules know them. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '€': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  '5': 's',
  $: 's',
  '7': 't',
};

/** A word decorated with a year, a date or a sign is still that word; more around it than this is a password of its own. */
const LONGEST_DECORATION = 9;

/** Read at the first question: a start without one costs nothing. */
export function createCommonPasswords(
  file: URL = new URL('./common-passwords.txt', import.meta.url),
): CommonPasswords {
  let loading: Promise<ReadonlySet<string>> | undefined;
  function load(): Promise<ReadonlySet<string>> {
    loading ??= readFile(file, 'utf8').then(
      text => new Set(text.split('\n').filter(line => line !== '')),
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  }
  return {
    async has(password) {
      const list = await load();
      return basesOf(password).some(base => list.has(base) || list.has(halfOf(base)));
    },
    size: async () => (await load()).size,
  };
}

/** The forms under which `password` may be listed. */
export function basesOf(password: string): readonly string[] {
  const folded = fold(password).replace(/\s+/gu, '');
  const withoutTail = folded.replace(/[^a-z]+$/u, '');
  const bases = [bare(folded), bare(unmask(withoutTail)), bare(unmask(folded))];
  const near = bases.filter(base => base !== '' && folded.length - base.length <= LONGEST_DECORATION);
  return [folded, unmask(folded), folded.replace(/^[^a-z0-9]+|[^a-z0-9]+$/gu, ''), ...near];
}

function bare(text: string): string {
  return text.replace(/^[^a-z]+|[^a-z]+$/gu, '');
}

/** Letters in place of the signs that look like them. */
export function unmask(text: string): string {
  return [...text].map(sign => (Object.hasOwn(LOOKALIKES, sign) ? LOOKALIKES[sign] : sign)).join('');
}

/** Of a word written twice, the word. */
function halfOf(base: string): string {
  const half = base.slice(0, base.length / 2);
  return base === half + half ? half : base;
}
