import type { PlainRegion, PlainRequest, Span, Target } from './plain-reading.ts';

/** Random regions and requests, small enough that names and dates meet often. */
export interface Dice {
  /** 0 to `n` − 1. */
  roll(n: number): number;
  chance(probability: number): boolean;
  pick<T>(among: readonly T[]): T;
}

/** Mulberry32: the same seed, the same throws. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const roll = (n: number) => Math.floor(next() * n);
  return {
    roll,
    chance: probability => next() < probability,
    pick<T>(among: readonly T[]): T {
      const picked = among[roll(among.length)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
  };
}

const NETWORKS = ['cancerologie', 'perinat', 'libre'] as const;
const ORGANISATIONS = ['chu', 'clinique', 'cabinet'] as const;
const PROFILES = [
  'utilisateur_cancerologie',
  'utilisateur_cancerologie',
  'acces_limite',
  'pharmacien',
  'medecin_rcp',
  'secretaire_rcp',
  'responsable_rcp',
  'coordinateur_3c',
  'inscription_rcp',
  'regulateur_centre_15',
  'administrateur_local',
  'auditeur',
] as const;
const ACRS = [
  'urn:trousseau:acr:pwd',
  'urn:trousseau:acr:code',
  'urn:trousseau:acr:mfa',
  'urn:trousseau:acr:card',
  'eidas1',
  'urn:other',
];
const ACTIONS = ['create', 'read', 'read', 'write', 'share', 'rcp_register'] as const;
const ACCOUNTS = Array.from({ length: 6 }, (_, index) => `acc-${index}`);
const PATIENTS = Array.from({ length: 4 }, (_, index) => `pk-${index}`);

const DAY = 86_400_000;
const START = Date.parse('2026-03-01T08:00:00Z');

/** Days meet exactly, so that the ends of windows are tried; some requests fall between. */
const instant = (dice: Dice): string => new Date(START + dice.roll(9) * DAY).toISOString();

const some = <T>(dice: Dice, most: number, make: () => T): T[] =>
  Array.from({ length: dice.roll(most + 1) }, make);

function span(dice: Dice): Span {
  return { ...(dice.chance(0.3) && { from: instant(dice) }), ...(dice.chance(0.3) && { to: instant(dice) }) };
}

const target = (dice: Dice): Target =>
  dice.chance(0.5) ? { account: dice.pick(ACCOUNTS) } : { organisation: dice.pick(ORGANISATIONS) };

export function randomRegion(dice: Dice): PlainRegion {
  const keys = ['create', 'read', 'write', 'share', 'bris_de_glace', 'centre_15'];
  return {
    networks: NETWORKS.map(id => ({
      id,
      regime: dice.chance(0.5) ? ('consentement' as const) : ('information_opposition' as const),
      minimum_acr: Object.fromEntries(keys.filter(() => dice.chance(0.2)).map(key => [key, dice.pick(ACRS)])),
      ...(dice.chance(0.6) && {
        rcp_registration: dice.pick(['utilisateurs', 'ouvert_par_3c', 'ouvert_par_3c'] as const),
      }),
    })),
    accounts: ACCOUNTS.map(sub => ({
      sub,
      status: dice.chance(0.85) ? ('active' as const) : dice.pick(['suspended', 'closed'] as const),
      memberships: some(dice, 5, () => ({
        network: dice.pick(NETWORKS),
        ...(dice.chance(0.85) && { organisation: dice.pick(ORGANISATIONS) }),
        profile: dice.pick(PROFILES),
        ...span(dice),
      })),
      delegations: some(dice, 3, () => ({ delegate: dice.pick(ACCOUNTS), ...span(dice) })),
    })),
    records: NETWORKS.flatMap(network =>
      PATIENTS.filter(() => dice.chance(0.85)).map(patient_key => ({
        patient_key,
        network,
        ...(dice.chance(0.6) && { creator: dice.pick(ACCOUNTS) }),
        ...(dice.chance(0.9) && { informed_at: instant(dice) }),
        ...(dice.chance(0.8) && { consented_at: instant(dice) }),
        ...(dice.chance(0.15) && { withdrawn_at: instant(dice) }),
        parties: some(dice, 3, () => ({
          ...target(dice),
          ...span(dice),
          ...(dice.chance(0.2) && { withdrawn_at: instant(dice) }),
        })),
        care_team: some(dice, 2, () => ({ ...target(dice), ...span(dice) })),
        oppositions: dice.chance(0.25)
          ? some(dice, 2, () => ({
              ...(dice.chance(0.85) ? target(dice) : {}),
              emergency: dice.chance(0.4),
              ...span(dice),
            }))
          : [],
      })),
    ),
    rcp_sessions: some(dice, 4, () => ({ ...span(dice) })).map((window, index) => ({
      id: `rcp-${index}`,
      network: dice.pick(NETWORKS),
      ...window,
      patients: PATIENTS.filter(() => dice.chance(0.5)),
      participants: some(dice, 3, () => ({
        account: dice.pick(ACCOUNTS),
        role: dice.pick(['medecin_rcp', 'responsable_rcp', 'secretaire_rcp', 'invite']),
      })),
      registrants: ACCOUNTS.filter(() => dice.chance(0.4)),
    })),
  };
}

export function randomRequest(dice: Dice): PlainRequest {
  const time = new Date(Date.parse(instant(dice)) + dice.pick([0, 0, -1, 1, dice.roll(DAY)])).toISOString();
  return {
    subject: {
      type: dice.chance(0.98) ? 'account' : 'device',
      id: dice.chance(0.97) ? dice.pick(ACCOUNTS) : 'nobody',
    },
    action: { name: dice.chance(0.97) ? dice.pick(ACTIONS) : 'destroy' },
    resource: {
      type: 'patient_record',
      id: dice.chance(0.95) ? dice.pick(PATIENTS) : 'pk-unknown',
      properties: {
        network: dice.chance(0.97) ? dice.pick(NETWORKS) : 'nowhere',
        ...(dice.chance(0.5) && { rcp: `rcp-${dice.roll(5)}` }),
      },
    },
    context: {
      time,
      ...(dice.chance(0.97) && { acr: dice.pick(dice.chance(0.7) ? ACRS.slice(2, 5) : ACRS) }),
      ...(dice.chance(0.3) && {
        purpose: dice.pick(['normal', 'bris_de_glace', 'bris_de_glace', 'centre_15', 'curiosity']),
      }),
      ...(dice.chance(0.5) && { reason: dice.pick(['', '  court    ', 'Détresse respiratoire']) }),
      ...(dice.chance(0.2) && { on_behalf_of: dice.chance(0.95) ? dice.pick(ACCOUNTS) : 'nobody' }),
    },
  };
}
