import type { Directory } from '#directory/index.ts';
import { ACR, normaliseAcr } from '#kernel/index.ts';
import type { Person } from '../rules/rule.ts';

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

export type PlaceHeld = Person['memberships'][number];

/** What facts are called in an explanation. One that has no word stands under its own name. */
export interface Words {
  action(name: string): string;
  purpose(name: string): string;
  level(acr: string | undefined): string;
  profile(code: string): string;
  organisation(id: string | undefined): string;
  network(id: string): string;
  /** Whether the reader may know of that membership; one of another branch is told of without its profile and place. */
  sees(held: PlaceHeld): boolean;
  /** One of those that the question names. */
  person(id: string): string;
}

/** The part of the directory that knows what things and people are called. */
export type NameSource = Pick<Directory, 'codes' | 'organisations' | 'networks' | 'professionals'>;

/** The words of this moment, since names change; `people` are those that the question is about. */
export async function readWords(
  directory: NameSource,
  {
    people,
    sees = () => true,
  }: { readonly people: readonly (string | undefined)[]; readonly sees?: Words['sees'] },
): Promise<Words> {
  const [organisations, networks, found] = await Promise.all([
    directory.organisations.all(),
    directory.networks.all(),
    Promise.all(people.filter(id => id !== undefined).map(id => directory.professionals.get(id))),
  ]);
  const names = new Map(organisations.map(({ id, name }) => [id, name]));
  const networkNames = new Map(networks.map(({ id, name }) => [id, name]));
  const personNames = new Map(
    found
      .filter(person => person !== null)
      .map(({ id, givenName, familyName }) => [id, `${givenName} ${familyName}`]),
  );
  return {
    action: name => ACTIONS[name] ?? name,
    purpose: name => PURPOSES[name] ?? name,
    level: acr => (acr === undefined ? 'aucun' : (LEVELS[normaliseAcr(acr) ?? ''] ?? acr)),
    profile: code => directory.codes.profile(code).label,
    organisation: id => (id === undefined ? 'tout le réseau' : (names.get(id) ?? id)),
    sees,
    network: id => networkNames.get(id) ?? id,
    person: id => personNames.get(id) ?? id,
  };
}
