/**
 * The policy of one folder: checked, read by casbin, compiled to an index, compared with casbin on every question of
 * the vocabularies, and frozen. The only place that imports casbin. Does not know requests, facts nor rules: it
 * answers "does this profile allow this action", and what each reason says.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIVILEGED_PROFILES, PROFILES, type SentenceCode } from '../vocabulary.ts';
import { openCasbin, type Casbin } from './casbin.ts';
import { compareWithCasbin } from './compare.ts';
import { compilePolicy, type CompiledPolicy } from './compile.ts';
import { policyInvalid, type PolicyProblem } from './problems.ts';
import { actKey, ORDINARY, readActs, type ActRequirement } from './read-acts.ts';
import { readGrants, type Grant } from './read-grants.ts';
import { readPolicy, type PolicyRow } from './read-policy.ts';
import { readReasons, type Reason } from './read-reasons.ts';
import { checkModel } from './read-model.ts';

export { describeProblem, policyInvalid, type PolicyProblem } from './problems.ts';
export type { ActRequirement } from './read-acts.ts';
export type { Grant } from './read-grants.ts';
export type { PolicyRow } from './read-policy.ts';
export type { Reason } from './read-reasons.ts';

/** Immutable. */
export interface Policy {
  /** The first 16 hexadecimal digits of the SHA-256 of the files: the log names it with each decision. */
  readonly version: string;
  /** The files that it was made of, as they were read. */
  readonly texts: Readonly<Record<string, string>>;
  /** The row that allows, or `undefined`: refused. */
  row(profile: string, type: string, action: string): PolicyRow | undefined;
  /** The same asked of casbin itself, about 1,000 times slower: to check an answer in service. */
  rowOfCasbin(profile: string, type: string, action: string): PolicyRow | undefined;
  /** The bits (of `bit`) of the profiles that this action on this type is allowed to. */
  allowed(type: string, action: string): number;
  /** The bit of a profile in `allowed`; 0: no row names it. */
  bit(profile: string): number;
  reason(code: SentenceCode): Reason;
  /** Leave of a profile to give or remove another, or `undefined`: refused. */
  grant(giver: string, given: string): Grant | undefined;
  /** What an act of administration asks of who does it. */
  act(type: string, action: string): ActRequirement;
  /** Every profile of the region, those that administer included, in the order of the nomenclature. */
  readonly profiles: readonly string[];
  isPrivileged(profile: string): boolean;
}

const FILES = ['model.conf', 'policy.csv', 'reasons.csv', 'grants.csv', 'acts.csv'] as const;

/** Reads, checks and builds the policy of a folder. Throws `access.policy_invalid` with every problem found. */
export async function buildPolicy(folder: string): Promise<Policy> {
  const texts = await readFiles(folder);
  const { rows, problems: inPolicy } = readPolicy(texts['policy.csv']);
  const { reasons, problems: inReasons } = readReasons(texts['reasons.csv']);
  const { grants, problems: inGrants } = readGrants(texts['grants.csv']);
  const { acts, problems: inActs } = readActs(texts['acts.csv']);
  const problems = [...checkModel(texts['model.conf']), ...inPolicy, ...inReasons, ...inGrants, ...inActs];
  if (problems.length > 0) throw policyInvalid(problems);
  const { compiled, casbin } = await engineOf(texts['model.conf'], texts['policy.csv'], rows);
  const given = new Map(grants.map(grant => [actKey(grant.giver, grant.given), grant]));
  const hash = createHash('sha256');
  for (const file of FILES) hash.update(`${Buffer.byteLength(texts[file])}\n${texts[file]}`);
  return {
    version: hash.digest('hex').slice(0, 16),
    texts,
    ...compiled,
    rowOfCasbin: casbin.row,
    reason(code) {
      const reason = reasons.get(code);
      if (!reason) throw new TypeError(`no sentence for ${code}`);
      return reason;
    },
    grant: (giver, profile) => given.get(actKey(giver, profile)),
    act: (type, action) => acts.get(actKey(type, action)) ?? ORDINARY,
    profiles: PROFILES,
    isPrivileged: profile => PRIVILEGED_PROFILES.includes(profile),
  };
}

interface Engine {
  readonly compiled: CompiledPolicy;
  readonly casbin: Casbin;
}

/** Engines by model and rows. Pure, so the same texts are compiled and compared once in a process, whoever loads them. */
const engines = new Map<string, Promise<Engine>>();
const MOST_ENGINES = 4;

function engineOf(model: string, table: string, rows: readonly PolicyRow[]): Promise<Engine> {
  const key = createHash('sha256')
    .update(`${Buffer.byteLength(model)}\n${model}${table}`)
    .digest('hex');
  const known = engines.get(key);
  if (known) return known;
  const engine = makeEngine(model, rows);
  // A failure is not kept.
  engine.catch(() => engines.delete(key));
  if (engines.size >= MOST_ENGINES) engines.clear();
  engines.set(key, engine);
  return engine;
}

async function makeEngine(model: string, rows: readonly PolicyRow[]): Promise<Engine> {
  const casbin = await openCasbin(model, rows);
  const compiled = compilePolicy(casbin.model, rows);
  await compareWithCasbin(compiled, casbin);
  return { compiled, casbin };
}

async function readFiles(folder: string): Promise<Record<(typeof FILES)[number], string>> {
  const problems: PolicyProblem[] = [];
  const read = async (file: string) => {
    try {
      return [file, await readFile(join(folder, file), 'utf8')] as const;
    } catch {
      problems.push({ file, line: 0, expected: 'un fichier lisible' });
      return [file, ''] as const;
    }
  };
  const texts = Object.fromEntries(await Promise.all(FILES.map(read)));
  if (problems.length > 0) throw policyInvalid(problems);
  return texts as Record<(typeof FILES)[number], string>;
}
