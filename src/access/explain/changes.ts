import type { ReasonCode } from '../vocabulary.ts';
import type { RecordFacts } from '../facts/facts.ts';
import { judgeOpposition } from '../rules/opposition.ts';
import { networkMinimum } from '../rules/request.ts';
import { isEmergency, type Person, type RecordQuestion } from '../rules/rule.ts';
import { enrolled, type ProfileChoice } from './enrolled.ts';
import type { Words } from './words.ts';

/** A fact that would be otherwise, and the question with it. Whether it is enough, the rules say. */
export interface Change {
  /** One change of a kind in a way. */
  readonly key: string;
  readonly said: string;
  readonly question: RecordQuestion;
  /** Several would do as well: which of them, the rules say once all other changes of the way are made. */
  readonly choice?: ProfileChoice;
}

export type Changer = (question: RecordQuestion, words: Words) => readonly Change[];

const EMPTY: RecordFacts = { creators: [], parties: [], careTeam: [], oppositions: [] };

const change = (
  question: RecordQuestion,
  key: string,
  said: string,
  more: Partial<RecordQuestion>,
): Change => ({ key, said, question: { ...question, ...more } });

const onRecord = (question: RecordQuestion, key: string, said: string, more: Partial<RecordFacts>): Change =>
  change(question, key, said, { record: { ...(question.record ?? EMPTY), ...more } });

const activated: Changer = question =>
  question.subject
    ? [
        change(question, 'active', 'si son compte était actif', {
          subject: { ...question.subject, isActive: true },
        }),
      ]
    : [];

const signedInAgain: Changer = question => [
  change(question, 'session', 'après une nouvelle connexion', { session: 'live' }),
];

const signedInBetter: Changer = (question, words) => {
  const acr = networkMinimum(question);
  return [change(question, 'level', `avec une connexion plus forte (${words.level(acr)})`, { acr })];
};

/** Where the network leaves it to the 3C. */
const registered: Changer = question => {
  const { action, network, subject, registrants } = question;
  if (action !== 'rcp_register' || network?.rcpRegistration !== 'ouvert_par_3c' || !subject) return [];
  const said = 'si le 3C l’inscrivait parmi ceux qui peuvent inscrire un patient à cette séance';
  return [change(question, 'registrant', said, { registrants: [...registrants, subject.id] })];
};

/** Emergencies open for reading alone. */
const readOnly: Changer = question =>
  isEmergency(question.purpose) && question.action !== 'read'
    ? [change(question, 'read', 'pour lire seulement', { action: 'read' })]
    : [];

const reasoned: Changer = question => [
  change(question, 'reason', 'en écrivant le motif du bris de glace', { reason: 'motif écrit' }),
];

/** SPEC: contract §7, rule 9: for reading, and by the person in their own name. */
const brokenGlass: Changer = question => {
  const { purpose, action, subject, allows } = question;
  const able = subject?.memberships.some(({ profile }) => allows(profile, 'bris_de_glace'));
  if (purpose !== 'normal' || action !== 'read' || !able) return [];
  const more = { purpose: 'bris_de_glace', reason: 'motif écrit', delegator: null };
  return [change(question, 'glass', 'en bris de glace, avec un motif écrit', more)];
};

const inOwnName: Changer = question => [
  change(question, 'own', 'en agissant en son propre nom', { delegator: null }),
];

const delegated: Changer = (question, words) => {
  const { delegator } = question;
  if (!delegator?.person) return [];
  const said = `si ${words.person(delegator.id)} lui donnait délégation`;
  return [change(question, 'delegation', said, { delegator: { ...delegator, hasDelegated: true } })];
};

const unopposed: Changer = question => {
  const { record, subject } = question;
  if (!record || !subject) return [];
  const oppositions = record.oppositions.filter(
    opposition =>
      judgeOpposition(subject, { ...question, record: { ...record, oppositions: [opposition] } }) ===
      undefined,
  );
  return [onRecord(question, 'opposition', 'si le patient levait son opposition', { oppositions })];
};

const informed: Changer = question => [
  onRecord(question, 'informed', 'une fois le patient informé', { informedAtMs: question.atMs }),
];

/** Consent first where it is asked for, then one of the grounds of rule 15. */
const opened: Changer = (question, words) => {
  const { record, network, atMs } = question;
  const { withdrawnAtMs, ...known } = record ?? EMPTY;
  const hasPassed = (instantMs: number | undefined) => instantMs !== undefined && instantMs <= atMs;
  const hasConsent = hasPassed(known.consentedAtMs) && !hasPassed(withdrawnAtMs);
  if (network?.regime !== 'consentement' || hasConsent) return grounded(question, words);
  const said =
    withdrawnAtMs === undefined
      ? 'une fois le consentement du patient recueilli'
      : 'si le patient consentait de nouveau';
  return [change(question, 'consent', said, { record: { ...known, consentedAtMs: atMs } })];
};

const grounded: Changer = (question, words) => {
  const { record, network, delegator, subject, allows, action } = question;
  const person: Person | null = delegator ? delegator.person : subject;
  if (!person) return [];
  const { parties, careTeam } = record ?? EMPTY;
  const place = person.memberships.find(
    held => held.organisation !== undefined && allows(held.profile, action),
  )?.organisation;
  const ways = [
    onRecord(question, 'party', `si le patient désignait ${words.person(person.id)}`, {
      parties: [...parties, { account: person.id }],
    }),
  ];
  if (place !== undefined)
    ways.push(
      onRecord(question, 'party-organisation', `si le patient désignait ${words.organisation(place)}`, {
        parties: [...parties, { organisation: place }],
      }),
    );
  if (network?.regime === 'information_opposition')
    ways.push(
      onRecord(question, 'care-team', 'une fois dans l’équipe de soins du patient', {
        careTeam: [...careTeam, { account: person.id }],
      }),
    );
  const said = 'pendant une séance de RCP qui inscrit le patient et où cette personne participe';
  const session = { id: 'supposée', participants: [{ account: person.id, role: 'medecin_rcp' }] };
  return [...ways, change(question, 'rcp', said, { rcpSessions: [...question.rcpSessions, session] })];
};

/** What speaks to each refusal; nothing speaks to one that is not here. */
const CHANGERS: Readonly<Partial<Record<ReasonCode, readonly Changer[]>>> = {
  account_inactive: [activated],
  session_ended: [signedInAgain],
  acr_too_low: [signedInBetter],
  not_in_network: [enrolled],
  profile_lacks_action: [enrolled, registered],
  break_glass_not_allowed: [enrolled, readOnly],
  centre_15_not_allowed: [enrolled, readOnly],
  break_glass_reason_missing: [reasoned],
  patient_opposed: [unopposed, brokenGlass],
  patient_opposed_emergency: [unopposed],
  delegation_missing: [delegated, inOwnName],
  delegator_not_permitted: [inOwnName],
  patient_not_informed: [informed, brokenGlass],
  consent_missing: [opened, brokenGlass],
  consent_withdrawn: [opened, brokenGlass],
  consent_expired: [opened, brokenGlass],
  not_in_care_team: [opened, brokenGlass],
};

/** What would speak to this refusal, one fact each. */
export function changesFor(code: ReasonCode, question: RecordQuestion, words: Words): readonly Change[] {
  return (CHANGERS[code] ?? []).flatMap(changer => changer(question, words));
}
