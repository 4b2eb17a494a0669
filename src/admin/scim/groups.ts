import { AppError } from '#kernel/index.ts';
import type { Authority } from '#access/index.ts';
import { notFound } from '../acts/refusals.ts';
import type { Admitted } from '../api/admission.ts';
import type { AdminContext } from '../context.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import type { PeopleActs } from '../people/index.ts';
import { membershipRef } from '../people/membership-acts.ts';
import { performAll, stepOf, type Step } from './doing.ts';
import {
  groupIdOf,
  membersByGroup,
  placeOfGroup,
  type GroupPlace,
  type GroupsOfRegion,
} from './groups-of-region.ts';
import type { Resource, ResourceHandlers, Scimmy } from './library.ts';
import { matching, partOf, type ListPart, type ListQuery } from './lists.ts';
import { inScim } from './refusals.ts';

export interface ScimGroups extends ResourceHandlers {
  list(query: ListQuery): Promise<ListPart>;
}

const FILTERABLE: ReadonlySet<string> = new Set(['id', 'displayname', 'members']);

/**
 * Groups, as one application may see and fill them: one for each profile in a network and an organisation. To be a
 * member is to hold the profile there. They come and go with networks and organisations, never by SCIM.
 */
export function createScimGroups(
  deps: Pick<AdminContext, 'acts' | 'administration' | 'catalogue' | 'clock' | 'directory'> & {
    readonly people: PeopleActs;
    readonly groups: GroupsOfRegion;
  },
  library: Scimmy,
  caller: Admitted,
): ScimGroups {
  const { acts, administration, catalogue, clock, directory, people, groups } = deps;
  const authorityNow = () => administration.authorityOf(caller.administrator);

  async function placeOf(id: string, authority: Authority): Promise<GroupPlace> {
    const place = placeOfGroup(id);
    // SECURITY: a group of another branch and one that cannot be are answered alike.
    if (!place || !authority.may('membership', 'read', place) || !(await groups.exists(place)))
      throw notFound();
    return place;
  }

  async function toResource(place: GroupPlace, members: readonly CatalogueEntry[]): Promise<Resource> {
    return {
      id: groupIdOf(place),
      displayName: await groups.nameOf(place),
      ...(members.length > 0 && {
        members: members.map(({ sub, givenName, familyName }) => ({
          value: sub,
          display: `${givenName} ${familyName}`,
          type: 'User',
        })),
      }),
    };
  }

  async function read(id: string): Promise<Resource> {
    const authority = await authorityNow();
    const place = await placeOf(id, authority);
    const members = membersByGroup(await catalogue.entries(), authority, clock.nowMs()).get(id) ?? [];
    return toResource(place, members);
  }

  async function list(query: ListQuery): Promise<ListPart> {
    const authority = await authorityNow();
    const [places, entries] = await Promise.all([groups.all(authority), catalogue.entries()]);
    const members = membersByGroup(entries, authority, clock.nowMs());
    const resourceOf = (place: GroupPlace) => toResource(place, members.get(groupIdOf(place)) ?? []);
    if (query.filter === undefined)
      return {
        totalResults: places.length,
        resources: await Promise.all(partOf(places, query).map(resourceOf)),
      };
    const all = await Promise.all(places.map(resourceOf));
    const found = matching(library, query.filter, all, FILTERABLE);
    return { totalResults: found.length, resources: partOf(found, query) };
  }

  /** What ends the membership: every one of theirs in that group that is not over. */
  async function stepsToRemove(sub: string, place: GroupPlace): Promise<readonly Step[]> {
    const person = await directory.professionals.get(sub);
    return (person?.memberships ?? [])
      .filter(
        held =>
          groupIdOf(held) === groupIdOf(place) && !(held.toMs !== undefined && held.toMs <= clock.nowMs()),
      )
      .map(held => stepOf(acts, caller, people.membership.remove, { sub, membership: membershipRef(held) }));
  }

  async function write(id: string, wanted: Resource): Promise<Resource> {
    const authority = await authorityNow();
    const place = await placeOf(id, authority);
    const current = membersByGroup(await catalogue.entries(), authority, clock.nowMs()).get(id) ?? [];
    const before = new Set(current.map(({ sub }) => sub));
    const { members = [] } = wanted as { readonly members?: readonly { readonly value?: string }[] };
    const after = new Set(members.flatMap(({ value }) => value ?? []));
    const { network, organisation, profile } = place;
    const given = [...after]
      .filter(sub => !before.has(sub))
      .map(sub =>
        stepOf(acts, caller, people.membership.give, {
          sub,
          network,
          profile,
          ...(organisation !== undefined && { organisation }),
        }),
      );
    const left = [...before].filter(sub => !after.has(sub));
    const removed = (await Promise.all(left.map(sub => stepsToRemove(sub, place)))).flat();
    await performAll([...removed, ...given]);
    return read(id);
  }

  return {
    list: query => inScim(library, () => list(query)),
    read: id => inScim(library, () => read(id)),
    write: (id, wanted) =>
      inScim(library, async () => {
        if (id === undefined) throw notByScim();
        return write(id, wanted);
      }),
    remove: id =>
      inScim(library, async () => {
        await placeOf(id, await authorityNow());
        throw notByScim();
      }),
  };
}

function notByScim(): AppError {
  return new AppError({
    code: 'scim.group_fixed',
    status: 403,
    publicMessage:
      'Les groupes viennent des réseaux, des établissements et des profils : ils ne se créent ni ne se suppriment ici.',
  });
}
