import type { Decision } from './decision.ts';

/** The contract's rules, as an administrator reads them. */
const RULES: readonly (readonly [id: string, title: string])[] = [
  ['1', 'le sujet est un compte connu'],
  ['2', 'le compte est actif'],
  ['3', 'la session est en cours'],
  ['4', 'le réseau, l’action et le motif sont connus'],
  ['5', 'la connexion est d’un niveau suffisant'],
  ['6', 'la personne est inscrite dans le réseau'],
  ['7', 'l’un de ses profils permet l’action'],
  ['8', 'aucune opposition du patient ne la vise'],
  ['9', 'bris de glace'],
  ['10', 'centre 15'],
  ['11', 'délégation'],
  ['12', 'le patient est informé'],
  ['13', 'le patient a consenti, si le réseau le demande'],
  ['14', 'création du dossier'],
  ['15', 'le dossier lui est ouvert (créateur, patient, équipe de soins ou RCP)'],
  ['16', 'rien n’ouvre le dossier'],
];

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

/** A decision as lines of French text: the answer, its reason, the rules gone through, and the facts used. */
export function explainDecision({ decision, context }: Decision): string {
  const { reason_code: code, reason_user: user, reason_admin: admin } = context;
  const lines = [
    `Réponse    : ${decision ? 'accordé' : 'refusé'} (${code})`,
    `Personne   : ${user.fr}`,
    `Explication : ${String(admin.facts['explanation'] ?? '')}`,
    '',
    ...pathTo(admin.rule, decision),
    '',
    'Faits retenus :',
    ...Object.entries(admin.facts)
      .filter(([name]) => name !== 'explanation')
      .map(
        ([name, value]) =>
          `  ${FACTS[name] ?? name} : ${Array.isArray(value) ? value.join(', ') : String(value ?? '—')}`,
      ),
  ];
  if (context.acr_values) lines.push('', `Niveau à demander (acr_values) : ${context.acr_values.join(' ')}`);
  if (context.obligations) lines.push('', `Obligations : ${context.obligations.join(', ')}`);
  if (context.until !== undefined) lines.push(`Jusqu’à : ${context.until}`);
  if (context.on_behalf_of !== undefined) lines.push(`Au nom de : ${context.on_behalf_of}`);
  return lines.join('\n');
}

function pathTo(rule: string, isPermitted: boolean): string[] {
  const end = RULES.findIndex(([id]) => id === rule);
  if (end < 0) return [`Règle appliquée : ${rule}`];
  return [
    'Règles suivies :',
    ...RULES.slice(0, end + 1).map(([id, title], index) => {
      const mark = index < end ? ' · ' : isPermitted ? ' ✓ ' : ' ✗ ';
      return `${mark}${id.padStart(2)}  ${title}`;
    }),
  ];
}
