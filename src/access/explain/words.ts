import type { Directory } from '#directory/index.ts';
import { ACR, normaliseAcr } from '#kernel/index.ts';

/** The contract's rules, as an administrator reads them. */
export const RULE_TITLES: readonly (readonly [id: string, title: string])[] = [
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

const TITLES = new Map(RULE_TITLES);
export const ruleTitle = (id: string): string => TITLES.get(id) ?? id;

const ACTIONS: Readonly<Record<string, string>> = {
  create: 'créer',
  read: 'lire',
  write: 'écrire',
  share: 'désigner qui peut ouvrir',
  rcp_register: 'inscrire à une RCP',
};
const PURPOSES: Readonly<Record<string, string>> = {
  normal: 'soins courants',
  bris_de_glace: 'bris de glace',
  centre_15: 'centre 15',
};
const LEVELS: Readonly<Record<string, string>> = {
  [ACR.pwd]: 'mot de passe seul',
  [ACR.code]: 'code reçu',
  [ACR.mfa]: 'deux facteurs',
  [ACR.card]: 'carte professionnelle',
};

/** What facts are called in an explanation. One that has no word stands under its own name. */
export interface Words {
  action(name: string): string;
  purpose(name: string): string;
  level(acr: string | undefined): string;
  profile(code: string): string;
  organisation(id: string | undefined): string;
}

/** The words of this moment: names of establishments change. */
export async function readWords(directory: Pick<Directory, 'codes' | 'organisations'>): Promise<Words> {
  const names = new Map((await directory.organisations.all()).map(({ id, name }) => [id, name]));
  return {
    action: name => ACTIONS[name] ?? name,
    purpose: name => PURPOSES[name] ?? name,
    level: acr => (acr === undefined ? 'aucun' : (LEVELS[normaliseAcr(acr) ?? ''] ?? acr)),
    profile: code => directory.codes.profile(code).label,
    organisation: id => (id === undefined ? 'tout le réseau' : (names.get(id) ?? id)),
  };
}
