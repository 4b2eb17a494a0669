import { setTimeout as delay } from 'node:timers/promises';
import type { Audit } from '#audit/index.ts';
import type { Policy } from './engine/index.ts';
import { engineDiffered } from './events.ts';
import type { FactsSource, NetworkFacts } from './facts/facts.ts';
import {
  FIRST_MEMBERSHIP,
  profileOfMembership,
  type FactsFeed,
  type FactsImage,
} from './facts/image/index.ts';
import type { Inquiry } from './inquiry.ts';
import type { AccessLogger } from './logger.ts';
import { resourceTypeOf, type Judgement } from './resources/index.ts';
import { createPackedRules, PERMIT_CODES, type PackedRules } from './rules/packed.ts';
import { deny, permit } from './rules/rule.ts';

/** Judges an inquiry by the rules: over packed facts when they are sure to permit, else over the store. */
export interface Judge {
  judge(inquiry: Inquiry, policy: Policy): Promise<Judgement>;
  /** How many answers casbin has contradicted since the start: 0, or an alarm. */
  readonly differences: number;
}

/** Facts in memory, when this process keeps any. */
export interface JudgeImage {
  readonly image: FactsImage;
  readonly feed: FactsFeed;
}

/** One decision in so many is judged once more, by casbin itself over the store. */
const CHECKED_EACH = 5000;

/** Memory may be one second behind another process (contract §7): only what differs for longer is a difference. */
const BEHIND_MS = 1500;
const AGAIN_MS = 50;

export function createJudge({
  facts,
  imageOf,
  audit,
  logger,
  checkedEach = CHECKED_EACH,
  behindMs = BEHIND_MS,
}: {
  readonly facts: FactsSource;
  /** `undefined` until facts are kept in memory. */
  readonly imageOf: () => JudgeImage | undefined;
  readonly audit: Pick<Audit, 'record'>;
  readonly logger: AccessLogger;
  readonly checkedEach?: number;
  readonly behindMs?: number;
}): Judge {
  const packed = new WeakMap<Policy, PackedRules>();
  /** The policy that casbin has contradicted: from then on casbin itself answers by it. */
  let distrusted: Policy | undefined;
  let turn = 0;
  let differences = 0;

  const byRules = (inquiry: Inquiry, policy: Policy) =>
    resourceTypeOf(inquiry.resource.type).judge(inquiry, { facts, policy });
  const byCasbin = (inquiry: Inquiry, policy: Policy) =>
    byRules(inquiry, { ...policy, row: policy.rowOfCasbin });

  function packedRulesOf(policy: Policy, image: FactsImage): PackedRules {
    const known = packed.get(policy);
    if (known) return known;
    const rules = createPackedRules(policy, image);
    packed.set(policy, rules);
    return rules;
  }

  function fromImage(inquiry: Inquiry, policy: Policy, network: NetworkFacts): Judgement | undefined {
    const kept = imageOf();
    if (!kept) return undefined;
    const { image, feed } = kept;
    const { action } = inquiry;
    const code = feed.isUsable() ? packedRulesOf(policy, image).permit(inquiry, network) : undefined;
    if (code === undefined) return undefined;
    const lines = profilesUnderCursor(image).flatMap(
      profile => policy.row(profile, 'patient_record', action)?.line ?? [],
    );
    return {
      rule: code === 'permitted_create' ? '14' : '15',
      verdict: permit(code),
      facts: {
        regime: network.regime,
        policy_rows: [...new Set(lines)].map(line => `policy.csv:${line}`),
      },
    };
  }

  async function compiled(inquiry: Inquiry, policy: Policy): Promise<Judgement> {
    if (!isUsual(inquiry)) return byRules(inquiry, policy);
    const network = await facts.network(inquiry.network);
    const known = network && fromImage(inquiry, policy, network);
    if (known) return known;
    const judgement = await byRules(inquiry, policy);
    // Only what is permitted will be answered from memory: a refusal need not be held.
    if (isPackedPermit(judgement))
      imageOf()?.feed.want(inquiry.subject.id, inquiry.network, inquiry.resource.id);
    return judgement;
  }

  async function alarm(found: Judgement, expected: Judgement, policy: Policy): Promise<void> {
    differences += 1;
    distrusted = policy;
    const data = { policy: policy.version, found: found.verdict.code, expected: expected.verdict.code };
    logger.error(data, 'access: casbin contradicts the compiled engine; casbin answers from now on');
    await audit.record(engineDiffered, { actor: 'system', outcome: 'failure', data });
  }

  /**
   * After a first difference: somebody may have changed a fact between the two, here or in another process. The answer
   * waits until both say the same; when they do not, it is a refusal and an alarm.
   */
  async function agreed(inquiry: Inquiry, policy: Policy): Promise<Judgement> {
    const endsMs = performance.now() + behindMs;
    for (;;) {
      const [again, anew] = [await compiled(inquiry, policy), await byCasbin(inquiry, policy)];
      if (areAlike(again, anew)) return again;
      if (performance.now() >= endsMs) {
        await alarm(again, anew, policy);
        return { rule: 'engine', verdict: deny('engine_error'), facts: {} };
      }
      await delay(AGAIN_MS);
    }
  }

  return {
    async judge(inquiry, policy) {
      if (distrusted === policy) return byCasbin(inquiry, policy);
      const found = await compiled(inquiry, policy);
      turn += 1;
      if (turn % checkedEach !== 0) return found;
      const expected = await byCasbin(inquiry, policy);
      if (areAlike(found, expected)) return found;
      return agreed(inquiry, policy);
    },
    get differences() {
      return differences;
    },
  };
}

/** The profiles of the person that was just found, in the order of the memberships. */
function profilesUnderCursor({ people }: FactsImage): string[] {
  return [...people.words.subarray(people.start + FIRST_MEMBERSHIP, people.end)]
    .map(profileOfMembership)
    .filter(profile => profile !== undefined);
}

/** What the packed rules know: somebody's own question about a record, at present, in no emergency. */
const isUsual = (inquiry: Inquiry): inquiry is Inquiry & { readonly network: string } =>
  inquiry.resource.type === 'patient_record' &&
  inquiry.subject.type === 'account' &&
  inquiry.network !== undefined &&
  inquiry.purpose === 'normal' &&
  inquiry.onBehalfOf === undefined &&
  inquiry.session !== 'ended' &&
  !inquiry.isSimulated;

const isPackedPermit = ({ verdict }: Judgement): boolean => PERMIT_CODES.some(code => code === verdict.code);

const areAlike = (one: Judgement, other: Judgement): boolean =>
  one.rule === other.rule && one.verdict.code === other.verdict.code;
