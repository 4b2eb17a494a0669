/**
 * The policy of one folder, checked, asked of casbin once and frozen. The only place that imports casbin. Does not
 * know requests, facts nor rules: it answers "does this profile allow this action", and what each reason says.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReasonCode } from '../vocabulary.ts';
import { askCasbin, gridKey } from './casbin.ts';
import { policyInvalid, type PolicyProblem } from './problems.ts';
import { readPolicy, type PolicyRow } from './read-policy.ts';
import { readReasons, type Reason } from './read-reasons.ts';
import { checkModel } from './read-model.ts';

export { describeProblem, policyInvalid, type PolicyProblem } from './problems.ts';
export type { PolicyRow } from './read-policy.ts';
export type { Reason } from './read-reasons.ts';

/** Immutable. */
export interface Policy {
  /** The first 16 hexadecimal digits of the SHA-256 of the three files: the log names it with each decision. */
  readonly version: string;
  /** The row that allows, or `undefined`: refused. */
  row(profile: string, type: string, action: string): PolicyRow | undefined;
  reason(code: ReasonCode): Reason;
}

const FILES = ['model.conf', 'policy.csv', 'reasons.csv'] as const;

/** Reads, checks and builds the policy of a folder. Throws `access.policy_invalid` with every problem found. */
export async function buildPolicy(folder: string): Promise<Policy> {
  const [model, table, sentences] = await readFiles(folder);
  const { rows, problems: inPolicy } = readPolicy(table);
  const { reasons, problems: inReasons } = readReasons(sentences);
  const problems = [...checkModel(model), ...inPolicy, ...inReasons];
  if (problems.length > 0) throw policyInvalid(problems);
  const grid = await askCasbin(model, rows);
  const hash = createHash('sha256');
  for (const text of [model, table, sentences]) hash.update(`${Buffer.byteLength(text)}\n${text}`);
  return {
    version: hash.digest('hex').slice(0, 16),
    row: (profile, type, action) => grid.get(gridKey(profile, type, action)),
    reason(code) {
      const reason = reasons.get(code);
      if (!reason) throw new TypeError(`no sentence for ${code}`);
      return reason;
    },
  };
}

async function readFiles(folder: string): Promise<[string, string, string]> {
  const problems: PolicyProblem[] = [];
  const read = async (file: string) => {
    try {
      return await readFile(join(folder, file), 'utf8');
    } catch {
      problems.push({ file, line: 0, expected: 'un fichier lisible' });
      return '';
    }
  };
  const texts = await Promise.all([read(FILES[0]), read(FILES[1]), read(FILES[2])]);
  if (problems.length > 0) throw policyInvalid(problems);
  return texts;
}
