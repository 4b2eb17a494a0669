import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The towns of a postcode: what a form proposes. A town that is not there may be typed. */
export interface Towns {
  of(postcode: string): readonly string[];
}

const BUNDLED = fileURLToPath(new URL('./france-2026.csv', import.meta.url));

/**
 * The list of `file`, `postcode;town` lines, those that begin with `#` left out; without one, the list that comes with
 * the product. Throws `TypeError` for a line of another form: a wrong file is found at the start. The list of the
 * product is read at the first question, since a start need not wait for it.
 */
export function openTowns(file?: string): Towns {
  let byPostcode = file === undefined ? undefined : readTowns(file);
  return { of: postcode => (byPostcode ??= readTowns(BUNDLED)).get(postcode) ?? [] };
}

function readTowns(file: string): ReadonlyMap<string, readonly string[]> {
  const byPostcode = new Map<string, string[]>();
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/u)) {
    if (line === '' || line.startsWith('#')) continue;
    const [, postcode, town] = /^(\d{5});([^;\p{Cc}]{1,80})$/u.exec(line) ?? [];
    if (postcode === undefined || town === undefined)
      throw new TypeError(`${file}: a line is "postcode;town", not "${line.slice(0, 40)}"`);
    const towns = byPostcode.get(postcode);
    if (towns) towns.push(town);
    else byPostcode.set(postcode, [town]);
  }
  return byPostcode;
}
