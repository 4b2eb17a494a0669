import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  explanationText,
  patientKeyReader,
  PURPOSES,
  RECORD_ACTIONS,
  type ExplanationRequest,
} from '#access/index.ts';
import { decisionExplained } from '#admin/index.ts';
import { normaliseAcr } from '#kernel/index.ts';
import { API_SCOPES } from '#oidc/index.ts';
import type { createApp } from '../app.ts';
import { DONE, FAILED, MISUSED, type Command, type CommandContext } from './command.ts';
import { withApp } from './import.ts';

const USAGE = `usage: explain CLIENT_ID REQUEST.json
       explain --person LOGIN --action ${RECORD_ACTIONS.join('|')} --network NETWORK [--record KEY]
               [--purpose ${PURPOSES.join('|')}] [--reason TEXT] [--level ACR] [--on-behalf-of LOGIN] [--at INSTANT]`;

const OPTIONS = {
  person: { type: 'string' },
  action: { type: 'string' },
  network: { type: 'string' },
  record: { type: 'string' },
  purpose: { type: 'string', default: 'normal' },
  reason: { type: 'string' },
  level: { type: 'string' },
  'on-behalf-of': { type: 'string' },
  at: { type: 'string' },
} as const;

type Values = ReturnType<typeof read>['values'];
type App = Awaited<ReturnType<typeof createApp>>;

const read = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });

/**
 * Says why somebody may do something with a record, or may not: for an application's request of a file, as that
 * application would be answered, or for a person, which the trail notes. Leaves nothing in the decision log.
 */
export const explain: Command = async context => {
  const { positionals, values } = read(context.args);
  const [clientId, file] = positionals;
  if (values.person !== undefined && positionals.length === 0) return explainPerson(context, values);
  if (clientId === undefined || file === undefined || positionals.length > 2) return misused(context);
  return explainRequest(context, clientId, file);
};

function misused({ output }: CommandContext): number {
  output.err(USAGE);
  return MISUSED;
}

async function explainRequest(context: CommandContext, clientId: string, file: string): Promise<number> {
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
}

/** The question that the options ask, or what is wrong with them. */
function questionOf(values: Values): Omit<ExplanationRequest, 'account' | 'onBehalfOf'> | string {
  const { action, network, purpose, reason, level, at, record } = values;
  if (action === undefined || network === undefined) return '--action and --network are needed';
  if (!RECORD_ACTIONS.some(known => known === action)) return `no action \`${action}\``;
  if (!PURPOSES.some(known => known === purpose)) return `no purpose \`${purpose}\``;
  const acr = normaliseAcr(level);
  if (level !== undefined && acr === undefined) return `no level \`${level}\``;
  const atMs = at === undefined ? undefined : Date.parse(at);
  if (Number.isNaN(atMs)) return `no instant \`${at}\``;
  // SECURITY: what is typed for a key may be an INS: it is not said again.
  if (record !== undefined && !patientKeyReader({ form: '', ins: '' }).safeParse(record).success)
    return '--record is an opaque patient key, never an INS';
  return { action, network, purpose, reason, acr, atMs, patientKey: record };
}

async function explainPerson(context: CommandContext, values: Values): Promise<number> {
  const question = questionOf(values);
  if (typeof question === 'string') {
    context.output.err(question);
    return misused(context);
  }
  return withApp(context, async ({ access, services }) => {
    const account = await subOf(services, values.person ?? '');
    const onBehalfOf =
      values['on-behalf-of'] === undefined ? undefined : await subOf(services, values['on-behalf-of']);
    if (account === null || onBehalfOf === null) {
      context.output.err('nobody has that login');
      return FAILED;
    }
    const explanation = await access.explainer.explain({ ...question, account, onBehalfOf });
    const { network, action, purpose, atMs, patientKey } = question;
    await services.audit.record(decisionExplained, {
      actor: 'operator',
      account,
      outcome: 'success',
      ...(patientKey !== undefined && { patientKey }),
      data: {
        network,
        action,
        purpose,
        simulatedAt: atMs === undefined ? undefined : new Date(atMs).toISOString(),
        code: explanation.decision?.context.reason_code,
        via: 'command',
      },
    });
    context.output.out(explanationText(explanation));
    return DONE;
  });
}

/** By login or by `sub`. */
async function subOf({ accounts }: App['services'], text: string): Promise<string | null> {
  if ((await accounts.loginOf(text)) !== null) return text;
  return (await accounts.findByLogin(text))?.id ?? null;
}
