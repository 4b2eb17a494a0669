import { AppError, fold } from '#kernel/index.ts';
import { z } from 'zod';
import { notFound, readInput } from '../acts/refusals.ts';
import type { Admitted } from '../api/admission.ts';
import { createViews, type Views } from '../api/views.ts';
import type { AdminContext } from '../context.ts';
import type { CatalogueEntry } from '../people/catalogue.ts';
import { emailField, loginField } from '../people/fields.ts';
import type { PeopleActs } from '../people/index.ts';
import { performAll, stepOf, type Step } from './doing.ts';
import type { ExternalIds } from './external-ids.ts';
import { groupIdOf, groupsOf, type GroupsOfRegion } from './groups-of-region.ts';
import { ENTERPRISE, PROFESSIONAL, type Resource, type ResourceHandlers, type Scimmy } from './library.ts';
import { matching, partOf, wantedOne, type ListPart, type ListQuery } from './lists.ts';
import { inScim } from './refusals.ts';
import { readUser, toUser, type WantedUser } from './user-resource.ts';

export interface ScimUsers extends ResourceHandlers {
  list(query: ListQuery): Promise<ListPart>;
}

export interface UsersDeps extends Pick<
  AdminContext,
  'accounts' | 'acts' | 'administration' | 'catalogue' | 'clock' | 'directory' | 'issuer'
> {
  readonly people: PeopleActs;
  readonly externalIds: ExternalIds;
  readonly groups: GroupsOfRegion;
}

const FILTERABLE: ReadonlySet<string> = new Set([
  'id',
  'externalid',
  'username',
  'name',
  'displayname',
  'title',
  'active',
  'emails',
  'groups',
  `${ENTERPRISE}:organization`.toLowerCase(),
  `${PROFESSIONAL}:status`.toLowerCase(),
  `${PROFESSIONAL}:profession`.toLowerCase(),
]);

type Person = Awaited<ReturnType<Views['person']>>;

/**
 * Users, as one application may see and change them. A closed account is gone for SCIM (404): `DELETE` closes, for
 * ever; `active: false` suspends.
 */
export function createScimUsers(deps: UsersDeps, library: Scimmy, caller: Admitted): ScimUsers {
  const { accounts, acts, catalogue, clock, directory, issuer, people, externalIds, groups } = deps;
  const { administrator, clientId } = caller;
  // One snapshot for a whole list; an act reads afresh.
  let snapshot: ReturnType<typeof deps.administration.authorityOf> | undefined;
  const authority = () => (snapshot ??= deps.administration.authorityOf(administrator));
  const views = createViews({ accounts, clock, directory, issuer, authorityOf: authority });

  async function open(sub: string): Promise<Person> {
    const person = await views.person(administrator, sub);
    if (person.status === 'closed') throw notFound();
    return person;
  }

  async function toResource(person: Person, externalId: string | undefined): Promise<Resource> {
    const held = person.memberships.filter(({ to }) => to === null || Date.parse(to) > clock.nowMs());
    const places = new Map(
      held.map(({ network, organisation, profile }) => {
        const place = { network, profile, ...(organisation !== null && { organisation }) };
        return [groupIdOf(place), place];
      }),
    );
    const named = [...places].map(async ([value, place]) => ({ value, display: await groups.nameOf(place) }));
    const resource = toUser(person, await Promise.all(named), externalId);
    return { ...resource, meta: await datesOf(person.sub) };
  }

  /** SECURITY: when somebody was changed is said of who is wholly in the branch: it may have been elsewhere. */
  async function datesOf(sub: string): Promise<Resource> {
    const [mine, person, account] = await Promise.all([
      authority(),
      directory.professionals.get(sub),
      accounts.get(sub),
    ]);
    const isWhole = person !== null && mine.reachesWhole('account', 'read', person);
    return {
      ...(account && { created: new Date(account.createdAt * 1000) }),
      ...(isWhole && person.changedAtMs !== undefined && { lastModified: new Date(person.changedAtMs) }),
    };
  }

  const read = async (sub: string) => toResource(await open(sub), await externalIds.of(clientId, sub));

  /** What would be refused once the person is registered: said before anybody is. */
  async function refuseUnopenable({ userName, externalId, identity }: WantedUser): Promise<void> {
    readInput(z.object({ userName: loginField, email: emailField }), { ...identity, userName });
    if ((await accounts.loginHolder(userName)) !== null)
      throw taken('accounts.login_taken', 'Cet identifiant');
    if (externalId !== undefined && (await externalIds.find(clientId, externalId)) !== undefined)
      throw taken('store.conflict', 'Ce nom externe');
  }

  async function create(wanted: WantedUser): Promise<string> {
    await refuseUnopenable(wanted);
    const { civility, email, phone, ...identity } = wanted.identity;
    const given = Object.entries({ ...identity, civility, email, phone }).filter(
      ([, value]) => value !== '' && value !== undefined,
    );
    const organisation = wanted.organisation ?? administrator.branch;
    const input = { ...Object.fromEntries(given), ...(organisation !== undefined && { organisation }) };
    const circumstances = { via: 'scim', source: caller.source } as const;
    const made = await acts.perform(administrator, people.identity.create, input, circumstances);
    if (made.state === 'proposed') throw notFound();
    const { sub } = made.result;
    // ORDER: its name first: an application that is cut off here finds the person again, and makes no second one.
    if (wanted.externalId !== undefined) await externalIds.set(clientId, sub, wanted.externalId);
    const then = [stepOf(acts, caller, people.account.open, { sub, login: wanted.userName })];
    if (wanted.active === false) then.push(stepOf(acts, caller, people.account.suspend, { sub }));
    for (const { perform } of then) await perform();
    return sub;
  }

  function stepsTo(wanted: WantedUser, person: Person): readonly Step[] {
    const { sub } = person;
    const { account, identity } = people;
    const before = person as Readonly<Record<string, unknown>>;
    const changed = Object.entries(wanted.identity).filter(
      ([field, value]) => value !== undefined && !isSame(before[field], value),
    );
    const steps: Step[] = [];
    if (changed.length > 0)
      steps.push(stepOf(acts, caller, identity.update, { sub, ...Object.fromEntries(changed) }));
    const { organisation, active } = wanted;
    if (organisation !== undefined && organisation !== person.organisation)
      steps.push(stepOf(acts, caller, identity.enrol, { sub, organisation }));
    if (person.login === null && wanted.userName !== sub)
      steps.push(stepOf(acts, caller, account.open, { sub, login: wanted.userName }));
    if (active !== undefined && active !== (person.status === 'active'))
      steps.push(stepOf(acts, caller, active ? account.reactivate : account.suspend, { sub }));
    return steps;
  }

  async function update(sub: string, wanted: WantedUser): Promise<void> {
    const person = await open(sub);
    if (person.login !== null && person.login.toLowerCase() !== wanted.userName.toLowerCase())
      throw new library.Types.Error(400, 'mutability', 'userName ne change jamais après sa création.');
    await performAll(stepsTo(wanted, person));
    if ((await externalIds.of(clientId, sub)) !== wanted.externalId)
      await externalIds.set(clientId, sub, wanted.externalId);
  }

  /** Looks for one without comparing everybody: a filter over 50,000 people would hold up the others. */
  async function narrowing({ filter }: ListQuery): Promise<(entry: CatalogueEntry) => boolean> {
    const [attribute, text = ''] = wantedOne(filter) ?? [];
    if (attribute === undefined) return () => true;
    if (attribute === 'username') return ({ sub, login }) => fold(login ?? sub) === fold(text);
    const wanted = attribute === 'id' ? text : await externalIds.find(clientId, text);
    return ({ sub }) => sub === wanted;
  }

  async function list(query: ListQuery): Promise<ListPart> {
    const mine = await authority();
    const isWanted = await narrowing(query);
    const seen = (await catalogue.entries()).filter(
      entry => entry.status !== 'closed' && isWanted(entry) && mine.reaches('account', 'read', entry),
    );
    let found: readonly { readonly id: string }[] = seen.map(({ sub }) => ({ id: sub }));
    if (query.filter !== undefined) {
      const named = await externalIds.all(clientId);
      const candidates = seen.map(entry => {
        const held = groupsOf(entry.memberships, mine, clock.nowMs());
        const its = held.map(place => ({ value: groupIdOf(place), display: '' }));
        return { ...toUser(views.summary(entry, mine), its, named.get(entry.sub)), id: entry.sub };
      });
      found = matching(library, query.filter, candidates, FILTERABLE);
    }
    const resources = await Promise.all(partOf(found, query).map(({ id }) => read(id)));
    return { totalResults: found.length, resources };
  }

  return {
    list: query => inScim(library, () => list(query)),
    read: sub => inScim(library, () => read(sub)),
    write: (id, resource, isWhole) =>
      inScim(library, async () => {
        const wanted = readUser(resource, isWhole);
        if (id !== undefined) await update(id, wanted);
        const sub = id ?? (await create(wanted));
        snapshot = undefined;
        return read(sub);
      }),
    remove: sub =>
      inScim(library, async () => {
        await open(sub);
        await stepOf(acts, caller, people.account.close, { sub }).perform();
        await externalIds.set(clientId, sub, undefined);
      }),
  };
}

/** Nothing, an empty text and an empty list are the same. */
function isSame(before: unknown, wanted: unknown): boolean {
  const plain = (value: unknown) => JSON.stringify(value === null || value === '' ? [] : (value ?? []));
  return plain(before) === plain(wanted);
}

function taken(code: string, what: string): AppError {
  return new AppError({ code, status: 409, publicMessage: `${what} est déjà pris.` });
}
