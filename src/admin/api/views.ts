import type { Administrator, Authority } from '#access/index.ts';
import type { Accounts } from '#accounts/index.ts';
import {
  isInForce,
  type Application,
  type Directory,
  type Membership,
  type Network,
  type Organisation,
  type Professional,
  pathOfLogo,
} from '#directory/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import { membershipRef } from '../people/membership-acts.ts';
import { secretRefOf } from '../applications/secret-acts.ts';
import { visibleMemberships } from '../people/search.ts';
import type {
  applicationSchema,
  membershipSchema,
  networkSchema,
  organisationSchema,
  personSchema,
  personSummarySchema,
} from './schemas.ts';

type MembershipView = z.input<typeof membershipSchema>;
type PersonView = z.input<typeof personSchema>;

/** How the API shows things. SECURITY: each takes an `Authority` and shows what that authority may see, no more. */
export interface Views {
  /** The person as `administrator` may see them. Throws `admin.not_found` (404). */
  person(administrator: Administrator, sub: string): Promise<PersonView>;
  /** One membership of theirs. Throws `admin.not_found` (404). */
  membership(administrator: Administrator, sub: string, ref: string): Promise<MembershipView>;
  summary(entry: CatalogueEntry, authority: Authority): z.input<typeof personSummarySchema>;
  organisation(organisation: Organisation, authority: Authority): Promise<z.input<typeof organisationSchema>>;
  network(network: Network, authority: Authority): Promise<z.input<typeof networkSchema>>;
  application(application: Application): z.input<typeof applicationSchema>;
}

export function createViews(deps: {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly issuer: string;
  readonly authorityOf: (administrator: Administrator) => Promise<Authority>;
}): Views {
  const { directory, accounts, clock, issuer, authorityOf } = deps;
  const { codes, professionals } = directory;

  const toMembership = (held: Membership): MembershipView => ({
    membership: membershipRef(held),
    network: held.network,
    organisation: held.organisation ?? null,
    profile: held.profile,
    profile_label: codes.profile(held.profile).label,
    from: toInstant(held.fromMs),
    to: toInstant(held.toMs),
    in_force: isInForce(held, clock.nowMs()),
    given_by: held.givenBy ?? null,
    given_at: toInstant(held.givenAtMs),
    proof: held.proof ?? null,
  });

  const shared = (person: CatalogueEntry | Professional, authority: Authority) => ({
    status: person.status,
    given_name: person.givenName,
    family_name: person.familyName,
    profession: person.profession ?? null,
    profession_label: person.profession === undefined ? null : codes.profession(person.profession).label,
    email: person.email ?? null,
    organisation: visibleOrganisation(person.branch, authority),
    memberships: visibleMemberships(person.memberships, authority).map(toMembership),
  });

  async function visiblePeople(subs: readonly string[], authority: Authority): Promise<string[]> {
    const people = await Promise.all(subs.map(sub => professionals.get(sub)));
    return people.flatMap(person =>
      person && authority.reaches('account', 'read', person) ? person.id : [],
    );
  }

  async function visible(administrator: Administrator, sub: string) {
    const [authority, person] = await Promise.all([authorityOf(administrator), professionals.get(sub)]);
    if (!person || !authority.reaches('account', 'read', person)) throw notFound();
    return { authority, person };
  }

  return {
    async person(administrator, sub) {
      const { authority, person } = await visible(administrator, sub);
      return {
        ...shared(person, authority),
        sub,
        civility: person.civility ?? null,
        specialties: [...person.specialties],
        phone: person.phone ?? null,
        national_ids: [...person.nationalIds],
        login: await accounts.loginOf(sub),
      };
    },
    async membership(administrator, sub, ref) {
      const { authority, person } = await visible(administrator, sub);
      const held = visibleMemberships(person.memberships, authority).find(it => membershipRef(it) === ref);
      if (!held) throw notFound();
      return toMembership(held);
    },
    summary: (entry, authority) => ({ ...shared(entry, authority), sub: entry.sub, login: entry.login }),
    organisation: async ({ id, name, finess, parent, networks, referents = [], logo }, authority) => ({
      id,
      name,
      finess: finess ?? null,
      parent: visibleOrganisation(parent, authority),
      networks: networks.filter(network => authority.mayInNetwork('network', 'read', network)),
      referents: await visiblePeople(referents, authority),
      logo: logo === undefined ? null : `${issuer.replace(/\/$/u, '')}${pathOfLogo(logo)}`,
    }),
    network: async (
      { id, name, regime, minimumAcr, securityContact, rcpRegistration, validators = [] },
      authority,
    ) => ({
      id,
      name,
      regime,
      minimum_acr: { ...minimumAcr },
      security_contact: securityContact ?? null,
      rcp_registration: rcpRegistration ?? null,
      validators: await visiblePeople(validators, authority),
    }),
    application: application => ({
      client_id: application.id,
      name: application.name,
      network: application.network ?? null,
      branch: application.branch ?? null,
      grant_types: [...application.grantTypes],
      redirect_uris: [...application.redirectUris],
      post_logout_redirect_uris: [...application.postLogoutRedirectUris],
      backchannel_logout_uri: application.backchannelLogoutUri ?? null,
      minimum_acr: application.minimumAcr ?? null,
      scopes: [...application.scopes],
      token_endpoint_auth_method: application.tokenEndpointAuthMethod ?? null,
      jwks_uri: application.jwksUri ?? null,
      tls_client_auth_subject_dn: application.tlsClientAuthSubjectDn ?? null,
      require_pkce: application.requirePkce,
      asserts_acr: application.assertsAcr,
      can_simulate: application.canSimulate,
      kiosk: application.kiosk
        ? {
            url: application.kiosk.url,
            description: application.kiosk.description ?? null,
            logo: application.kiosk.logo ?? null,
          }
        : null,
      secret_ref: secretRefOf(application),
      previous_secret_until: toInstant(application.previousSecretUntilMs),
    }),
  };
}

/** SECURITY: an organisation of elsewhere is not named, not even as the home of somebody who is shared. */
function visibleOrganisation(organisation: string | undefined, authority: Authority): string | null {
  if (organisation === undefined) return null;
  return authority.may('organisation', 'read', { organisation }) ? organisation : null;
}

export function toInstant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
