import type { Decision } from '../decision.ts';
import type { Explanation } from './explainer.ts';
import type { ExplanationStep } from './steps.ts';
import { ruleTitle, RULE_TITLES } from './words.ts';

/* Explanations as lines of French text, for a terminal. */

/** What facts are called; one without a word stands under its own name. */
const FACTS: Readonly<Record<string, string>> = {
  network: 'réseau',
  application_network: 'réseau de l’application',
  action: 'action',
  purpose: 'motif',
  level: 'niveau de connexion',
  required: 'niveau demandé',
  regime: 'régime',
  profiles: 'profils',
  policy_rows: 'lignes de règles',
  policy: 'version des règles',
  record_known: 'dossier connu',
  consent: 'consentement',
  party: 'accès donné par le patient',
  because: 'à cause de',
  at: 'instant',
  simulated: 'instant simulé',
};

const MARKS: Readonly<Record<ExplanationStep['state'], string>> = {
  passed: '·',
  aside: ' ',
  unmet: '○',
  permitted: '✓',
  refused: '✗',
};

/** The answer, its reason, the rules gone through with what each saw, the rows of the policy, and what would change it. */
export function explanationText(explanation: Explanation): string {
  const { decision, steps, rows, ways } = explanation;
  return [
    ...(decision ? answerLines(decision) : ['Réponse    : elle dépend du dossier']),
    '',
    'Règles suivies :',
    ...steps.map(
      ({ rule, title, state, said }) => ` ${MARKS[state]} ${rule.padStart(2)}  ${title} — ${said}`,
    ),
    ...(rows.length > 0 ? ['', 'Lignes de règles :'] : []),
    ...rows.map(({ file, line, text }) => `  ${file}:${line}  ${text}`),
    ...(ways.length > 0 ? ['', 'Ce qui changerait la réponse :'] : []),
    ...ways.map(
      ({ changes, code }) => `  – ${changes.join(', puis ')}${code === undefined ? '' : ` (${code})`}`,
    ),
    ...(decision ? factLines(decision) : []),
  ].join('\n');
}

/** The same for what is no record: the answer, the rule that gave it, and the facts used. */
export function decisionText(decision: Decision): string {
  const { rule } = decision.context.reason_admin;
  return [
    ...answerLines(decision),
    '',
    `Règle appliquée : ${rule}${RULE_TITLES.some(([id]) => id === rule) ? `, ${ruleTitle(rule)}` : ''}`,
    ...factLines(decision),
  ].join('\n');
}

function answerLines({ decision, context }: Decision): string[] {
  return [
    `Réponse    : ${decision ? 'accordé' : 'refusé'} (${context.reason_code})`,
    `Personne   : ${context.reason_user.fr}`,
    `Explication : ${String(context.reason_admin.facts['explanation'] ?? '')}`,
  ];
}

function factLines({ context }: Decision): string[] {
  const { facts } = context.reason_admin;
  const lines = [
    '',
    'Faits retenus :',
    ...Object.entries(facts)
      .filter(([name]) => name !== 'explanation')
      .map(
        ([name, value]) =>
          `  ${FACTS[name] ?? name} : ${Array.isArray(value) ? value.map(factWords).join(', ') : factWords(value)}`,
      ),
  ];
  if (context.acr_values) lines.push('', `Niveau à demander (acr_values) : ${context.acr_values.join(' ')}`);
  if (context.obligations) lines.push('', `Obligations : ${context.obligations.join(', ')}`);
  if (context.until !== undefined) lines.push(`Jusqu’à : ${context.until}`);
  if (context.on_behalf_of !== undefined) lines.push(`Au nom de : ${context.on_behalf_of}`);
  return lines;
}

function factWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'oui' : 'non';
  return String(value ?? '—');
}
