import { z } from 'zod';
import type { RcpSessionFacts, RecordFacts } from '../facts/facts.ts';
import { noticeReader, patientKeyReader } from './keys.ts';
import { instant, windowFields, windowOf } from './instants.ts';

/** The rows `records` and `rcp_sessions` of the region file (contract §3). */

const id = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/u, 'expected 1 to 128 of A-Z, a-z, 0-9, _ and -');
const patientKey = patientKeyReader({
  form: 'expected a patient key: 1 to 128 of A-Z, a-z, 0-9, _ and -',
  ins: 'expected a patient key, not an INS',
});
const named = { account: id.optional(), organisation: id.optional() };
const isOneOf = ({
  account,
  organisation,
}: {
  account?: string | undefined;
  organisation?: string | undefined;
}) => (account === undefined) !== (organisation === undefined);
const one = 'expected `account` or `organisation`, one of the two';

export const recordRowSchema = z.strictObject({
  patient_key: patientKey,
  network: id,
  creator: id.optional(),
  informed_at: instant.optional(),
  /** The version of the notice given. */
  notice: noticeReader({
    form: 'expected the version of a notice: one line of 1 to 128 characters',
    ins: 'expected the version of a notice, not an INS',
  }).optional(),
  consented_at: instant.optional(),
  withdrawn_at: instant.optional(),
  parties: z
    .array(
      z.strictObject({ ...named, ...windowFields, withdrawn_at: instant.optional() }).refine(isOneOf, one),
    )
    .default([]),
  care_team: z.array(z.strictObject({ ...named, ...windowFields }).refine(isOneOf, one)).default([]),
  oppositions: z
    .array(
      z
        .strictObject({ ...named, emergency: z.boolean().default(false), ...windowFields })
        .refine(
          ({ account, organisation }) => account === undefined || organisation === undefined,
          'expected `account` or `organisation`, not both',
        ),
    )
    .default([]),
});

export const rcpSessionRowSchema = z.strictObject({
  id,
  network: id,
  ...windowFields,
  patients: z.array(patientKey).default([]),
  participants: z
    .array(z.strictObject({ account: id, role: z.string().regex(/^[a-z0-9_]{1,64}$/u) }))
    .default([]),
  registrants: z.array(id).optional(),
});

export type RecordRow = z.output<typeof recordRowSchema>;
export type RcpSessionRow = z.output<typeof rcpSessionRowSchema>;

const targetOf = ({
  account,
  organisation,
}: {
  account?: string | undefined;
  organisation?: string | undefined;
}) => ({
  ...(account !== undefined && { account }),
  ...(organisation !== undefined && { organisation }),
});

/** The facts that a row states. */
export function recordFactsOfRow(row: RecordRow): RecordFacts {
  return {
    creators: row.creator === undefined ? [] : [row.creator],
    ...(row.informed_at !== undefined && { informedAtMs: row.informed_at }),
    ...(row.consented_at !== undefined && { consentedAtMs: row.consented_at }),
    ...(row.withdrawn_at !== undefined && { withdrawnAtMs: row.withdrawn_at }),
    parties: row.parties.map(entry => ({
      ...targetOf(entry),
      ...windowOf(entry),
      ...(entry.withdrawn_at !== undefined && { withdrawnAtMs: entry.withdrawn_at }),
    })),
    careTeam: row.care_team.map(entry => ({ ...targetOf(entry), ...windowOf(entry) })),
    oppositions: row.oppositions.map(entry => ({
      ...targetOf(entry),
      ...windowOf(entry),
      emergency: entry.emergency,
    })),
  };
}

export function rcpSessionFactsOfRow(row: RcpSessionRow): RcpSessionFacts {
  return {
    id: row.id,
    ...windowOf(row),
    participants: row.participants,
    ...(row.registrants?.length && { registrants: row.registrants }),
  };
}
