import type { Terms } from '#accounts/index.ts';
import type { Directory, Window } from '#directory/index.ts';
import type { Http } from '#http/index.ts';
import type { Clock } from '#kernel/index.ts';
import type { Factors } from '#methods/index.ts';
import type Router from '@koa/router';
import type { PortalPorts } from './ports.ts';
import type { Visitor, Visitors } from './visitor.ts';

export interface OwnDataDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly terms: Terms;
  readonly factors: Factors;
  readonly ports: PortalPorts;
  readonly visitors: Visitors;
}

/**
 * `/account/data`: everything that is kept here about the person who looks, to read, and as a file for a machine
 * (GDPR articles 15 and 20). The trail of accesses to patients' records is no part of it: it belongs to the patients too.
 */
export function createOwnDataPages(routes: Router, deps: OwnDataDeps): void {
  const { http, visitors } = deps;

  routes.get('/account/data', ctx =>
    visitors.require(ctx, async visitor => {
      await http.render(ctx, 'portal/own-data', { data: await ownDataOf(deps, visitor) });
    }),
  );

  routes.get('/account/data.json', ctx =>
    visitors.require(ctx, async visitor => {
      const data = await ownDataOf(deps, visitor);
      ctx.attachment(`trousseau-${data.exportedAt.slice(0, 10)}.json`);
      ctx.type = 'json';
      ctx.body = `${JSON.stringify(data, null, 2)}\n`;
    }),
  );
}

/** SECURITY: a list of what is given, field by field: hashes of passwords, keys of means and the ids of sessions are not among it. */
async function ownDataOf(deps: OwnDataDeps, visitor: Visitor) {
  const { account, professional } = visitor;
  const { profession, specialties, nationalIds, applications } = professional;
  const { codes } = deps.directory;
  const [memberships, delegations, termsAccepted, means, sessions, signIns] = await Promise.all([
    membershipsOf(deps, visitor),
    delegationsOf(deps, visitor),
    termsOf(deps, visitor),
    meansOf(deps, visitor),
    sessionsOf(deps, visitor),
    signInsOf(deps, visitor),
  ]);
  return {
    exportedAt: iso(deps.clock.nowMs()),
    identity: {
      subject: account.id,
      civility: professional.civility ?? null,
      givenName: professional.givenName,
      familyName: professional.familyName,
      nationalIds,
      profession: profession === undefined ? null : codes.profession(profession),
      specialties: specialties.map(code => codes.savoirFaire(code)),
      email: professional.email ?? null,
      phone: professional.phone ?? null,
    },
    account: {
      login: account.login,
      status: professional.status,
      createdAt: iso(account.createdAt * 1000),
      passwordChangedAt:
        account.passwordChangedAt === undefined ? null : iso(account.passwordChangedAt * 1000),
      chosenApplications: applications ?? null,
    },
    memberships,
    delegations,
    termsAccepted,
    means,
    sessions,
    signIns,
  };
}

function membershipsOf({ directory }: OwnDataDeps, { professional }: Visitor) {
  return Promise.all(
    professional.memberships.map(async membership => {
      const { network, organisation, profile } = membership;
      return {
        network: (await directory.networks.get(network))?.name ?? network,
        organisation: await organisationName(directory, organisation),
        profile: directory.codes.profile(profile).label,
        ...windowOf(membership),
      };
    }),
  );
}

function delegationsOf({ directory }: OwnDataDeps, { professional }: Visitor) {
  return Promise.all(
    professional.delegations.map(async delegation => {
      const delegate = await directory.professionals.get(delegation.delegate);
      return {
        delegate: delegate ? `${delegate.givenName} ${delegate.familyName}` : delegation.delegate,
        ...windowOf(delegation),
      };
    }),
  );
}

function termsOf({ terms }: OwnDataDeps, { account }: Visitor) {
  return Promise.all(
    account.termsAccepted.map(async ({ version, acceptedAt, textHash, source }) => ({
      version,
      title: (await terms.get(version))?.title ?? null,
      textHash,
      acceptedAt: iso(acceptedAt * 1000),
      source: source ?? null,
    })),
  );
}

async function meansOf({ factors }: OwnDataDeps, { account }: Visitor) {
  const own = await factors.list(account.id);
  return own.map(({ method, name, createdAt, lastUsedAt }) => ({
    method,
    name,
    addedAt: iso(createdAt * 1000),
    lastUsedAt: lastUsedAt === undefined ? null : iso(lastUsedAt * 1000),
  }));
}

async function sessionsOf({ directory, ports }: OwnDataDeps, { account }: Visitor) {
  const sessions = await ports.sessions.list(account.id);
  return Promise.all(
    sessions.map(async ({ startedAt, expiresAt, acr, situation, place, clients }) => ({
      startedAt: iso(startedAt * 1000),
      endsAt: iso(expiresAt * 1000),
      acr: acr ?? null,
      situation: place?.name ?? (await organisationName(directory, situation)),
      applications: await Promise.all(clients.map(id => applicationOf(directory, id))),
    })),
  );
}

async function signInsOf({ directory, ports }: OwnDataDeps, { account }: Visitor) {
  const signIns = (await ports.recentSignIns?.(account.id)) ?? [];
  return Promise.all(
    signIns.map(async ({ atMs, acr, source, client }) => ({
      at: iso(atMs),
      acr: acr ?? null,
      source: source ?? null,
      application: client === undefined ? null : await applicationOf(directory, client),
    })),
  );
}

async function organisationName(directory: Directory, id: string | undefined): Promise<string | null> {
  return id === undefined ? null : ((await directory.organisations.get(id))?.name ?? id);
}

/** Our own pages are a relying party too, and none of the region's: without a name. */
async function applicationOf(directory: Directory, id: string) {
  return { id, name: (await directory.applications.get(id))?.name ?? null };
}

function windowOf({ fromMs, toMs }: Window) {
  return { from: fromMs === undefined ? null : iso(fromMs), to: toMs === undefined ? null : iso(toMs) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
