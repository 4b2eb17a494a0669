/**
 * Contract §7 read a second time, as plainly as it is written, on the rows of the region file themselves: no casbin,
 * no policy folder, no code of `access/`. What both readings agree on is what the contract says.
 */

export interface Span {
  from?: string;
  to?: string;
}

export type Target = { account?: string; organisation?: string };

export interface PlainRegion {
  networks: {
    id: string;
    regime: 'consentement' | 'information_opposition';
    minimum_acr: Record<string, string>;
    rcp_registration?: 'utilisateurs' | 'ouvert_par_3c';
  }[];
  accounts: {
    sub: string;
    status: 'active' | 'suspended' | 'closed';
    memberships: ({ network: string; organisation?: string; profile: string } & Span)[];
    delegations: ({ delegate: string } & Span)[];
  }[];
  records: {
    patient_key: string;
    network: string;
    creator?: string;
    informed_at?: string;
    consented_at?: string;
    withdrawn_at?: string;
    parties: (Target & Span & { withdrawn_at?: string })[];
    care_team: (Target & Span)[];
    oppositions: (Target & Span & { emergency: boolean })[];
  }[];
  rcp_sessions: ({
    id: string;
    network: string;
    patients: string[];
    participants: { account: string; role: string }[];
    registrants?: string[];
  } & Span)[];
}

export interface PlainRequest {
  subject: { type: string; id: string };
  action: { name: string };
  resource: { type: 'patient_record'; id: string; properties: { network: string; rcp?: string } };
  context: { time: string; acr?: string; purpose?: string; reason?: string; on_behalf_of?: string };
}

/** The table of contract §7, column by column. */
const TABLE: Record<string, string[]> = {
  create: ['utilisateur_cancerologie'],
  read: [
    'utilisateur_cancerologie',
    'acces_limite',
    'pharmacien',
    'medecin_rcp',
    'secretaire_rcp',
    'responsable_rcp',
    'coordinateur_3c',
    'regulateur_centre_15',
  ],
  write: ['utilisateur_cancerologie', 'secretaire_rcp', 'responsable_rcp', 'coordinateur_3c'],
  share: ['utilisateur_cancerologie'],
  rcp_register: ['secretaire_rcp', 'responsable_rcp', 'coordinateur_3c', 'inscription_rcp'],
  bris_de_glace: ['utilisateur_cancerologie', 'medecin_rcp', 'responsable_rcp'],
  centre_15: ['regulateur_centre_15'],
};

const LEVELS: Record<string, number> = {
  'urn:trousseau:acr:pwd': 1,
  'urn:trousseau:acr:code': 2,
  'urn:trousseau:acr:mfa': 3,
  'urn:trousseau:acr:card': 4,
  eidas1: 4,
};

export function answerPlainly(
  region: PlainRegion,
  { subject, action: { name: action }, resource, context }: PlainRequest,
): string {
  const now = Date.parse(context.time);
  const at = (instant: string) => Date.parse(instant);
  const past = (instant?: string) => instant !== undefined && at(instant) <= now;
  const inForce = (span: Span) =>
    (span.from === undefined || at(span.from) <= now) && (span.to === undefined || now < at(span.to));
  const networkId = resource.properties.network;

  const account = region.accounts.find(({ sub }) => sub === subject.id);
  if (subject.type !== 'account' || !account) return 'account_unknown'; // 1
  if (account.status !== 'active') return 'account_inactive'; // 2
  const network = region.networks.find(({ id }) => id === networkId); // 4
  if (!network) return 'network_unknown';
  if (!['create', 'read', 'write', 'share', 'rcp_register'].includes(action)) return 'action_unknown';
  const purpose = context.purpose ?? 'normal';
  if (!['normal', 'bris_de_glace', 'centre_15'].includes(purpose)) return 'purpose_unknown';
  const normal = purpose === 'normal';
  const minimum =
    network.minimum_acr[normal ? action : purpose] ?? `urn:trousseau:acr:${normal ? 'code' : 'mfa'}`; // 5
  if ((LEVELS[context.acr ?? ''] ?? 0) < (LEVELS[minimum] ?? Infinity)) return 'acr_too_low';

  type Account = (typeof region.accounts)[number];
  const memberships = (who: Account) =>
    who.memberships.filter(held => held.network === networkId && inForce(held));
  const record = region.records.find(row => row.network === networkId && row.patient_key === resource.id);
  /** What the network's `rcp_registration` adds to the table. */
  const mayRegister = (who: Account, profile: string) =>
    action === 'rcp_register' &&
    profile === 'utilisateur_cancerologie' &&
    (network.rcp_registration === 'utilisateurs' ||
      (network.rcp_registration === 'ouvert_par_3c' &&
        region.rcp_sessions.some(
          session =>
            session.id === resource.properties.rcp &&
            session.network === networkId &&
            !past(session.to) &&
            session.registrants?.includes(who.sub),
        )));
  const sixToEight = (who: Account): string | undefined => {
    const held = memberships(who);
    if (held.length === 0) return 'not_in_network'; // 6
    const may = (column: string) => held.some(({ profile }) => TABLE[column]?.includes(profile)); // 7
    if (normal && !may(action) && !held.some(({ profile }) => mayRegister(who, profile)))
      return 'profile_lacks_action';
    if (purpose === 'bris_de_glace' && !(action === 'read' && may(purpose))) return 'break_glass_not_allowed';
    if (purpose === 'centre_15' && !(action === 'read' && may(purpose))) return 'centre_15_not_allowed';
    for (const opposition of record?.oppositions ?? []) {
      // 8
      if (!inForce(opposition) || (!normal && !opposition.emergency)) continue;
      const everybody = opposition.account === undefined && opposition.organisation === undefined;
      const theirs = held.some(
        ({ organisation }) => organisation !== undefined && organisation === opposition.organisation,
      );
      if (everybody || opposition.account === who.sub || theirs)
        return normal ? 'patient_opposed' : 'patient_opposed_emergency';
    }
    return undefined;
  };

  const refused = sixToEight(account);
  if (refused !== undefined) return refused;
  if (purpose === 'bris_de_glace')
    // 9
    return (context.reason ?? '').trim().length < 10 ? 'break_glass_reason_missing' : 'permitted_break_glass';
  if (purpose === 'centre_15') return 'permitted_centre_15'; // 10

  let judged = account;
  if (context.on_behalf_of !== undefined) {
    // 11
    const delegator = region.accounts.find(({ sub }) => sub === context.on_behalf_of);
    if (!delegator?.delegations.some(given => given.delegate === account.sub && inForce(given)))
      return 'delegation_missing';
    if (delegator.status !== 'active' || sixToEight(delegator) !== undefined)
      return 'delegator_not_permitted';
    judged = delegator;
  }

  if (!past(record?.informed_at)) return 'patient_not_informed'; // 12
  if (network.regime === 'consentement') {
    // 13
    if (!past(record?.consented_at)) return 'consent_missing';
    if (past(record?.withdrawn_at)) return 'consent_withdrawn';
  }
  if (action === 'create') return 'permitted_create'; // 14

  const organisations = memberships(judged)
    .filter(({ profile }) => TABLE[action]?.includes(profile) || mayRegister(judged, profile))
    .map(({ organisation }) => organisation)
    .filter(organisation => organisation !== undefined);
  const isTheirs = ({ organisation }: Target) =>
    organisation !== undefined && organisations.includes(organisation);
  if (record?.creator === judged.sub) return 'permitted_creator'; // 15
  const standing = (record?.parties ?? []).filter(party => inForce(party) && !past(party.withdrawn_at));
  if (standing.some(party => party.account === judged.sub)) return 'permitted_party';
  if (standing.some(isTheirs)) return 'permitted_party_organisation';
  if (
    network.regime === 'information_opposition' &&
    record?.care_team.some(entry => inForce(entry) && (entry.account === judged.sub || isTheirs(entry)))
  )
    return 'permitted_care_team';
  const isInRcp = region.rcp_sessions.some(
    session =>
      session.network === networkId &&
      inForce(session) &&
      session.patients.includes(resource.id) &&
      session.participants.some(
        ({ account: who, role }) =>
          who === judged.sub &&
          (action === 'read' ||
            (['write', 'rcp_register'].includes(action) &&
              ['responsable_rcp', 'secretaire_rcp'].includes(role))),
      ),
  );
  if (isInRcp) return 'permitted_rcp';

  const theirs = (record?.parties ?? []).filter(party => party.account === judged.sub || isTheirs(party)); // 16
  if (theirs.some(party => past(party.withdrawn_at))) return 'consent_withdrawn';
  if (theirs.some(party => past(party.to))) return 'consent_expired';
  return network.regime === 'consentement' ? 'consent_missing' : 'not_in_care_team';
}
