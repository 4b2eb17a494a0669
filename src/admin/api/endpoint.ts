import { createHash } from 'node:crypto';
import { readBytes, readJson } from '#http/index.ts';
import { AppError } from '#kernel/index.ts';
import type { RouterContext } from '@koa/router';
import type { Admission, Admitted } from './admission.ts';
import { etagOf, isUnchanged, requireMatch } from './etags.ts';
import { keyOf, type Idempotency } from './idempotency.ts';
import type { ApiAnswer, ApiRoute, FileAnswer, FileBody, RawCall } from './route.ts';
import type { Turns } from '../turns.ts';

export const API_ROOT = '/admin/api/v1';
export const MERGE_PATCH = 'application/merge-patch+json';
const MAX_BODY_BYTES = 64 * 1024;

/** Makes an endpoint out of a line of the table: all that HTTP asks, the same for every route. */
export function createEndpoint(deps: {
  readonly issuer: string;
  readonly admission: Admission;
  readonly idempotency: Idempotency;
  readonly turns: Turns;
}): (route: ApiRoute) => (ctx: RouterContext) => Promise<void> {
  const { issuer, admission, idempotency, turns } = deps;
  const root = `${issuer.replace(/\/$/u, '')}${API_ROOT}`;

  async function answerOf(
    ctx: RouterContext,
    route: ApiRoute,
    call: RawCall,
    client: Admitted,
  ): Promise<ApiAnswer> {
    const key = route.method === 'POST' && !isDryRun(ctx) ? keyOf(ctx.get('Idempotency-Key')) : undefined;
    if (key === undefined) return changeSafely(ctx, route, call);
    const { clientId, administrator } = client;
    // SECURITY: an answer is kept for the branch that it was made for: a client that was moved since does not get it.
    const branch = [administrator.branch ?? '', administrator.network ?? ''];
    const sent = route.file ? createHash('sha256').update(call.file).digest('hex') : call.body;
    const content = JSON.stringify([route.method, ctx.path, ctx.search, ...branch, sent]);
    const { answer, isReplay } = await idempotency.once({ client: clientId, key, content }, () =>
      changeSafely(ctx, route, call),
    );
    if (isReplay) ctx.set('Idempotency-Replayed', 'true');
    return answer;
  }

  async function changeSafely(ctx: RouterContext, route: ApiRoute, call: RawCall): Promise<ApiAnswer> {
    const { current } = route;
    if (!current || isDryRun(ctx)) return route.handle(call);
    const check = async () => {
      const representation = await current(call);
      requireMatch(ctx.get('If-Match'), () => etagOf(representation));
    };
    // Before the turn is taken: whoever may not see the thing holds nobody up.
    await check();
    return turns.take(ctx.path, async () => {
      await check();
      return route.handle(call);
    });
  }

  function send(ctx: RouterContext, { status, body, file, location, next }: ApiAnswer): void {
    ctx.status = status;
    ctx.set('Cache-Control', 'private, no-cache');
    ctx.vary('Authorization');
    if (location !== undefined) ctx.set('Location', `${root}${location}`);
    if (next !== undefined) {
      const query = new URLSearchParams(ctx.search);
      query.set('after', next);
      // SPEC: RFC 8288.
      ctx.set('Link', `<${root}${ctx.path.slice(API_ROOT.length)}?${query}>; rel="next"`);
    }
    if (file) return sendFile(ctx, file);
    if (body === undefined) return;
    const etag = etagOf(body);
    ctx.set('ETag', etag);
    if (ctx.method !== 'POST' && isUnchanged(ctx.get('If-None-Match'), etag) && isRead(ctx)) {
      ctx.status = 304;
      return;
    }
    ctx.body = body;
  }

  return route => async ctx => {
    const client = await admission.admit(ctx, route.scope);
    const call: RawCall = {
      ...client,
      params: { ...ctx.params },
      query: { ...ctx.query },
      body: route.body ? await bodyOf(ctx, route) : {},
      file: route.file ? await fileOf(ctx, route.file) : NOTHING,
    };
    send(ctx, await answerOf(ctx, route, call, client));
  };
}

const NOTHING = Buffer.alloc(0);

function sendFile(ctx: RouterContext, { name, type, content }: FileAnswer): void {
  // SECURITY: what may name people, or was uploaded by somebody, is kept by nobody and shown in no origin of ours.
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Disposition', `attachment; filename="${name}"`);
  ctx.type = type;
  ctx.body = content;
}

const isRead = (ctx: RouterContext) => ctx.method === 'GET' || ctx.method === 'HEAD';

export const isDryRun = (ctx: RouterContext) => ctx.query['dry_run'] === 'true';

/** No body at all reads as an empty object, so that the answer names what is missing. */
async function bodyOf(ctx: RouterContext, { method, maxBytes = MAX_BODY_BYTES }: ApiRoute): Promise<unknown> {
  const isEmpty = !ctx.request.length && ctx.get('Transfer-Encoding') === '';
  if (isEmpty) return {};
  if (method === 'PATCH' && !ctx.is(MERGE_PATCH)) {
    // SPEC: RFC 5789 §2.2.
    ctx.set('Accept-Patch', MERGE_PATCH);
    throw unsupportedType([MERGE_PATCH]);
  }
  return readJson(ctx, { maxBytes });
}

async function fileOf(ctx: RouterContext, { types, maxBytes }: FileBody): Promise<Buffer> {
  const isEmpty = !ctx.request.length && ctx.get('Transfer-Encoding') === '';
  if (!isEmpty && !ctx.is([...types])) {
    // SPEC: RFC 9110 §15.5.16.
    ctx.set('Accept', types.join(', '));
    throw unsupportedType(types);
  }
  return isEmpty ? NOTHING : readBytes(ctx, maxBytes);
}

function unsupportedType(expected: readonly string[]): AppError {
  return new AppError({
    code: 'http.unsupported_type',
    status: 415,
    publicMessage: 'Le type de contenu de la requête n’est pas accepté ici.',
    hint: `Attendu : ${expected.join(', ')}.`,
  });
}
