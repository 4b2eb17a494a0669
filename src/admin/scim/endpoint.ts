import { readJson, requestIdOf } from '#http/index.ts';
import { AppError, isAppError } from '#kernel/index.ts';
import type { RouterContext } from '@koa/router';
import type { Admission, Admitted } from '../api/admission.ts';
import { etagOf, isUnchanged, requireMatch } from '../api/etags.ts';
import type { Turns } from '../turns.ts';
import { loadScimmy, SCIM_PATH, type Resource, type Scimmy } from './library.ts';
import { toScimError } from './refusals.ts';

/** A request of an application that has the scope. */
export interface ScimCall {
  readonly library: Scimmy;
  readonly caller: Admitted;
  readonly id: string;
  /** The name of the request in the log. */
  readonly requestId: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** A resource as it is answered: with its schemas, its version, and the attributes that were asked for. */
  readonly present: Present;
  readonly presentWith: (selection: Selection) => Present;
}

export type Present = (kind: 'User' | 'Group', resource: Resource) => Resource;

/** SPEC: RFC 7644 §3.9. */
interface Selection {
  readonly attributes: unknown;
  readonly excludedAttributes: unknown;
}

interface ScimAnswer {
  readonly status: number;
  readonly body?: Resource;
  /** The path of what was made. */
  readonly location?: string;
}

interface Options {
  /** The resource as it stands: what `If-Match`, when it is sent, is held against. */
  readonly current?: (call: ScimCall) => Promise<Resource>;
  readonly maxBytes?: number;
}

const MAX_BODY_BYTES = 256 * 1024;
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** What SCIM asks of HTTP, the same for every endpoint. */
export function createScimEndpoint(deps: {
  readonly issuer: string;
  readonly admission: Admission;
  readonly turns: Turns;
}) {
  const { admission, turns } = deps;
  const root = deps.issuer.replace(/\/$/u, '');

  /** The library knows paths only: an address is that of this service. */
  const withAddresses = (body: Resource): Resource =>
    JSON.parse(
      JSON.stringify(body, (name, value: unknown) =>
        (name === 'location' || name === '$ref') && typeof value === 'string' && value.startsWith(SCIM_PATH)
          ? `${root}${value}`
          : value,
      ),
    ) as Resource;

  async function callOf(
    ctx: RouterContext,
    caller: Admitted,
    { maxBytes = MAX_BODY_BYTES }: Options,
  ): Promise<ScimCall> {
    const library = await loadScimmy();
    const query = { ...ctx.query };
    const presentWith = (selection: Selection) => presenter(library, selection);
    return {
      library,
      caller,
      id: (ctx.params as { readonly id?: string }).id ?? '',
      requestId: requestIdOf(ctx),
      query,
      body: ['POST', 'PUT', 'PATCH'].includes(ctx.method) ? await readJson(ctx, { maxBytes }) : undefined,
      present: presentWith({
        attributes: query['attributes'],
        excludedAttributes: query['excludedAttributes'],
      }),
      presentWith,
    };
  }

  async function changeSafely(
    ctx: RouterContext,
    call: ScimCall,
    handle: (call: ScimCall) => Promise<ScimAnswer>,
    current: Options['current'],
  ): Promise<ScimAnswer> {
    const ifMatch = ctx.get('If-Match');
    if (!current || ifMatch === '') return handle(call);
    const whole = {
      ...call,
      present: call.presentWith({ attributes: undefined, excludedAttributes: undefined }),
    };
    const check = async () => {
      const version = versionOf(await current(whole));
      requireMatch(ifMatch, () => version);
    };
    await check();
    return turns.take(ctx.path, async () => {
      await check();
      return handle(call);
    });
  }

  function send(ctx: RouterContext, { status, body, location }: ScimAnswer): void {
    ctx.status = status;
    ctx.set('Cache-Control', 'private, no-cache');
    ctx.vary('Authorization');
    if (body === undefined) return;
    const answered = withAddresses(body);
    const version = versionOf(answered);
    if (version !== '') ctx.set('ETag', version);
    if (location !== undefined) ctx.set('Location', `${root}${location}`);
    if (ctx.method === 'GET' && version !== '' && isUnchanged(ctx.get('If-None-Match'), version)) {
      ctx.status = 304;
      return;
    }
    ctx.body = JSON.stringify(answered);
    ctx.type = 'application/scim+json';
  }

  return (handle: (call: ScimCall) => Promise<ScimAnswer>, options: Options = {}) =>
    async (ctx: RouterContext): Promise<void> => {
      try {
        const caller = await admission.admit(ctx, 'scim');
        const call = await callOf(ctx, caller, options);
        send(ctx, await changeSafely(ctx, call, handle, options.current));
      } catch (error) {
        await refuse(ctx, error);
      }
    };
}

export const UNKNOWN = `${SCIM_PATH}/*rest`;

/** What no endpoint of SCIM answers, in its own form: no such address (404), or not by that method (405). */
export async function refuseUnknown(ctx: RouterContext): Promise<void> {
  const { matched = [] } = ctx as unknown as {
    readonly matched?: readonly { readonly path: unknown; readonly methods: readonly string[] }[];
  };
  const others = matched.filter(({ path }) => path !== UNKNOWN).flatMap(({ methods }) => methods);
  const allowed = [...new Set(others)].sort();
  if (allowed.length > 0) ctx.set('Allow', allowed.join(', '));
  const isKnown = allowed.length > 0;
  await refuse(
    ctx,
    new AppError({
      code: isKnown ? 'http.method_not_allowed' : 'http.not_found',
      status: isKnown ? 405 : 404,
      publicMessage: isKnown
        ? 'Cette action n’est pas possible à cette adresse.'
        : 'Cette adresse n’existe pas.',
    }),
  );
}

/** SPEC: RFC 7644 §3.12. Failures of ours go to the shell, which logs them and gives a reference. */
async function refuse(ctx: RouterContext, thrown: unknown): Promise<void> {
  if (isAppError(thrown) && thrown.status >= 500) throw thrown;
  const library = await loadScimmy();
  const error = toScimError(
    library,
    thrown instanceof TypeError ? asInvalid(library, thrown) : thrown,
  ) as Error & {
    readonly status: number | string;
    readonly scimType?: string;
  };
  if (error.cause !== undefined) throw error.cause;
  ctx.status = Number(error.status);
  ctx.set('Cache-Control', 'no-store');
  if (isAppError(thrown) && thrown.retryAfterSeconds !== undefined)
    ctx.set('Retry-After', String(thrown.retryAfterSeconds));
  ctx.body = JSON.stringify({
    schemas: [ERROR],
    status: String(error.status),
    ...(error.scimType && { scimType: error.scimType }),
    detail: error.message,
  });
  ctx.type = 'application/scim+json';
}

/** The library's word for a value that is not what its schema says. */
function asInvalid({ Types }: Scimmy, { message }: TypeError): Error {
  return new Types.Error(400, 'invalidValue', message);
}

const versionOf = (resource: Resource) =>
  (resource['meta'] as { version?: string } | undefined)?.version ?? '';

function presenter({ Resources, Schemas }: Scimmy, { attributes, excludedAttributes }: Selection): Present {
  const selection = {
    ...(attributes !== undefined && { attributes }),
    ...(excludedAttributes !== undefined && { excludedAttributes }),
  };
  return (kind, resource) => {
    const { attributes: chosen } = new Resources[kind](selection as never) as unknown as {
      attributes?: never;
    };
    const { meta: dates, ...own } = resource;
    const whole = { ...own, meta: { ...(dates as object), version: etagOf(own) } };
    const write = (asked?: never) =>
      JSON.parse(
        JSON.stringify(new Schemas[kind](whole as never, 'out', `${SCIM_PATH}/${kind}s`, asked)),
      ) as Resource;
    if (chosen === undefined) return write();
    // SPEC: RFC 7643 §3: every resource has its `schemas`, whatever is asked for; the library leaves it out.
    return { schemas: write()['schemas'], ...write(chosen) };
  };
}
