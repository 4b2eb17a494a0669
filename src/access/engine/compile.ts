import type { Model } from 'casbin';
import { misread, type Cell } from './casbin.ts';
import type { PolicyRow } from './read-policy.ts';

/**
 * The rows of casbin's Model as an index: (type, action) → which profiles are allowed, as bits, and by which row. The
 * meaning is casbin's own under the one effect and the one matcher that `read-model.ts` accepts: the first row in file
 * order whose three cells are equal decides. Immutable, shared by all decisions; no code is generated.
 */
export interface CompiledPolicy {
  /** The row that allows, or `undefined`. */
  row(...cell: Cell): PolicyRow | undefined;
  /** The bits of the profiles that this (type, action) is allowed to; 0: none. */
  allowed(type: string, action: string): number;
  /** The bit of a profile; 0 for one that no row names. */
  bit(profile: string): number;
}

/** Bits of an int32: a mask is one AND, without allocation. */
const MOST_PROFILES = 31;

const MATCHER = ['r_action == p_action', 'r_profile == p_profile', 'r_type == p_type'].join(' && ');
const EFFECT = 'priority(p_eft) || deny';
const TOKENS = ['p_profile', 'p_type', 'p_action', 'p_eft'].join();

interface Bucket {
  allowed: number;
  /** Bits that some row has decided: later rows say nothing of those profiles. */
  decided: number;
  readonly rows: Map<string, PolicyRow>;
}

/**
 * Compiles what casbin holds; `rows` are the same lines with their place in the file. Throws `access.policy_invalid`
 * when casbin's reading is not one that this index means, or does not hold these rows in this order.
 */
export function compilePolicy(model: Model, rows: readonly PolicyRow[]): CompiledPolicy {
  checkMeaning(model);
  const held = model.getPolicy('p', 'p');
  if (held.length !== rows.length) throw misread(`${rows.length} lignes lues, ${held.length} compilées`);
  const bits = bitsOf(rows);
  const types = new Map<string, Map<string, Bucket>>();
  for (const [index, row] of rows.entries()) {
    const { profile, type, action, effect } = row;
    if (held[index]?.join() !== [profile, type, action, effect].join())
      throw misread(`la ligne ${row.line} n’est pas celle que casbin a retenue`);
    const bucket = bucketOf(types, type, action);
    const bit = bits.get(profile) ?? 0;
    if ((bucket.decided & bit) !== 0) continue;
    bucket.decided |= bit;
    if (effect !== 'allow') continue;
    bucket.allowed |= bit;
    bucket.rows.set(profile, row);
  }
  return {
    row: (profile, type, action) => types.get(type)?.get(action)?.rows.get(profile),
    allowed: (type, action) => types.get(type)?.get(action)?.allowed ?? 0,
    bit: profile => bits.get(profile) ?? 0,
  };
}

/** SECURITY: another matcher or effect would make this index answer something else than casbin does. */
function checkMeaning(model: Model): void {
  const valueOf = (section: string) => model.model.get(section)?.get(section)?.value.replace(/\s+/gu, ' ');
  const terms = (valueOf('m') ?? '')
    .split('&&')
    .map(term => term.trim().split(' == ').toSorted().toReversed().join(' == '));
  if (terms.toSorted().join(' && ') !== MATCHER) throw misread('la condition n’est pas celle qui se compile');
  if (valueOf('e') !== EFFECT) throw misread('l’effet n’est pas celui qui se compile');
  if (model.model.get('p')?.get('p')?.tokens.join() !== TOKENS)
    throw misread('les colonnes ne sont pas celles qui se compilent');
}

function bitsOf(rows: readonly PolicyRow[]): ReadonlyMap<string, number> {
  const profiles = [...new Set(rows.map(({ profile }) => profile))];
  if (profiles.length > MOST_PROFILES)
    throw misread(`au plus ${MOST_PROFILES} profils, trouvé ${profiles.length}`);
  return new Map(profiles.map((profile, index) => [profile, 1 << index]));
}

function bucketOf(types: Map<string, Map<string, Bucket>>, type: string, action: string): Bucket {
  const actions = types.get(type) ?? new Map<string, Bucket>();
  types.set(type, actions);
  const bucket = actions.get(action) ?? { allowed: 0, decided: 0, rows: new Map<string, PolicyRow>() };
  actions.set(action, bucket);
  return bucket;
}
