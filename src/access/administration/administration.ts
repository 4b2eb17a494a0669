import type { Window } from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import { decisionOf, type Decision } from '../decision.ts';
import type { Policy } from '../engine/index.ts';
import type { FactsSource, PersonFacts } from '../facts/facts.ts';
import { ownInquiry } from '../inquiry.ts';
import type { Policies } from '../policies.ts';
import { authorityOf, authorityWith, judgeAdministration } from '../resources/administration.ts';
import type { AdministrationType } from '../vocabulary.ts';
import type { Authority, Office } from './authority.ts';

/** Who administers: a person with the session of their browser, or an application of the region bound to a branch. */
export type Administrator =
  | {
      readonly kind: 'person';
      readonly sub: string;
      readonly session: { readonly acr: string | undefined; readonly authTime: number };
    }
  | {
      readonly kind: 'application';
      readonly clientId: string;
      /** The top of its branch; without one, its network; without either, the whole region. */
      readonly branch?: string | undefined;
      readonly network?: string | undefined;
    };

/** An act, in the words of the policy. */
export interface AdministrationAct {
  readonly type: AdministrationType;
  readonly action: string;
  /** The `sub` of the person, the id of the thing, or `*` for the whole kind. */
  readonly id: string;
  readonly network?: string | undefined;
  readonly organisation?: string | undefined;
  readonly profile?: string | undefined;
  /** Of a profile whose dates change: what they become. */
  readonly after?: Window | undefined;
}

/** The administration's side of the decision point: the same rules and policies as `decide()`. */
export interface Administration {
  /** One snapshot for one request; filters lists. Throws `access.policy_unavailable` (503). */
  authorityOf(administrator: Administrator): Promise<Authority>;
  /** Judges one act. Leaves no trace: the act's own event does, done or refused. */
  judge(administrator: Administrator, act: AdministrationAct): Promise<Decision>;
  /** The policy in force, to show it. */
  policy(): Policy;
}

export function createAdministration(deps: {
  readonly clock: Clock;
  readonly facts: FactsSource;
  readonly policies: Pick<Policies, 'current'>;
}): Administration {
  const { clock, facts, policies } = deps;

  async function standing(administrator: Administrator) {
    const policy = policies.current();
    const atMs = clock.nowMs();
    if (administrator.kind === 'person') {
      const actor = await facts.person(administrator.sub);
      return { policy, atMs, actor, authority: await authorityOf(actor, { facts, policy, atMs }) };
    }
    const { clientId, branch, network } = administrator;
    const office = officeOf(branch, network);
    const actor: PersonFacts = {
      id: `client:${clientId}`,
      status: 'active',
      memberships: [],
      delegations: [],
    };
    return { policy, atMs, actor, authority: await authorityWith([office], { facts, policy, atMs }) };
  }

  return {
    policy: () => policies.current(),
    authorityOf: async administrator => (await standing(administrator)).authority,
    async judge(administrator, { type, action, after, ...resource }) {
      const { policy, atMs, actor, authority } = await standing(administrator);
      const inquiry = ownInquiry({
        nowMs: atMs,
        account: administrator.kind === 'person' ? administrator.sub : `client:${administrator.clientId}`,
        action,
        resource: { type, ...resource },
        network: resource.network,
        session: administrator.kind === 'person' ? administrator.session : undefined,
      });
      const judgement = await judgeAdministration(type, inquiry, {
        facts,
        policy,
        after,
        ...(actor && { authority: { of: authority, actor } }),
      });
      return decisionOf(judgement, inquiry, policy, { temporarySeconds: 0 });
    },
  };
}

/**
 * SECURITY: an application of one network is no regional administrator, whose rights know no network: it has those of a
 * local one, within its network.
 */
function officeOf(branch: string | undefined, network: string | undefined): Office {
  if (branch !== undefined) return { profile: 'administrateur_local', network, organisation: branch };
  return network === undefined
    ? { profile: 'administrateur_regional', network, organisation: undefined }
    : { profile: 'administrateur_local', network, organisation: undefined, isNetworkOnly: true };
}
