import type { MAIL_TEMPLATES, SMS_TEMPLATES } from '#notify/index.ts';

/** Every placeholder of the product: one that has no sample is found by the type check. */
type Placeholder =
  | (typeof MAIL_TEMPLATES)[keyof typeof MAIL_TEMPLATES][number]
  | (typeof SMS_TEMPLATES)[keyof typeof SMS_TEMPLATES][number]
  | 'regionName';

/** What a placeholder stands for, and what a trial shows in its place: nobody’s name, no real code. */
const SAMPLES: Readonly<Record<Exclude<Placeholder, 'address'>, readonly [words: string, sample: string]>> = {
  regionName: ['le nom du service', 'Région'],
  givenName: ['le prénom du destinataire', 'Camille'],
  code: ['le code de connexion', '042 042'],
  minutes: ['la durée, en minutes', '10'],
  at: ['la date et l’heure', '21 novembre 2026 à 09:14'],
  device: ['l’appareil', 'Firefox sur Windows'],
  title: ['le titre du document', 'Règlement de fonctionnement'],
  version: ['la version du document', '2026-1'],
  login: ['l’identifiant', 'camille.exemple'],
  password: ['le premier mot de passe', 'Exemple-Sans-Valeur-1!'],
  name: ['le nom', 'Revue de l’automne'],
  pending: ['le nombre de réponses attendues', '12'],
  suspended: ['le nombre de profils suspendus', '3'],
  network: ['le réseau', 'Réseau de cancérologie'],
  place: ['l’établissement', 'CHU Bretonneau'],
  application: ['l’application', 'DCC'],
  what: ['ce qui a changé', 'adresse électronique'],
  months: ['une durée, en mois', '12'],
  asker: ['qui a fait la demande', 'Dominique Exemple'],
  countsAt: ['la date à partir de laquelle il compte', '15 décembre 2026'],
  left: ['le temps qui reste', 'dans 7 jours'],
  endsAt: ['la date de fin', '15 décembre 2026'],
  reason: [
    'le motif, avec les mots de l’administrateur',
    'Le dossier est incomplet ou illisible.\nIl manque la deuxième page de la demande signée.',
  ],
  contact: ['à qui s’adresser', 'Dominique Exemple (CHU Bretonneau)\nAssistance : 02 00 00 00 00'],
  again: ['l’adresse d’une nouvelle demande', 'https://region.example/request'],
  guide: ['l’adresse du guide', 'https://region.example/guide.pdf'],
  until: ['la date limite', '15 décembre 2026'],
};

/** The placeholders of a mail, as people read them. */
export function describePlaceholders(names: readonly Placeholder[]) {
  return names.map(name => ({
    name,
    words: name === 'address' ? 'l’adresse de la page' : SAMPLES[name][0],
  }));
}

/** Made-up texts for each placeholder; `address` is the service’s own. */
export function sampleData(names: readonly Placeholder[], address: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map(name => [name, name === 'address' ? address : SAMPLES[name][1]]));
}
