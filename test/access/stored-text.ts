import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestStore } from '../support/store.ts';

/** Every byte of the database's files, to look for what must not be there; `''` where there is no file (MongoDB). */
export async function storedText({ url }: TestStore): Promise<string> {
  if (!url.startsWith('sqlite:')) return '';
  const folder = dirname(url.slice('sqlite:'.length));
  const files = await readdir(folder);
  return (await Promise.all(files.map(file => readFile(join(folder, file), 'latin1')))).join('\n');
}
