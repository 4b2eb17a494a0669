import { accessSection, policyTest as testPolicies } from '#access/index.ts';
import { DONE, FAILED, type Command } from './command.ts';

/** Runs the decision tables of a policy folder; the one in force when none is named. */
export const policyTest: Command = async ({ args, config, output }) => {
  const [folder = config().of(accessSection).policies] = args;
  const report = await testPolicies(folder);
  output.out(report.text);
  return report.isGood ? DONE : FAILED;
};
