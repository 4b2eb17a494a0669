import { setImmediate as nextTurn } from 'node:timers/promises';
import { POLICY_VOCABULARY, PROFILES } from '../vocabulary.ts';
import { misread, type Casbin, type Cell } from './casbin.ts';
import type { CompiledPolicy } from './compile.ts';

/** No word of any vocabulary: what both must refuse in every place. */
const OUTSIDER = 'hors_vocabulaire';

/** Casbin takes up to 0.2 ms for each: so many at a time, then requests are served. */
const AT_A_TIME = 50;

const CELLS: readonly Cell[] = [...Object.entries(POLICY_VOCABULARY), [OUTSIDER, []] as const].flatMap(
  ([type, actions]) =>
    [...actions, OUTSIDER].flatMap(action =>
      [...PROFILES, OUTSIDER].map((profile): Cell => [profile, type, action]),
    ),
);

/**
 * Every question that the vocabularies allow, and one word outside in each place, asked of both (about 1,000: all of
 * them, so no drawing of lots is needed). Throws `access.policy_invalid` on the first that they answer otherwise:
 * by another decision, or by another row. Does not block the event loop meanwhile.
 */
export async function compareWithCasbin(compiled: CompiledPolicy, casbin: Casbin): Promise<void> {
  for (const [index, cell] of CELLS.entries()) {
    if (index % AT_A_TIME === 0) await nextTurn();
    const row = compiled.row(...cell);
    const [profile, type, action] = cell;
    const isAllowed = (compiled.allowed(type, action) & compiled.bit(profile)) !== 0;
    if (row !== casbin.row(...cell) || isAllowed !== (row !== undefined))
      throw misread(`casbin répond autrement que la table compilée pour ${cell.join(', ')}`);
  }
}
