import { readFile } from 'node:fs/promises';
import { systemClock } from '#kernel/index.ts';
import { openCasbin } from '../../src/access/engine/casbin.ts';
import { compilePolicy } from '../../src/access/engine/compile.ts';
import { buildPolicy, type Policy, type PolicyRow } from '../../src/access/engine/index.ts';
import { createFactsImage } from '../../src/access/facts/image/index.ts';
import { factsOfTable, regionTableSchema } from '../../src/access/facts/table-facts.ts';
import type { FactsSource } from '../../src/access/facts/facts.ts';
import { inquire, type Inquiry } from '../../src/access/inquiry.ts';
import { patientRecord } from '../../src/access/resources/patient-record.ts';
import { createPackedRules, type PackedRules } from '../../src/access/rules/packed.ts';
import { POLICY_VOCABULARY, PROFILES } from '../../src/access/vocabulary.ts';
import type { PlainRegion, PlainRequest } from '../../test/policies/plain-reading.ts';
import { createDice, randomRegion, randomRequest, type Dice } from '../../test/policies/random-region.ts';

/** What a run compared. */
export interface TriplesReport {
  readonly triples: number;
  readonly policies: number;
  readonly regions: number;
  /** Of the triples, those that the packed rules permitted. */
  readonly packed: number;
  readonly permits: number;
  /** Questions that casbin itself was asked: each (profile, action) that came up once a policy, since it is pure. */
  readonly casbin: number;
  /** The first differences, told whole. */
  readonly differences: readonly string[];
}

const REGIONS_EACH = 20;
const REQUESTS_EACH = 100;
const MOST_TOLD = 5;
const ACTIONS = POLICY_VOCABULARY['patient_record'] ?? [];
const CALLER = {
  clientId: 'differential',
  scopes: new Set(['access:simulate']),
  application: { assertsAcr: true, canSimulate: true },
};
const SESSIONS = { findBySid: async () => null, touch: async () => {} };

/**
 * Random (policy, region, request) triples, each decided twice: as the service does (compiled policy, packed facts,
 * else the rules), and by the rules with casbin itself as the policy. Compares decision, rule, code and rows. The
 * rules are the same on both sides: `test/policies/plain-reading.ts` judges those.
 */
export async function compareTriples({
  count,
  seed,
}: {
  readonly count: number;
  readonly seed: number;
}): Promise<TriplesReport> {
  const dice = createDice(seed);
  const [base, model] = await Promise.all([buildPolicy('policies'), readFile('policies/model.conf', 'utf8')]);
  const seen = { triples: 0, policies: 0, regions: 0, packed: 0, permits: 0, casbin: 0 };
  const differences: string[] = [];
  while (seen.triples < count) {
    const { compiled, casbin } = await randomPolicy(dice, model, base, () => (seen.casbin += 1));
    seen.policies += 1;
    for (let turn = 0; turn < REGIONS_EACH && seen.triples < count; turn += 1) {
      const region = randomRegion(dice);
      const compare = openRegion(region, dice, compiled, casbin);
      seen.regions += 1;
      // In the order of time, as the image meets them.
      const requests = Array.from({ length: Math.min(REQUESTS_EACH, count - seen.triples) }, () =>
        dice.chance(0.5) ? randomRequest(dice) : likelyRequest(dice, region),
      ).toSorted((one, other) => Date.parse(one.context.time) - Date.parse(other.context.time));
      for (const request of requests) {
        const { found, expected, isPacked, isPermit } = await compare(request);
        seen.triples += 1;
        if (isPacked) seen.packed += 1;
        if (isPermit) seen.permits += 1;
        if (found !== expected && differences.length < MOST_TOLD)
          differences.push(JSON.stringify({ found, expected, request, region }));
      }
    }
  }
  return { ...seen, differences };
}

/** Any rows for records in any order: deny rows among the others, and several for one question. */
async function randomPolicy(dice: Dice, model: string, base: Policy, onAsked: () => void) {
  const wanted = Array.from({ length: 5 + dice.roll(300) }, () => ({
    profile: dice.pick(PROFILES),
    type: 'patient_record',
    action: dice.pick(ACTIONS),
    effect: dice.chance(0.93) ? ('allow' as const) : ('deny' as const),
  }));
  // Casbin keeps one of equal rows: so does a policy file.
  const distinct = [...new Map(wanted.map(row => [Object.values(row).join(), row])).values()];
  const rows: PolicyRow[] = distinct.map((row, index) => ({ line: index + 1, ...row }));
  const oracle = await openCasbin(model, rows);
  const index = compilePolicy(oracle.model, rows);
  const answers = new Map<string, PolicyRow | undefined>();
  const askOnce: Policy['row'] = (...cell) => {
    const key = cell.join();
    if (!answers.has(key)) {
      onAsked();
      answers.set(key, oracle.row(...cell));
    }
    return answers.get(key);
  };
  return { compiled: { ...base, row: index.row }, casbin: { ...base, row: askOnce } };
}

/** A request that is often permitted: by somebody of the network, whom the record names, with a card. */
function likelyRequest(dice: Dice, region: PlainRegion): PlainRequest {
  const { context, action } = randomRequest(dice);
  const record = dice.pick(region.records);
  const members = region.accounts.filter(({ memberships }) =>
    memberships.some(({ network }) => network === record.network),
  );
  const named = [record.creator, ...record.parties.map(({ account }) => account)];
  const known = members.filter(({ sub }) => named.includes(sub));
  const [account] = known.length > 0 ? known : members;
  return {
    subject: { type: 'account', id: account?.sub ?? 'nobody' },
    action,
    resource: { type: 'patient_record', id: record.patient_key, properties: { network: record.network } },
    context: { time: context.time, acr: 'urn:trousseau:acr:card' },
  };
}

/** Decides one request twice; requests come in the order of time. */
function openRegion(region: PlainRegion, dice: Dice, compiled: Policy, casbin: Policy) {
  const facts = factsOfTable(regionTableSchema.parse(region));
  let nowMs = 0;
  const image = createFactsImage({ clock: { nowMs: () => nowMs, now: () => Math.floor(nowMs / 1000) } });
  const rules = createPackedRules(compiled, image);

  /** Packs what the request is about, at its instant or before: at most requests, something packed earlier answers. */
  async function pack({ subject, network = '', resource, atMs }: Inquiry): Promise<void> {
    nowMs = Math.max(nowMs, atMs - dice.pick([0, 0, 1, 86_400_000]));
    if (dice.chance(0.5)) image.setPerson(subject.id, await facts.person(subject.id));
    if (dice.chance(0.5)) image.setRecord(network, resource.id, await facts.record(network, resource.id));
  }

  return async (request: Parameters<typeof inquire>[0]) => {
    const inquiry = await inquire(request, CALLER, { clock: systemClock, sessions: SESSIONS });
    await pack(inquiry);
    const permit = await permitOf(inquiry, rules, facts);
    const [found, expected] = await Promise.all(
      [compiled, casbin].map(policy => patientRecord.judge(inquiry, { facts, policy })),
    );
    const isPermit = expected?.verdict.decision === true;
    const told = JSON.stringify(expected);
    // The packed rules name permits only; what they leave open, the rules over the compiled policy decide.
    const answer = permit === undefined || permit === expected?.verdict.code ? JSON.stringify(found) : permit;
    return { found: answer, expected: told, isPacked: permit !== undefined, isPermit };
  };
}

async function permitOf(inquiry: Inquiry, rules: PackedRules, facts: FactsSource) {
  const { subject, purpose, onBehalfOf } = inquiry;
  const network = await facts.network(inquiry.network ?? '');
  if (!network || subject.type !== 'account' || purpose !== 'normal' || onBehalfOf !== undefined)
    return undefined;
  return rules.permit(inquiry, network);
}
