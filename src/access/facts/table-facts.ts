import { RCP_REGISTRATIONS } from '#directory/index.ts';
import { z } from 'zod';
import { REGIMES } from '../vocabulary.ts';
import {
  recordRowSchema,
  recordFactsOfRow,
  rcpSessionRowSchema,
  rcpSessionFactsOfRow,
} from '../records/region-rows.ts';
import { windowFields, windowOf } from '../records/instants.ts';
import type { FactsSource } from './facts.ts';

const id = z.string().min(1).max(128);

/** The part of the region file (contract §3) that decision tables write: what does not bear on a decision is left out. */
export const regionTableSchema = z.object({
  networks: z.array(
    z.object({
      id,
      regime: z.enum(REGIMES),
      minimum_acr: z.record(z.string(), z.string()).default({}),
      rcp_registration: z.enum(RCP_REGISTRATIONS).optional(),
    }),
  ),
  organisations: z.array(z.object({ id, parent: id.optional() })).default([]),
  applications: z
    .array(
      z.object({
        client_id: id,
        network: id.optional(),
        asserts_acr: z.boolean().default(false),
        can_simulate: z.boolean().default(false),
        scopes: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  accounts: z.array(
    z.object({
      sub: id,
      status: z.enum(['active', 'suspended', 'closed']).default('active'),
      applications: z.array(id).optional(),
      branch: id.optional(),
      memberships: z
        .array(z.object({ network: id, organisation: id.optional(), profile: id, ...windowFields }))
        .default([]),
      delegations: z.array(z.object({ delegate: id, ...windowFields })).default([]),
    }),
  ),
  records: z.array(recordRowSchema).default([]),
  rcp_sessions: z.array(rcpSessionRowSchema).default([]),
});

export type RegionTable = z.output<typeof regionTableSchema>;

/** Facts held in memory, for decision tables and for the properties of the rules. */
export function factsOfTable(region: RegionTable): FactsSource {
  const people = new Map(
    region.accounts.map(row => [
      row.sub,
      {
        id: row.sub,
        status: row.status,
        ...(row.applications && { applications: row.applications }),
        ...(row.branch !== undefined && { branch: row.branch }),
        memberships: row.memberships.map(({ network, organisation, profile, ...window }) => ({
          network,
          organisation,
          profile,
          ...windowOf(window),
        })),
        delegations: row.delegations.map(({ delegate, ...window }) => ({ delegate, ...windowOf(window) })),
      },
    ]),
  );
  const networks = new Map(
    region.networks.map(row => [
      row.id,
      {
        id: row.id,
        regime: row.regime,
        minimumAcr: row.minimum_acr,
        ...(row.rcp_registration && { rcpRegistration: row.rcp_registration }),
      },
    ]),
  );
  const applications = new Map(
    region.applications.map(row => [row.client_id, { id: row.client_id, network: row.network }]),
  );
  const records = new Map(
    region.records.map(row => [`${row.network} ${row.patient_key}`, recordFactsOfRow(row)]),
  );
  const recordOf = (network: string, patientKey: string) => records.get(`${network} ${patientKey}`) ?? null;
  return {
    professional: async sub => people.get(sub) ?? null,
    organisations: async () => region.organisations,
    holders: async profile =>
      [...people.values()].filter(({ memberships }) => memberships.some(held => held.profile === profile)),
    person: async sub => people.get(sub) ?? null,
    // Tables know nothing of passwords and addresses: whoever is in one has an account.
    canSignIn: async sub => people.has(sub),
    network: async name => networks.get(name) ?? null,
    application: async clientId => applications.get(clientId) ?? null,
    record: async (network, patientKey) => recordOf(network, patientKey),
    patient: async (network, patientKey) => ({
      record: recordOf(network, patientKey),
      rcpSessions: region.rcp_sessions
        .filter(session => session.network === network && session.patients.includes(patientKey))
        .map(rcpSessionFactsOfRow),
    }),
    rcpSession: async (network, id) => {
      const row = region.rcp_sessions.find(session => session.network === network && session.id === id);
      return row ? rcpSessionFactsOfRow(row) : null;
    },
  };
}
