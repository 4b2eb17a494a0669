import { createHash } from 'node:crypto';
import { ACR } from '#kernel/index.ts';
import type { PackedQuestion } from '../../../src/access/rules/packed.ts';
import { createDice } from '../../../test/policies/random-region.ts';

/** A random region for engines that decide in process: who works where, and whom each record names. */
export interface World {
  readonly people: number;
  readonly records: number;
  readonly requests: readonly WorldRequest[];
}

export interface WorldRequest {
  readonly account: string;
  readonly action: 'read' | 'write' | 'share';
  readonly patientKey: string;
  /** The same, as the service has it when it decides. */
  readonly inquiry: PackedQuestion;
}

export interface WorldRecord {
  readonly creator: string;
  readonly accounts: readonly string[];
  readonly organisations: readonly string[];
}

export const NOW_MS = Date.parse('2026-10-01T08:00:00Z');
export const NETWORK = 'cancerologie';
const ORGANISATIONS = 2_000;
const PROFILES = [
  'utilisateur_cancerologie',
  'utilisateur_cancerologie',
  'utilisateur_cancerologie',
  'medecin_rcp',
  'secretaire_rcp',
  'pharmacien',
] as const;
/** Requests that differ, so that no cache of the processor holds what they touch. */
const REQUESTS = 262_144;
/** Of the requests, those by somebody whom the record names; some of these are refused by their profile. */
const NAMED = 0.8;

export const accountOf = (person: number): string => `acc-${person}`;
export const organisationOf = (person: number): string => `org-${person % ORGANISATIONS}`;
export const profileOf = (person: number): string => PROFILES[person % PROFILES.length] ?? 'pharmacien';

/** As long as the keys of the service. */
export const keyOf = (record: number): string =>
  `pk1-${createHash('sha256').update(String(record)).digest('base64url')}`;

/** The five parties of a record, and its creator: the same at each call. */
export function recordOf(record: number, people: number): WorldRecord {
  const dice = createDice(record + 1);
  return {
    creator: accountOf(dice.roll(people)),
    accounts: [accountOf(dice.roll(people)), accountOf(dice.roll(people)), accountOf(dice.roll(people))],
    organisations: [organisationOf(dice.roll(ORGANISATIONS)), organisationOf(dice.roll(ORGANISATIONS))],
  };
}

export function createWorld({ people, records }: { people: number; records: number }): World {
  const dice = createDice(1);
  const requests = Array.from({ length: Math.min(REQUESTS, records) }, (): WorldRequest => {
    const record = dice.roll(records);
    const { accounts } = recordOf(record, people);
    const account = dice.chance(NAMED) ? dice.pick(accounts) : accountOf(dice.roll(people));
    const action = dice.pick(['read', 'read', 'read', 'write', 'share'] as const);
    const patientKey = keyOf(record);
    const inquiry = {
      atMs: NOW_MS,
      acr: ACR.code,
      action,
      subject: { type: 'account', id: account },
      resource: { type: 'patient_record', id: patientKey },
    };
    return { account, action, patientKey, inquiry };
  });
  return { people, records, requests };
}
