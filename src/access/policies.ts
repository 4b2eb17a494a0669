import { AppError } from '#kernel/index.ts';
import type { AccessLogger } from './logger.ts';
import { buildPolicy, policyInvalid, type Policy } from './engine/index.ts';
import { runCases } from './policy-cases.ts';

/** The policy in force. */
export interface Policies {
  /** Throws `access.policy_unavailable` (503) as long as none was loaded whole: no decision is made meanwhile. */
  current(): Policy;
  /**
   * Reads the folder, builds the policy aside, answers its decision table with it, then puts it in force whole, in
   * one reference. On any problem the one in force stays. Throws `access.policy_invalid`.
   */
  load(): Promise<Policy>;
}

export function createPolicies({ folder, logger }: { folder: string; logger: AccessLogger }): Policies {
  let inForce: Policy | undefined;
  let last: Promise<unknown> = Promise.resolve();

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

  return {
    current() {
      if (inForce) return inForce;
      throw new AppError({
        code: 'access.policy_unavailable',
        status: 503,
        publicMessage: 'Les règles d’accès ne sont pas encore chargées : aucune décision n’est rendue.',
        retryAfterSeconds: 2,
      });
    },
    load() {
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
    },
  };
}
