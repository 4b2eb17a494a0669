const NETWORKS = ['cancerologie'];

/**
 * A region file of that many establishments (`org-0`, `org-1`…): `anne` administers the region, `paul` the first
 * establishment and those below it. `parentOf`: which one the establishment of this number stands below; `region` unless said.
 */
export function administeredRegion(
  establishments: number,
  parentOf: (at: number) => string = () => 'region',
): object {
  return {
    version: 1,
    region: { name: 'Banc d’essai', support: 'Personne' },
    networks: [{ id: 'cancerologie', name: 'Cancérologie', regime: 'consentement' }],
    organisations: [
      { id: 'region', name: 'Région', networks: NETWORKS },
      ...Array.from({ length: establishments }, (_, at) => ({
        id: `org-${at}`,
        name: `Établissement ${at}`,
        networks: NETWORKS,
        parent: parentOf(at),
      })),
    ],
    applications: [],
    accounts: [
      administrator('anne', 'administrateur_regional', 'region'),
      administrator('paul', 'administrateur_local', 'org-0'),
    ],
  };
}

function administrator(name: string, profile: string, organisation: string): object {
  return {
    sub: `acc-${name}`,
    login: `${name}.bench`,
    given_name: name,
    family_name: 'Bench',
    memberships: [{ network: 'cancerologie', organisation, profile }],
  };
}
