/**
 * SCIM 2.0 (RFC 7643, 7644) at `/scim/v2`, for provisioning by the applications of the region. Owns how people and
 * memberships read as users and groups, and the names that applications give them. Owns no right: every change is an
 * act through the one door, and what lies in another branch does not exist here either.
 */
import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Admission, Admitted } from '../api/admission.ts';
import { createTurns } from '../turns.ts';
import type { AdminContext, Feature } from '../context.ts';
import type { PeopleActs } from '../people/index.ts';
import { createScimEndpoint, refuseUnknown, UNKNOWN, type ScimCall } from './endpoint.ts';
import { createExternalIds } from './external-ids.ts';
import { createGroupsOfRegion } from './groups-of-region.ts';
import { createScimGroups } from './groups.ts';
import {
  MAX_BULK_BYTES,
  MOST_OPERATIONS,
  publishedSchema,
  SCIM_PATH,
  type Resource,
  type ScimContext,
  type Scimmy,
} from './library.ts';
import { readListQuery } from './lists.ts';
import { mendedBulk, mendedPatch } from './patches.ts';
import { withFailuresNoted } from './refusals.ts';
import { createScimUsers } from './users.ts';

const KINDS = [
  ['User', 'Users'],
  ['Group', 'Groups'],
] as const;
type Kind = (typeof KINDS)[number][0];

export function createScim(context: AdminContext, admission: Admission, people: PeopleActs): Feature {
  const groups = createGroupsOfRegion(context.directory);
  const parts = { ...context, people, groups, externalIds: createExternalIds(context) };

  function handlersOf(library: Scimmy, caller: Admitted) {
    return {
      User: createScimUsers(parts, library, caller),
      Group: createScimGroups(parts, library, caller),
    } satisfies ScimContext;
  }

  function noteFailure(requestId: string, failure: unknown): void {
    const code = isAppError(failure) ? failure.code : 'unexpected';
    const stack = failure instanceof Error ? failure.stack : undefined;
    context.logger.error(
      { requestId, code, error: String(failure), stack },
      'an operation of a bulk request failed',
    );
  }

  /** SPEC: RFC 7644 §3.4.3: a search over everything: users first, then groups. */
  async function searchAll(call: ScimCall) {
    const { query, present } = searched(call);
    const asked = readListQuery(query);
    const { User, Group } = handlersOf(call.library, call.caller);
    const users = await User.list(asked);
    const left = {
      ...asked,
      startIndex: Math.max(1, asked.startIndex - users.totalResults),
      count: asked.count - users.resources.length,
    };
    const groupsFound = await Group.list(left);
    return {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: users.totalResults + groupsFound.totalResults,
      startIndex: asked.startIndex,
      itemsPerPage: users.resources.length + groupsFound.resources.length,
      Resources: [
        ...users.resources.map(user => present('User', user)),
        ...groupsFound.resources.map(group => present('Group', group)),
      ],
    };
  }

  async function listOf(kind: Kind, { library, caller, query, present }: ScimCall) {
    const asked = readListQuery(query);
    const { totalResults, resources } = await handlersOf(library, caller)[kind].list(asked);
    return {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults,
      startIndex: asked.startIndex,
      itemsPerPage: resources.length,
      Resources: resources.map(resource => present(kind, resource)),
    };
  }

  function mountKind(routes: Router, [kind, plural]: (typeof KINDS)[number]): void {
    const endpoint = createScimEndpoint({ issuer: context.issuer, admission, turns: createTurns(context) });
    const path = `${SCIM_PATH}/${plural}`;
    const classOf = (library: Scimmy) => library.Resources[kind];
    const read = async ({ library, caller, id }: ScimCall) => handlersOf(library, caller)[kind].read(id);

    routes.get(
      path,
      endpoint(async call => ({ status: 200, body: await listOf(kind, call) })),
    );
    routes.post(
      `${path}/.search`,
      endpoint(async call => ({
        status: 200,
        body: await listOf(kind, { ...call, ...searched(call) }),
      })),
    );
    routes.post(
      path,
      endpoint(async ({ library, caller, body, present }) => {
        const { id = '' } = await new (classOf(library))().write(body as never, handlersOf(library, caller));
        const made = await handlersOf(library, caller)[kind].read(id);
        return { status: 201, body: present(kind, made), location: `${path}/${id}` };
      }),
    );
    routes.get(
      `${path}/:id`,
      endpoint(async call => ({ status: 200, body: call.present(kind, await read(call)) })),
    );
    routes.put(
      `${path}/:id`,
      endpoint(
        async call => {
          const { library, caller, id, body } = call;
          await new (classOf(library))(id).write(body as never, handlersOf(library, caller));
          return { status: 200, body: call.present(kind, await read(call)) };
        },
        { current: async call => call.present(kind, await read(call)) },
      ),
    );
    routes.patch(
      `${path}/:id`,
      endpoint(
        async call => {
          const { library, caller, id, body } = call;
          await new (classOf(library))(id).patch(mendedPatch(body) as never, handlersOf(library, caller));
          return { status: 200, body: call.present(kind, await read(call)) };
        },
        { current: async call => call.present(kind, await read(call)) },
      ),
    );
    routes.delete(
      `${path}/:id`,
      endpoint(
        async ({ library, caller, id }) => {
          await new (classOf(library))(id).dispose(handlersOf(library, caller));
          return { status: 204 };
        },
        { current: async call => call.present(kind, await read(call)) },
      ),
    );
  }

  return {
    mount(routes) {
      for (const kind of KINDS) mountKind(routes, kind);
      const endpoint = createScimEndpoint({ issuer: context.issuer, admission, turns: createTurns(context) });
      routes.post(
        `${SCIM_PATH}/Bulk`,
        endpoint(
          async ({ library, caller, body, requestId }) => {
            const { Messages, Resources } = library;
            const request = new Messages.BulkRequest(mendedBulk(body) as never, MOST_OPERATIONS);
            const { User, Group } = handlersOf(library, caller);
            const note = (failure: unknown) => noteFailure(requestId, failure);
            const handlers = {
              User: withFailuresNoted(User, note),
              Group: withFailuresNoted(Group, note),
            } satisfies ScimContext;
            const done = await request.apply([Resources.User, Resources.Group] as never, handlers);
            return { status: 200, body: plain(done) };
          },
          { maxBytes: MAX_BULK_BYTES },
        ),
      );
      routes.post(
        `${SCIM_PATH}/.search`,
        endpoint(async call => ({ status: 200, body: await searchAll(call) })),
      );
      routes.get(
        `${SCIM_PATH}/ServiceProviderConfig`,
        endpoint(async ({ library }) => ({
          status: 200,
          body: plain(await new library.Resources.ServiceProviderConfig().read()),
        })),
      );
      for (const [plural, classOf] of DISCOVERED) {
        const path = `${SCIM_PATH}/${plural}`;
        routes.get(
          path,
          endpoint(async ({ library, query }) => ({
            status: 200,
            body: published(plain(await new (classOf(library))(filterOnly(query) as never).read())),
          })),
        );
        routes.get(
          `${path}/:id`,
          endpoint(async ({ library, id }) => ({
            status: 200,
            body: publishedSchema(plain(await new (classOf(library))(id as never).read())),
          })),
        );
      }
      // Last: what nothing above has answered.
      routes.all(UNKNOWN, refuseUnknown);
    },
  };
}

type Discovered = new (of: never) => { read(): Promise<unknown> };

const DISCOVERED: readonly (readonly [plural: string, classOf: (library: Scimmy) => Discovered])[] = [
  ['Schemas', ({ Resources }) => Resources.Schema as unknown as Discovered],
  ['ResourceTypes', ({ Resources }) => Resources.ResourceType as unknown as Discovered],
];

/** The library answers objects that describe themselves. */
function plain(value: unknown): Resource {
  return JSON.parse(JSON.stringify(value)) as Resource;
}

function published(list: Resource): Resource {
  const resources = list['Resources'] as readonly Resource[];
  return { ...list, Resources: resources.map(publishedSchema) };
}

/** SPEC: RFC 7644 §4: of discovery, only a filter matters: it is refused. */
function filterOnly({ filter }: Readonly<Record<string, unknown>>): object {
  return filter === undefined ? {} : { filter };
}

/** SPEC: RFC 7644 §3.4.3: the query of a list, as a body. */
function searched({ library, body, presentWith }: ScimCall): Pick<ScimCall, 'query' | 'present'> {
  const { filter, startIndex, count, attributes, excludedAttributes } = new library.Messages.SearchRequest(
    body as never,
  ) as unknown as Resource;
  const joined = (names: unknown) => (Array.isArray(names) ? names.join(',') : undefined);
  return {
    query: { filter, startIndex, count },
    present: presentWith({ attributes: joined(attributes), excludedAttributes: joined(excludedAttributes) }),
  };
}
