import { isAppError } from '#kernel/index.ts';
import { buildPolicy } from './engine/index.ts';
import { runCases } from './policy-cases.ts';

export interface PolicyTestReport {
  readonly isGood: boolean;
  /** French, ready to print. */
  readonly text: string;
}

/** Checks a policy folder and answers its decision table, without putting anything in force: the `policy-test` command. */
export async function policyTest(folder: string): Promise<PolicyTestReport> {
  try {
    const policy = await buildPolicy(folder);
    const { total, failures } = await runCases(policy, folder);
    const rows = failures.map(
      ({ number, title, expected, found }) =>
        `  cas ${number} : ${title}\n      attendu : ${expected}\n      trouvé  : ${found}`,
    );
    const summary = `Règles ${policy.version} : ${total - failures.length} cas sur ${total} donnent la réponse attendue.`;
    return { isGood: failures.length === 0, text: [...rows, summary].join('\n') };
  } catch (error) {
    if (!isAppError(error, 'access.policy_invalid')) throw error;
    return { isGood: false, text: `${error.detail ?? ''}\n\nCes règles ne peuvent pas être chargées.` };
  }
}
