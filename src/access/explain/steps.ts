import { isReasoned } from '../rules/emergency.ts';
import { profileOpens } from '../rules/membership.ts';
import { networkMinimum } from '../rules/request.ts';
import { isEmergency, type RecordQuestion, type Rule, type Verdict } from '../rules/rule.ts';
import { ruleTitle, type PlaceHeld, type Words } from './words.ts';

/** One rule on the way to an answer. */
export interface ExplanationStep {
  readonly rule: string;
  readonly title: string;
  /** `aside`: not asked in this case; `unmet`: would have permitted, and does not. */
  readonly state: 'passed' | 'aside' | 'unmet' | 'permitted' | 'refused';
  /** What was known, in French. */
  readonly said: string;
}

type Say = (question: RecordQuestion, words: Words) => string;

/** What each rule looked at. Nothing of a patient before rule 8. */
const SAID: Readonly<Record<string, Say>> = {
  1: ({ subject }) => (subject ? 'Ce compte existe.' : 'Aucun compte ne porte cet identifiant.'),
  2: ({ subject }) => (subject?.isActive ? 'Le compte est actif.' : 'Le compte est suspendu ou fermé.'),
  3: ({ session }) =>
    ({
      none: 'Aucune session n’est donnée.',
      live: 'La session est en cours.',
      ended: 'La session est finie.',
    })[session],
  4: ({ network, action, purpose }, words) =>
    network
      ? `Réseau « ${words.network(network.id)} », ${words.action(action)}, motif : ${words.purpose(purpose)}.`
      : 'Le réseau n’est pas connu.',
  5: (question, words) =>
    `Niveau atteint : ${words.level(question.acr)} ; demandé : ${words.level(networkMinimum(question))}.`,
  6: ({ subject }, words) => membershipsIn(subject?.memberships ?? [], words),
  7: (question, words) => {
    const { subject, allows, purpose } = question;
    const able = (subject?.memberships ?? []).filter(({ profile }) =>
      isEmergency(purpose)
        ? allows(profile, purpose)
        : subject !== null && profileOpens(subject, profile, question),
    );
    return able.length === 0
      ? 'Aucun de ces profils ne le permet.'
      : `Permis par : ${toldOf(able, words, ({ profile }) => words.profile(profile))}.`;
  },
  8: ({ record }) =>
    record?.oppositions.length
      ? `Le dossier porte ${counted(record.oppositions.length, 'opposition')}.`
      : 'Le dossier ne porte aucune opposition.',
  9: ({ purpose, reason }) =>
    purpose !== 'bris_de_glace'
      ? 'Non demandé.'
      : isReasoned(reason)
        ? 'Le motif est écrit.'
        : 'Le motif manque, ou est trop court.',
  10: ({ purpose }) => (purpose === 'centre_15' ? 'Régulation médicale.' : 'Non demandé.'),
  11: ({ delegator }, words) =>
    delegator
      ? `Au nom de ${words.person(delegator.id)} : les règles suivantes sont jugées pour ce compte.`
      : 'La personne agit en son propre nom.',
  12: ({ record, atMs }) =>
    record?.informedAtMs === undefined
      ? 'Aucune information du patient n’est enregistrée.'
      : `Information enregistrée${record.informedAtMs > atMs ? ', à une date ultérieure' : ''}.`,
  13: ({ network, record }) =>
    network?.regime !== 'consentement'
      ? 'Le réseau ne demande pas de consentement.'
      : record?.consentedAtMs === undefined
        ? 'Aucun consentement n’est enregistré.'
        : record.withdrawnAtMs === undefined
          ? 'Le consentement est enregistré.'
          : 'Le consentement a été retiré.',
  14: ({ action }) => (action === 'create' ? 'Information et consentement suffisent.' : 'Non demandé.'),
  15: ({ record, rcpSessions }) =>
    [
      counted(record?.creators.length ?? 0, 'créateur'),
      counted(record?.parties.length ?? 0, 'accès désigné') + ' par le patient',
      `${counted(record?.careTeam.length ?? 0, 'membre')} de l’équipe de soins`,
      `${counted(rcpSessions.length, 'séance')} de RCP en cours`,
    ].join(', ') + '.',
  16: () => 'Rien de ce qui précède n’ouvre ce dossier à cette personne.',
};

/** Rules that only some questions meet. */
const ASIDE: Readonly<Record<string, (question: RecordQuestion) => boolean>> = {
  9: ({ purpose }) => purpose !== 'bris_de_glace',
  10: ({ purpose }) => purpose !== 'centre_15',
  11: ({ delegator }) => delegator === null,
  13: ({ network }) => network?.regime !== 'consentement',
  14: ({ action }) => action !== 'create',
};

/** The rule that can only permit: what it leaves is refused by the next. */
const GROUNDS = '15';

/** Goes through the rules as a decision does, and says at each what was known; ends at the one that decides. */
export function walk(
  rules: readonly Rule<RecordQuestion>[],
  question: RecordQuestion,
  words: Words,
): { readonly steps: readonly ExplanationStep[]; readonly verdict: Verdict | undefined } {
  const steps: ExplanationStep[] = [];
  for (const { id, judge } of rules) {
    const verdict = judge(question);
    const said = SAID[id]?.(question, words) ?? '';
    const undecided = ASIDE[id]?.(question) ? 'aside' : id === GROUNDS ? 'unmet' : 'passed';
    const state = verdict ? (verdict.decision ? 'permitted' : 'refused') : undecided;
    steps.push({ rule: id, title: ruleTitle(id), state, said });
    if (verdict) return { steps, verdict };
  }
  return { steps, verdict: undefined };
}

function membershipsIn(held: readonly PlaceHeld[], words: Words): string {
  if (held.length === 0) return 'Aucune inscription en cours dans ce réseau.';
  const told = toldOf(
    held,
    words,
    ({ profile, organisation }) => `${words.profile(profile)} (${words.organisation(organisation)})`,
  );
  return `${told}.`;
}

/** SECURITY: what somebody holds in another branch counts in the answer, and is told of without what and where. */
function toldOf(held: readonly PlaceHeld[], words: Words, tell: (one: PlaceHeld) => string): string {
  const seen = held.filter(words.sees);
  const told = [...new Set(seen.map(tell))];
  return (seen.length < held.length ? [...told, 'un profil d’une autre branche'] : told).join(', ');
}

/** « aucune séance », « 1 séance », « 2 séances »; each word of a name takes its plural. */
function counted(count: number, name: string): string {
  const plural = name.replaceAll(/\S+/gu, word => (word.endsWith('s') ? word : `${word}s`));
  return count > 1 ? `${count} ${plural}` : `${count} ${name}`;
}
