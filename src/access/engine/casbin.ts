import { newEnforcer, newModel, StringAdapter } from 'casbin';
import { POLICY_VOCABULARY, PROFILES } from '../vocabulary.ts';
import { policyInvalid } from './problems.ts';
import type { PolicyRow } from './read-policy.ts';

/** The row that allows, for every (profile, resource type, action) that casbin allows. */
export type Grid = ReadonlyMap<string, PolicyRow>;

export const gridKey = (profile: string, type: string, action: string): string =>
  `${type} ${action} ${profile}`;

/** No word of any vocabulary: what casbin must refuse in every place. */
const OUTSIDER = 'hors_vocabulaire';

/**
 * Casbin's own answer to every question that the vocabularies allow, asked once: in service a look-up answers, and
 * casbin stays the truth (about 100 questions here, some milliseconds). The enforcer is used by nobody else, never
 * changed and never reloaded, since casbin answers from an empty policy meanwhile.
 */
export async function askCasbin(modelText: string, rows: readonly PolicyRow[]): Promise<Grid> {
  const cells = ({ profile, type, action, effect }: PolicyRow) => [profile, type, action, effect];
  const byCells = new Map(rows.map(row => [cells(row).join(), row]));
  const csv = rows.map(row => ['p', ...cells(row)].join(', ')).join('\n');
  const enforcer = await newEnforcer(newModel(modelText), new StringAdapter(csv));
  const loaded = (await enforcer.getPolicy()).length;
  if (loaded !== rows.length) throw misread(`${rows.length} lignes lues, ${loaded} retenues par casbin`);
  const grid = new Map<string, PolicyRow>();
  const profiles = [...PROFILES, OUTSIDER];
  const questions = [...Object.entries(POLICY_VOCABULARY), [OUTSIDER, []] as const].flatMap(
    ([type, actions]) =>
      [...actions, OUTSIDER].flatMap(action => profiles.map(profile => [profile, type, action] as const)),
  );
  for (const [profile, type, action] of questions) {
    const [allowed, explained] = enforcer.enforceExSync(profile, type, action);
    if (!allowed) continue;
    const row = byCells.get(explained.join());
    if (row?.profile !== profile || row.type !== type || row.action !== action || row.effect !== 'allow')
      throw misread(`casbin accorde ${profile}, ${type}, ${action} sans ligne qui le dise`);
    grid.set(gridKey(profile, type, action), row);
  }
  return grid;
}

const misread = (expected: string) => policyInvalid([{ file: 'policy.csv', line: 0, expected }]);
