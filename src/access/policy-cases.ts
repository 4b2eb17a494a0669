import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '#kernel/index.ts';
import type { SessionFacts } from './caller.ts';
import { policyInvalid, type Policy } from './engine/index.ts';
import { factsOfTable, regionTableSchema } from './facts/table-facts.ts';
import { inquire } from './inquiry.ts';
import { readAs } from './malformed.ts';
import { requestSchema } from './request.ts';
import { resourceTypeOf } from './resources/index.ts';

/** A decision table: a small region, questions, and the expected answers. `shared` shape with larger tables of cases. */
const tableSchema = z.object({
  region: regionTableSchema,
  cases: z
    .array(
      z.object({
        title: z.string().optional(),
        request: z.unknown(),
        expected: z.object({ decision: z.boolean(), reason_code: z.string() }),
      }),
    )
    .min(1),
});

export interface CaseFailure {
  /** From 1. */
  readonly number: number;
  readonly title: string;
  readonly expected: string;
  readonly found: string;
}

/** Tables have no sign-in: levels are asserted by their application. */
const NO_SESSIONS: SessionFacts = { findBySid: async () => null, touch: async () => {} };

/**
 * Answers every case of a table by `policy`, as its first application would ask (with every right to assert and to
 * simulate that the table gives it). Throws `access.policy_invalid` when the table cannot be read.
 */
export async function runCases(
  policy: Policy,
  folder: string,
): Promise<{ readonly total: number; readonly failures: readonly CaseFailure[] }> {
  const { region, cases } = await readTable(folder);
  const facts = factsOfTable(region);
  const [asking] = region.applications;
  const caller = {
    clientId: asking?.client_id ?? 'table',
    scopes: new Set(asking?.scopes ?? []),
    application: {
      network: asking?.network,
      assertsAcr: asking?.asserts_acr ?? false,
      canSimulate: asking?.can_simulate ?? false,
    },
  };
  const failures: CaseFailure[] = [];
  for (const [index, { title = '', request, expected }] of cases.entries()) {
    const inquiry = await inquire(readAs(requestSchema, request), caller, {
      clock: systemClock,
      sessions: NO_SESSIONS,
    });
    const { verdict } = await resourceTypeOf(inquiry.resource.type).judge(inquiry, { facts, policy });
    const found = wordOf(verdict.decision, verdict.code);
    const wanted = wordOf(expected.decision, expected.reason_code);
    if (found !== wanted) failures.push({ number: index + 1, title, expected: wanted, found });
  }
  return { total: cases.length, failures };
}

const wordOf = (decision: boolean, code: string): string => `${decision ? 'accordé' : 'refusé'} (${code})`;

async function readTable(folder: string): Promise<z.output<typeof tableSchema>> {
  const file = 'cases.json';
  try {
    return tableSchema.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
  } catch (error) {
    const at = error instanceof z.ZodError ? (error.issues[0]?.path.map(String).join('.') ?? '') : '';
    throw policyInvalid([
      {
        file,
        line: 0,
        expected:
          at === '' ? 'une table de décisions lisible (JSON)' : `une table de décisions : voir « ${at} »`,
      },
    ]);
  }
}
