import { createRequire } from 'node:module';
import type * as CasbinModule from 'casbin';
import type { Model } from 'casbin';
import { policyInvalid } from './problems.ts';
import type { PolicyRow } from './read-policy.ts';

// The CommonJS build: the other one copies each object key by key, and takes half as long again for an answer.
const { Enforcer, FunctionMap, newModel, StringAdapter } = createRequire(import.meta.url)(
  'casbin',
) as typeof CasbinModule;

/** One question to the policy: does this profile allow this action on this type? */
export type Cell = readonly [profile: string, type: string, action: string];

/** Casbin with one policy, loaded once. Never changed nor reloaded, since casbin answers from an empty policy meanwhile. */
export interface Casbin {
  /** What casbin read of the texts: the compiler starts from it. */
  readonly model: Model;
  /** Casbin's own answer: the row that allows, or `undefined`. About 100 µs: for comparisons, and as the fallback. */
  row(...cell: Cell): PolicyRow | undefined;
}

/** Without the functions that casbin registers by itself: no matcher of ours calls one, and each costs time at every row. */
class BareEnforcer extends Enforcer {
  dropFunctions(): void {
    this.fm = new FunctionMap();
  }
}

const cellsOf = ({ profile, type, action, effect }: PolicyRow) => [profile, type, action, effect];

/** Throws `access.policy_invalid` when casbin does not hold exactly these rows. */
export async function openCasbin(modelText: string, rows: readonly PolicyRow[]): Promise<Casbin> {
  const csv = rows.map(row => ['p', ...cellsOf(row)].join(', ')).join('\n');
  const enforcer = new BareEnforcer();
  await enforcer.initWithModelAndAdapter(newModel(modelText), new StringAdapter(csv));
  enforcer.dropFunctions();
  const loaded = (await enforcer.getPolicy()).length;
  if (loaded !== rows.length) throw misread(`${rows.length} lignes lues, ${loaded} retenues par casbin`);
  const byCells = new Map(rows.map(row => [cellsOf(row).join(), row]));
  return {
    model: enforcer.getModel(),
    row(profile, type, action) {
      const [allowed, explained] = enforcer.enforceExSync(profile, type, action);
      if (!allowed) return undefined;
      const row = byCells.get(explained.join());
      if (row?.profile !== profile || row.type !== type || row.action !== action || row.effect !== 'allow')
        throw misread(`casbin accorde ${profile}, ${type}, ${action} sans ligne qui le dise`);
      return row;
    },
  };
}

/** `access.policy_invalid` for what no single line of `policy.csv` explains. */
export const misread = (expected: string) => policyInvalid([{ file: 'policy.csv', line: 0, expected }]);
