import type { TestRegion } from './world.ts';

/** A small region of the access tests: one network of each regime, an oncologist, her secretary, a pharmacist. */
export const REGION: TestRegion = {
  networks: [
    { id: 'cancerologie', regime: 'consentement' },
    { id: 'proche', regime: 'information_opposition' },
  ],
  organisations: [{ id: 'chu' }, { id: 'clinique' }],
  accounts: [
    {
      sub: 'claire',
      memberships: [
        { network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' },
        { network: 'proche', organisation: 'chu', profile: 'utilisateur_cancerologie' },
      ],
      delegations: [{ delegate: 'sophie' }],
    },
    {
      sub: 'sophie',
      memberships: [{ network: 'cancerologie', organisation: 'chu', profile: 'secretaire_rcp' }],
    },
    {
      sub: 'marc',
      memberships: [{ network: 'cancerologie', organisation: 'clinique', profile: 'acces_limite' }],
    },
    {
      sub: 'hugo',
      memberships: [
        { network: 'cancerologie', organisation: 'clinique', profile: 'utilisateur_cancerologie' },
        { network: 'proche', organisation: 'clinique', profile: 'utilisateur_cancerologie' },
      ],
    },
    {
      sub: 'expert',
      memberships: [{ network: 'cancerologie', organisation: 'clinique', profile: 'medecin_rcp' }],
    },
    { sub: 'ailleurs', applications: ['dcc'] },
    {
      sub: 'suspendu',
      status: 'suspended',
      memberships: [{ network: 'cancerologie', profile: 'utilisateur_cancerologie' }],
    },
    {
      sub: 'choisi',
      applications: ['annuaire'],
      memberships: [{ network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' }],
    },
  ],
  applications: [
    {
      client_id: 'dcc',
      network: 'cancerologie',
      scopes: ['access:evaluate', 'access:search', 'access:consents', 'access:patient-keys'],
      asserts_acr: true,
    },
    {
      client_id: 'proche',
      network: 'proche',
      scopes: ['access:evaluate', 'access:consents', 'access:patient-keys'],
      asserts_acr: true,
    },
    { client_id: 'simple', network: 'cancerologie', scopes: ['access:evaluate'] },
    {
      client_id: 'simulateur',
      network: 'cancerologie',
      scopes: ['access:evaluate', 'access:simulate'],
      asserts_acr: true,
      can_simulate: true,
    },
    {
      client_id: 'simulateur-sans-portee',
      network: 'cancerologie',
      scopes: ['access:evaluate'],
      asserts_acr: true,
      can_simulate: true,
    },
    { client_id: 'annuaire', scopes: ['access:evaluate', 'access:search'], asserts_acr: true },
  ],
  records: [
    {
      patient_key: 'pk-ouvert',
      network: 'cancerologie',
      creator: 'claire',
      informed_at: '2026-01-05T09:00:00+01:00',
      consented_at: '2026-01-05T09:00:00+01:00',
      parties: [{ account: 'marc' }, { organisation: 'chu' }],
    },
    { patient_key: 'pk-ferme', network: 'cancerologie', informed_at: '2026-01-05T09:00:00+01:00' },
  ],
  rcp_sessions: [],
};

export const ask = (
  account: string,
  action: string,
  patientKey: string,
  context: Record<string, unknown> = { acr: 'urn:trousseau:acr:mfa' },
) => ({
  subject: { type: 'account', id: account },
  action: { name: action },
  resource: { type: 'patient_record', id: patientKey },
  context,
});
