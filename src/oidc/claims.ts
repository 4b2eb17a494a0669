import type { Directory, Professional } from '#directory/index.ts';
import { isInForce, logoPathFor } from '#directory/index.ts';
import { ACR, normaliseAcr, type Clock } from '#kernel/index.ts';
import type { WorkPlace } from '#signin/index.ts';
import type { AccountClaims } from 'oidc-provider';

/**
 * Claims by scope (contract §6): what a scope gives, in `userinfo` and asked for one by one. `acr`, `amr`, `auth_time`
 * and `sid` stand under `openid` so that every ID token carries them; `scope_all` is what relying parties of Pro Santé
 * Connect already read.
 */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time', 'sid'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  professional: ['national_id', 'profession', 'specialties', 'situation'],
  habilitations: ['networks'],
  scope_all: [
    'SubjectNameID',
    'SubjectRole',
    'SubjectRefPro',
    'codeCivilite',
    'otherIds',
    'given_name',
    'family_name',
    'preferred_username',
    'situation',
  ],
};

/** What ID tokens hold of a person when its scope was asked; all else is for `userinfo`, because ID tokens travel in logout URLs. */
const IN_ID_TOKENS = ['situation'];

/** The claims of an ID token: those that belong there, and those asked for by name. Scopes and the grant still bound them. */
export function claimsInIdToken(all: AccountClaims, asked: object): AccountClaims {
  const names = new Set([...IN_ID_TOKENS, ...Object.keys(asked)]);
  return { ...Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name))), sub: all.sub };
}

/** Pro Santé Connect's name for the level of a card. */
export const EIDAS1 = 'eidas1';

/**
 * The session's level as the ID token tells it. SPEC: contract §6: a relying party that asks for `eidas1`, by
 * `acr_values` or by the claim, reads that name when the session has the level. `asked`: the request's claims.
 */
export function toldAcr(acr: string | undefined, asked: unknown): string | undefined {
  if (normaliseAcr(acr) !== ACR.card) return acr;
  const { id_token: { acr: claim } = {} } = (asked ?? {}) as {
    id_token?: { acr?: { value?: unknown; values?: unknown } | null };
  };
  const names = [claim?.value, ...(Array.isArray(claim?.values) ? (claim.values as unknown[]) : [])];
  return names.includes(EIDAS1) ? EIDAS1 : acr;
}

/** OIDs of the ANS nomenclatures that Pro Santé Connect's claims name. */
const ROLE_OID = '1.2.250.1.213.1.1.5.5';
const PROFESSIONAL_ID_ORIGIN: Readonly<Record<string, string>> = { '0': 'ADELI', '8': 'RPPS' };

export interface Subject {
  readonly login: string;
  readonly professional: Professional;
  /** The organisation chosen for the session. */
  readonly situation: string | undefined;
  /** What it is, when no membership says so. */
  readonly place: WorkPlace | undefined;
}

interface ClaimsDeps {
  readonly directory: Directory;
  readonly clock: Clock;
  /** Our public address: that of logos. */
  readonly issuer: string;
}

/** Every claim of a person; oidc-provider keeps those that scopes and the grant allow. */
export async function claimsOf(deps: ClaimsDeps, subject: Subject): Promise<AccountClaims> {
  const { directory, clock } = deps;
  const { professional, login } = subject;
  const situation = await situationOf(deps, subject);
  const name = `${professional.givenName} ${professional.familyName}`;
  return {
    sub: professional.id,
    name,
    given_name: professional.givenName,
    family_name: professional.familyName,
    preferred_username: login,
    locale: 'fr-FR',
    ...(professional.email === undefined ? {} : { email: professional.email, email_verified: true }),
    ...(professional.phone === undefined
      ? {}
      : { phone_number: professional.phone, phone_number_verified: false }),
    national_id: professional.nationalIds[0] ?? null,
    profession:
      professional.profession === undefined ? null : directory.codes.profession(professional.profession),
    specialties: professional.specialties.map(code => directory.codes.savoirFaire(code)),
    ...(situation === undefined ? {} : { situation }),
    networks: networksOf(professional, clock.nowMs()),
    ...proSanteClaims(professional, situation),
  };
}

interface Situation {
  /** `null` for a place of work that is no organisation of the region. */
  readonly organisation: string | null;
  readonly finess: string | null;
  readonly name: string;
  /** The profile held there; `null` without a membership. */
  readonly role: string | null;
  /** The address of the establishment's logo, when it has one: PNG within 512 × 256, for ever the same. */
  readonly logo?: string;
}

async function situationOf(
  { directory, clock, issuer }: ClaimsDeps,
  subject: Subject,
): Promise<Situation | undefined> {
  // A membership without organisation (of a network as a whole) is no place of work.
  const places = subject.professional.memberships.flatMap(membership =>
    isInForce(membership, clock.nowMs()) && membership.organisation !== undefined
      ? [{ id: membership.organisation, role: membership.profile }]
      : [],
  );
  const chosen = places.find(({ id }) => id === subject.situation);
  if (!chosen && subject.place && subject.place.value === subject.situation)
    return elsewhere({ directory, issuer }, subject.place);
  const place = chosen ?? places[0];
  if (!place) return undefined;
  const [organisation, logo] = await Promise.all([
    directory.organisations.get(place.id),
    logoPathFor(directory.organisations, place.id),
  ]);
  return {
    organisation: place.id,
    finess: organisation?.finess ?? null,
    name: organisation?.name ?? place.id,
    role: place.role,
    ...(logo !== undefined && { logo: `${issuer}${logo}` }),
  };
}

/** Where the person works by the word of Pro Santé Connect: an organisation of ours without a membership, or none of ours. */
async function elsewhere(
  { directory, issuer }: Pick<ClaimsDeps, 'directory' | 'issuer'>,
  { organisation, finess, name }: WorkPlace,
): Promise<Situation> {
  const logo =
    organisation === undefined ? undefined : await logoPathFor(directory.organisations, organisation);
  return {
    organisation: organisation ?? null,
    finess: finess ?? null,
    name,
    role: null,
    ...(logo !== undefined && { logo: `${issuer}${logo}` }),
  };
}

function networksOf(professional: Professional, nowMs: number): readonly object[] {
  const inForce = professional.memberships.filter(membership => isInForce(membership, nowMs));
  return [...new Set(inForce.map(({ network }) => network))].map(id => {
    const held = inForce.filter(({ network }) => network === id);
    const ends = held.map(({ toMs }) => toMs ?? Infinity);
    const until = Math.max(...ends);
    return {
      id,
      profiles: [...new Set(held.map(({ profile }) => profile))],
      organisations: [...new Set(held.flatMap(({ organisation }) => organisation ?? []))],
      until: Number.isFinite(until) ? new Date(until).toISOString() : null,
    };
  });
}

/** The names and shapes of Pro Santé Connect's userinfo (domain §5). */
function proSanteClaims(professional: Professional, situation: Situation | undefined): object {
  const [id] = professional.nationalIds;
  if (id === undefined) return {};
  return {
    SubjectNameID: id,
    ...(professional.profession === undefined
      ? {}
      : { SubjectRole: [`${professional.profession}^${ROLE_OID}`] }),
    codeCivilite: professional.civility ?? null,
    otherIds: professional.nationalIds.map(nationalId => ({
      identifiant: nationalId,
      origine: PROFESSIONAL_ID_ORIGIN[nationalId.slice(0, 1)] ?? 'INTERNE',
      qualite: 1,
    })),
    SubjectRefPro: {
      codeCivilite: professional.civility ?? null,
      exercices: [
        {
          codeProfession: professional.profession ?? null,
          codeSavoirFaire: professional.specialties[0] ?? null,
          nomDexercice: professional.familyName,
          prenomDexercice: professional.givenName,
          activities: situation
            ? [{ numeroFinessSite: situation.finess, raisonSocialeSite: situation.name, codeRole: null }]
            : [],
        },
      ],
    },
  };
}
