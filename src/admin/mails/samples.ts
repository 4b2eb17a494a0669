/** What a placeholder stands for, and what a trial shows in its place: nobody’s name, no real code. */
const SAMPLES: Readonly<Record<string, readonly [words: string, sample: string]>> = {
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
  left: ['le temps qui reste', 'dans 7 jours'],
  endsAt: ['la date de fin', '15 décembre 2026'],
  reason: ['le motif', 'Le dossier est incomplet ou illisible.'],
  guide: ['l’adresse du guide', 'https://region.example/guide.pdf'],
  until: ['la date limite', '15 décembre 2026'],
};

/** The placeholders of a mail, as people read them. */
export function describePlaceholders(names: readonly string[]) {
  return names.map(name => ({
    name,
    words: name === 'address' ? 'l’adresse de la page' : (SAMPLES[name]?.[0] ?? name),
  }));
}

/** Made-up texts for each placeholder; `address` is the service’s own. */
export function sampleData(names: readonly string[], address: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map(name => [name, name === 'address' ? address : (SAMPLES[name]?.[1] ?? `« ${name} »`)]),
  );
}
