import { CLIENT, type BenchAccount } from './subject.ts';

export const NETWORK = 'cancerologie';
export const PATIENT_KEY = 'pk-bench-1';

/**
 * A region for the product: bench accounts with all that an ordinary day looks up (a membership, an accepted
 * règlement), one relying party, one record that the first account may read.
 */
export function benchRegion(
  accounts: readonly BenchAccount[],
  passwordHash: string,
  now: Date,
  /** The `sub` of whoever also administers the region. */
  administrator?: string,
): object {
  const today = now.toISOString();
  return {
    version: 1,
    networks: [{ id: NETWORK, name: 'Réseau de cancérologie', regime: 'consentement' }],
    organisations: [{ id: 'chu', name: 'CHU de mesure', networks: [NETWORK] }],
    terms: [
      {
        version: '2026-1',
        title: 'Règlement',
        text: 'Règlement du banc de mesure.',
        from: '2026-01-01T00:00:00+01:00',
      },
    ],
    accounts: accounts.map(({ sub, login, email }, index) => ({
      sub,
      login,
      given_name: 'Prénom',
      family_name: `Nom${index}`,
      email,
      password_hash: passwordHash,
      password_changed_at: today,
      must_change_password: false,
      terms_accepted: '2026-1',
      memberships: [
        {
          network: NETWORK,
          organisation: 'chu',
          profile: sub === administrator ? 'administrateur_regional' : 'utilisateur_cancerologie',
        },
      ],
    })),
    applications: [
      {
        client_id: CLIENT.id,
        name: 'Banc de mesure',
        client_secret: CLIENT.secret,
        redirect_uris: [CLIENT.redirectUri],
        minimum_acr: 'urn:trousseau:acr:code',
        network: NETWORK,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        scopes: [...CLIENT.scopes],
      },
    ],
    records: [
      {
        patient_key: PATIENT_KEY,
        network: NETWORK,
        creator: accounts[0]?.sub,
        informed_at: '2026-01-02T10:00:00+01:00',
        consented_at: '2026-01-02T10:00:00+01:00',
        parties: accounts.map(({ sub }) => ({ account: sub })),
      },
    ],
  };
}
