import { hash } from 'node:crypto';
import { decisionMade } from '../../../src/access/events.ts';
import { describeEvent, GENESIS, hashLine, type AuditLine } from '../../../src/audit/line.ts';

/** Three years of decisions of a region: as many a day, by 50,000 people, on a million patients. */
export interface DecisionLog {
  readonly days: number;
  readonly linesPerDay: number;
  /** The groups of lines of a day, as a busy service writes them. */
  groupsOf(day: number): Generator<{ readonly before: string; readonly lines: readonly AuditLine[] }>;
}

const PEOPLE = 50_000;
const PATIENTS = 1_000_000;
const DAYS = 3 * 365;
const DAY_MS = 86_400_000;
/** Decisions that share a durable write. */
const GROUP = 8;
export const FIRST_DAY_MS = Date.parse('2023-11-20T00:00:00.000Z');

/** Whom the look-ups are about: nobody else opens so many records, no other record is opened as often. */
export const BUSY = { patients: 50, everyLines: 2_000, person: person(0) };

export function createDecisionLog(lines: number): DecisionLog {
  const linesPerDay = Math.ceil(lines / DAYS);
  let [seq, previous] = [0, GENESIS];

  function nextLine(atMs: number): AuditLine {
    const n = seq;
    const entry = describeEvent(decisionMade, {
      actor: person(n % 200 === 0 ? 0 : scatter(n, PEOPLE)),
      client: `dcc-${n % 3}`,
      acr: `urn:trousseau:acr:${n % 5 === 0 ? 'card' : 'mfa'}`,
      patientKey: patient(isBusy(n) ? (n / BUSY.everyLines) % BUSY.patients : scatter(n * 7, PATIENTS)),
      outcome: n % 11 === 0 ? 'refused' : 'success',
      data: {
        decision: hash('sha256', `d${n}`, 'base64url').slice(0, 22),
        resourceType: 'patient_record',
        action: n % 4 === 0 ? 'write' : 'read',
        purpose: n % 997 === 0 ? 'bris_de_glace' : 'normal',
        network: `network-${n % 9}`,
        code: n % 11 === 0 ? 'consent_missing' : ['permitted_party', 'permitted_party_organisation'][n % 2],
        rule: `policy.csv:${10 + (n % 40)}`,
        policy: 'Zk3mQd0bT1s',
      },
    });
    seq += 1;
    const body = { ...entry, chain: 'benchmark-01', seq, at: new Date(atMs).toISOString() };
    previous = hashLine(previous, body);
    return { ...body, hash: previous };
  }

  return {
    days: DAYS,
    linesPerDay,
    *groupsOf(day) {
      const stepMs = DAY_MS / linesPerDay;
      for (let n = 0; n < linesPerDay; n += GROUP) {
        const before = previous;
        const size = Math.min(GROUP, linesPerDay - n);
        const atMs = Math.floor(FIRST_DAY_MS + day * DAY_MS + n * stepMs);
        yield { before, lines: Array.from({ length: size }, (_, at) => nextLine(atMs + at)) };
      }
    },
  };
}

export function patient(number: number): string {
  return `v1_${hash('sha256', `p${number}`, 'base64url')}`;
}

export function person(number: number): string {
  return hash('sha256', `a${number}`, 'base64url').slice(0, 22);
}

function isBusy(n: number): boolean {
  return n % BUSY.everyLines === 0;
}

/** Spreads numbers evenly and always alike. */
function scatter(n: number, of: number): number {
  return Math.floor((((n + 1) * 0.6180339887498949) % 1) * of);
}
