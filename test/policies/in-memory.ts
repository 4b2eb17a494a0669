import { buildPolicy, type Policy } from '../../src/access/engine/index.ts';
import { factsOfTable, regionTableSchema } from '../../src/access/facts/table-facts.ts';
import { inquire } from '../../src/access/inquiry.ts';
import { patientRecord } from '../../src/access/resources/patient-record.ts';
import { systemClock } from '#kernel/index.ts';
import type { PlainRegion, PlainRequest } from './plain-reading.ts';

/** The rules of `access/` over facts in memory: the same rules, without store, audit nor HTTP. */
export type Judge = (request: PlainRequest) => Promise<string>;

let policy: Promise<Policy> | undefined;

/** By the delivered policy, or by what `change` makes of it. */
export async function judgeOf(
  region: PlainRegion,
  change: (policy: Policy) => Policy | Promise<Policy> = same => same,
): Promise<Judge> {
  policy ??= buildPolicy('policies');
  const loaded = await change(await policy);
  const facts = factsOfTable(regionTableSchema.parse(region));
  const caller = {
    clientId: 'test',
    scopes: new Set(['access:simulate']),
    application: { assertsAcr: true, canSimulate: true },
  };
  const sessions = { findBySid: async () => null, touch: async () => {} };
  return async request => {
    const inquiry = await inquire(request, caller, { clock: systemClock, sessions });
    return (await patientRecord.judge(inquiry, { facts, policy: loaded })).verdict.code;
  };
}

export const isPermit = (code: string): boolean => code.startsWith('permitted_');
