import { readFile } from 'node:fs/promises';
import { accessSection, policyTest as testPolicies } from '#access/index.ts';
import { API_SCOPES } from '#oidc/index.ts';
import { DONE, FAILED, MISUSED, type Command } from './command.ts';
import { withApp } from './import.ts';

/** Runs the decision tables of a policy folder; the one in force when none is named. */
export const policyTest: Command = async ({ args, config, output }) => {
  const [folder = config().of(accessSection).policies] = args;
  const report = await testPolicies(folder);
  output.out(report.text);
  return report.isGood ? DONE : FAILED;
};

/** Decides a request as that application would be answered, and says why. Leaves no trace in the decision log. */
export const explain: Command = async context => {
  const [clientId, file] = context.args;
  if (clientId === undefined || file === undefined) {
    context.output.err('usage: explain CLIENT_ID REQUEST.json');
    return MISUSED;
  }
  const request: unknown = JSON.parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8'));
  return withApp(context, async ({ access, services }) => {
    const application = await services.directory.applications.get(clientId);
    if (!application) {
      context.output.err(`no application \`${clientId}\``);
      return FAILED;
    }
    const held = application.scopes.filter(scope => API_SCOPES.some(known => known === scope));
    const caller = { clientId, scopes: new Set(held), application };
    context.output.out(await access.explain(request, caller));
    return DONE;
  });
};
