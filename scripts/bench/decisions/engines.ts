import { createMongoAbility, type MongoAbility } from '@casl/ability';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import type { Policy, PolicyRow } from '../../../src/access/engine/index.ts';
import { createFactsImage, type FactsImage } from '../../../src/access/facts/image/index.ts';
import { createPackedRules } from '../../../src/access/rules/packed.ts';
import {
  NETWORK,
  NOW_MS,
  accountOf,
  keyOf,
  organisationOf,
  profileOf,
  recordOf,
  type World,
  type WorldRequest,
} from './world.ts';

/** One way to answer the same question. */
export interface Engine {
  readonly name: string;
  decide(request: WorldRequest): boolean | Promise<boolean>;
}

const LEVEL = 2;

/** The image of facts of a world. */
export function fillImage(world: World): FactsImage {
  const clock = { nowMs: () => NOW_MS, now: () => Math.floor(NOW_MS / 1000) };
  const image = createFactsImage({ clock });
  for (let person = 0; person < world.people; person += 1)
    image.setPerson(accountOf(person), {
      id: accountOf(person),
      status: 'active',
      memberships: [{ network: NETWORK, organisation: organisationOf(person), profile: profileOf(person) }],
      delegations: [],
    });
  for (let record = 0; record < world.records; record += 1) {
    const { creator, accounts, organisations } = recordOf(record, world.people);
    image.setRecord(NETWORK, keyOf(record), {
      creators: [creator],
      informedAtMs: 1,
      consentedAtMs: 1,
      parties: [
        ...accounts.map(account => ({ account })),
        ...organisations.map(organisation => ({ organisation })),
      ],
      careTeam: [],
      oppositions: [],
    });
  }
  return image;
}

/** One that needs the names of a request only. */
export interface PlainEngine {
  readonly name: string;
  decide(request: Omit<WorldRequest, 'inquiry'>): Promise<boolean>;
}

/** Ours: the packed rules over the image, as the service asks them (`judge.ts`), with the names that a request has. */
export function openPacked(image: FactsImage, policy: Pick<Policy, 'row'>): Engine {
  const rules = createPackedRules(policy, image);
  const network = { id: NETWORK, regime: 'consentement' as const, minimumAcr: {} };
  return {
    name: 'Trousseau',
    decide: ({ inquiry }) => rules.permit(inquiry, network) !== undefined,
  };
}

interface KeptPerson {
  readonly id: string;
  readonly profile: string;
  readonly organisation: string;
  readonly level: number;
}

interface KeptRecord {
  readonly informed: boolean;
  readonly consented: boolean;
  readonly opposed: readonly string[];
  readonly creator: string;
  readonly parties: readonly string[];
}

/** What the other engines look things up in: maps of objects, by name. */
export interface Kept {
  readonly people: ReadonlyMap<string, KeptPerson>;
  readonly records: ReadonlyMap<string, KeptRecord>;
}

export function keep(world: World): Kept {
  const people = new Map<string, KeptPerson>();
  for (let person = 0; person < world.people; person += 1)
    people.set(accountOf(person), {
      id: accountOf(person),
      profile: profileOf(person),
      organisation: organisationOf(person),
      level: LEVEL,
    });
  const records = new Map<string, KeptRecord>();
  const none: readonly string[] = [];
  for (let record = 0; record < world.records; record += 1) {
    const { creator, accounts, organisations } = recordOf(record, world.people);
    records.set(`${NETWORK}/${keyOf(record)}`, {
      informed: true,
      consented: true,
      opposed: none,
      creator,
      parties: [...accounts, ...organisations],
    });
  }
  return { people, records };
}

/** Rules 8 and 12 to 15 by hand. */
function opens(person: KeptPerson, record: KeptRecord | undefined): boolean {
  if (!record?.informed || !record.consented) return false;
  if (record.opposed.includes(person.id) || record.opposed.includes(person.organisation)) return false;
  return (
    record.creator === person.id ||
    record.parties.includes(person.id) ||
    record.parties.includes(person.organisation)
  );
}

/** What somebody writes who needs this one decision to be quick: maps and `if`. */
export function openMaps({ people, records }: Kept, rows: readonly PolicyRow[]): Engine {
  const allowed = new Set(rows.map(({ type, action, profile }) => `${type} ${action} ${profile}`));
  return {
    name: 'hand-written Map',
    decide({ account, action, patientKey }) {
      const person = people.get(account);
      if (!person || person.level < LEVEL) return false;
      if (!allowed.has(`patient_record ${action} ${person.profile}`)) return false;
      return opens(person, records.get(`${NETWORK}/${patientKey}`));
    },
  };
}

const REQUEST = `
[request_definition]
r = sub, type, act, key
[policy_definition]
p = profile, type, act, eft
`;
const EFFECT = `
[policy_effect]
e = priority(p.eft) || deny
[matchers]
`;

const policyText = (rows: readonly PolicyRow[]): string =>
  rows.map(row => `p, ${row.profile}, ${row.type}, ${row.action}, ${row.effect}`).join('\n');

/** Rules 8 and 12 to 15 as a function of a matcher. */
function opensByName({ people, records }: Kept) {
  return (id: string, key: string): boolean => {
    const person = people.get(id);
    return person !== undefined && opens(person, records.get(`${NETWORK}/${key}`));
  };
}

/** Plain casbin at its best: no roles, cheap comparisons first, the consent by a function. */
export async function openPlainCasbin(kept: Kept, rows: readonly PolicyRow[]): Promise<PlainEngine> {
  const matcher = `m = r.act == p.act && r.type == p.type && r.sub.profile == p.profile && r.sub.level >= ${LEVEL} && opens(r.sub.id, r.key)`;
  const enforcer = await newEnforcer(
    newModelFromString(`${REQUEST}${EFFECT}${matcher}`),
    new StringAdapter(policyText(rows)),
  );
  await enforcer.addFunction('opens', opensByName(kept));
  return {
    name: 'plain casbin',
    decide: ({ account, action, patientKey }) =>
      enforcer.enforce(kept.people.get(account), 'patient_record', action, patientKey),
  };
}

/** Casbin as its guide shows it: who holds which profile in which network are its own roles (`g`). */
export async function openCasbinWithRoles(kept: Kept, rows: readonly PolicyRow[]): Promise<PlainEngine> {
  const matcher = `m = r.act == p.act && r.type == p.type && g(r.sub.id, p.profile, "${NETWORK}") && r.sub.level >= ${LEVEL} && opens(r.sub.id, r.key)`;
  const roles = [...kept.people.values()].map(({ id, profile }) => `g, ${id}, ${profile}, ${NETWORK}`);
  const enforcer = await newEnforcer(
    newModelFromString(`${REQUEST}[role_definition]\ng = _, _, _\n${EFFECT}${matcher}`),
    new StringAdapter([policyText(rows), ...roles].join('\n')),
  );
  await enforcer.addFunction('opens', opensByName(kept));
  return {
    name: 'casbin with its roles',
    decide: ({ account, action, patientKey }) =>
      enforcer.enforce(kept.people.get(account), 'patient_record', action, patientKey),
  };
}

/** CASL, one ability a person, kept; the record as it lies in the map. */
export function openCasl({ people, records }: Kept, rows: readonly PolicyRow[]): Engine {
  const actionsOf = new Map<string, string[]>();
  for (const { type, action, profile } of rows)
    if (type === 'patient_record') actionsOf.set(profile, [...(actionsOf.get(profile) ?? []), action]);
  const abilities = new Map<string, MongoAbility>();
  const abilityOf = (person: KeptPerson): MongoAbility => {
    const known = abilities.get(person.id);
    if (known) return known;
    const action = actionsOf.get(person.profile) ?? [];
    const held = { informed: true, consented: true };
    const ability = createMongoAbility(
      [
        { action, subject: 'patient_record', conditions: { ...held, creator: person.id } },
        {
          action,
          subject: 'patient_record',
          conditions: { ...held, parties: { $in: [person.id, person.organisation] } },
        },
        {
          action,
          subject: 'patient_record',
          inverted: true,
          conditions: { opposed: { $in: [person.id, person.organisation] } },
        },
      ],
      { detectSubjectType: () => 'patient_record' },
    );
    abilities.set(person.id, ability);
    return ability;
  };
  return {
    name: 'CASL',
    decide({ account, action, patientKey }) {
      const person = people.get(account);
      const record = records.get(`${NETWORK}/${patientKey}`);
      return person !== undefined && record !== undefined && abilityOf(person).can(action, record);
    },
  };
}
