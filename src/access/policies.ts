import { AppError } from '#kernel/index.ts';
import type { AccessLogger } from './logger.ts';
import { buildPolicy, policyInvalid, type Policy } from './engine/index.ts';
import { runCases } from './policy-cases.ts';
import type { PolicyHistory } from './policy-history.ts';

/** The policy in force. */
export interface Policies {
  /** Throws `access.policy_unavailable` (503) as long as none was loaded whole: no decision is made meanwhile. */
  current(): Policy;
  /**
   * Reads the folder, builds the policy aside, answers its decision table with it, then puts it in force whole, in
   * one reference. On any problem the one in force stays. `by`: who asked, for the history. Throws
   * `access.policy_invalid`.
   */
  load(by?: string): Promise<Policy>;
  /** Reads and judges the folder without putting anything in force. Throws `access.policy_invalid`. */
  build(): Promise<Policy>;
  /** Takes up what another instance has put in force since, from the folder of this one. */
  follow(): Promise<void>;
}

export function createPolicies({
  folder,
  history,
  logger,
}: {
  readonly folder: string;
  /** Without one, nothing is kept and nobody is followed. */
  readonly history?: PolicyHistory;
  readonly logger: AccessLogger;
}): Policies {
  let inForce: Policy | undefined;
  /** The entry of the history that was followed last: a folder that differs is not read again for it. */
  let followed: string | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let following: Promise<void> = Promise.resolve();

  async function build(): Promise<Policy> {
    const policy = await buildPolicy(folder);
    const { failures } = await runCases(policy, folder);
    if (failures.length > 0)
      throw policyInvalid(
        failures.map(({ number, title, expected, found }) => ({
          file: 'cases.json',
          line: 0,
          expected: `cas ${number}, ${title} : attendu ${expected}, trouvé ${found}`,
        })),
      );
    return policy;
  }

  function putInForce(): Promise<Policy> {
    // One at a time, in the order asked: the latest reading of the folder is the one that stays.
    const loading = last.then(build, build).then(policy => {
      inForce = policy;
      logger.info({ policy: policy.version }, 'access: policy in force');
      return policy;
    });
    last = loading.catch((error: unknown) => {
      logger.error({ err: error, kept: inForce?.version ?? null }, 'access: policy refused');
    });
    return loading;
  }

  async function followLatest(): Promise<void> {
    const latest = await history?.latest();
    if (!latest || latest.id === followed || latest.version === inForce?.version) return;
    followed = latest.id;
    await putInForce();
  }

  return {
    build,
    current() {
      if (inForce) return inForce;
      throw new AppError({
        code: 'access.policy_unavailable',
        status: 503,
        publicMessage: 'Les règles d’accès ne sont pas encore chargées : aucune décision n’est rendue.',
        retryAfterSeconds: 2,
      });
    },
    async load(by = 'system') {
      const policy = await putInForce();
      // Decisions need the policy, not its history: what could not be noted is said, and noted at the next start.
      await history?.note(policy, by).catch((error: unknown) => {
        logger.error({ err: error, policy: policy.version }, 'access: policy not noted in the history');
      });
      return policy;
    },
    follow() {
      // One after the other: whoever asks while a policy is being followed waits until it is in force.
      following = following.then(followLatest, followLatest);
      return following;
    },
  };
}
