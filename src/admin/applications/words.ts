import type { GRANT_TYPES } from '#directory/index.ts';
import { isInClear, type Application, type CLIENT_AUTH_METHODS } from '#directory/index.ts';
import { hasSecretMeans } from './settings.ts';

/* What pages say of what an application may ask for, do, and lack. */

const SCOPES: Readonly<Record<string, string>> = {
  openid: 'Reconnaître la personne',
  offline_access: 'Prolonger l’accès sans que la personne revienne',
  profile: 'Nom, prénom et identifiant',
  email: 'Adresse électronique',
  phone: 'Téléphone',
  professional: 'Profession, RPPS et lieu d’exercice, avec le logo de l’établissement',
  habilitations: 'Réseaux et profils',
  scope_all: 'Les informations de Pro Santé Connect, sous leurs noms',
  'access:evaluate': 'Demander si une personne peut ouvrir un dossier',
  'access:search': 'Chercher qui peut ouvrir quoi',
  'access:consents': 'Enregistrer informations, consentements et oppositions',
  'access:patient-keys': 'Obtenir la clé d’un patient',
  'access:simulate': 'Demander ce qui serait décidé à une autre date',
  'admin:read': 'Lire l’administration, dans sa branche',
  'admin:write': 'Administrer, dans sa branche',
  scim: 'Tenir les comptes à jour par SCIM',
};

/** A scope with the words for it; one that nobody has words for is its own. */
export function scopeChoice(value: string): { readonly value: string; readonly label: string } {
  return { value, label: Object.hasOwn(SCOPES, value) ? (SCOPES[value] ?? value) : value };
}

export const GRANTS: Readonly<Record<(typeof GRANT_TYPES)[number], string>> = {
  authorization_code: 'Des personnes s’y connectent',
  refresh_token: 'Elle prolonge leurs accès sans les redemander',
  client_credentials: 'Elle appelle les services en son propre nom',
};

export const METHODS: Readonly<Record<(typeof CLIENT_AUTH_METHODS)[number], string>> = {
  client_secret_basic: 'Un secret, dans l’en-tête (le plus courant)',
  client_secret_post: 'Un secret, dans le corps de la requête',
  private_key_jwt: 'Une signature, vérifiée avec les clés qu’elle publie',
  tls_client_auth: 'Un certificat client',
  none: 'Rien : elle s’exécute chez la personne (navigateur, téléphone)',
};

export interface Remark {
  readonly kind: 'ok' | 'warn';
  readonly text: string;
}

/** What will keep an application from working, or could be safer. */
export function remarksOn(application: Application, nowMs: number): readonly Remark[] {
  const signsIn = application.grantTypes.includes('authorization_code');
  const until = application.previousSecretUntilMs;
  const found: readonly (readonly [boolean, string])[] = [
    [
      hasSecretMeans(application) && application.clientSecretHash === undefined,
      'Elle n’a pas encore de secret : elle ne peut rien demander.',
    ],
    [
      signsIn && application.network === undefined,
      'Elle n’est dans aucun réseau : personne ne peut l’ouvrir.',
    ],
    [
      signsIn && !application.scopes.includes('openid'),
      'Sans « Reconnaître la personne », elle ne sait pas qui se connecte.',
    ],
    [
      application.redirectUris.some(isInClear),
      'Une adresse de retour est en clair : la connexion pourrait être volée en chemin.',
    ],
    [
      signsIn && application.backchannelLogoutUri === undefined,
      'Elle n’est pas prévenue des déconnexions : donnez son adresse de déconnexion.',
    ],
    [!application.requirePkce, 'PKCE n’est pas exigé : c’est réservé aux applications anciennes.'],
    [until !== undefined && nowMs < until, 'L’ancien secret compte encore.'],
  ];
  const remarks = found.flatMap(([isSo, text]) => (isSo ? [{ kind: 'warn' as const, text }] : []));
  return remarks.length > 0 ? remarks : [{ kind: 'ok', text: 'Rien à signaler dans sa configuration.' }];
}
