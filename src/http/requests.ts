import { randomId } from '#kernel/index.ts';
import type { Context, Middleware } from 'koa';
import type { HttpLogger } from './logger.ts';
import type { Metrics } from './metrics.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/u;
/** A part of a path that looks made by a machine: ids, keys, tokens. */
const OPAQUE_PART = /^(?=.*[\d_A-Z])[A-Za-z0-9_.~%:-]{6,}$/u;
/** What follows these in a path is always an id, whatever it looks like. */
const NAMED_BY_ID = new Set([
  'records',
  'interaction',
  'parties',
  'account',
  'organisation',
  'rcp-sessions',
  'oppositions',
]);

/** SECURITY: paths in logs keep their shape and lose their ids; query strings, bodies and cookies never get there. */
export function maskPath(path: string): string {
  const parts = path.split('/');
  const isOpaque = (part: string, index: number) =>
    (part !== '' && NAMED_BY_ID.has(parts[index - 1] ?? '')) ||
    (OPAQUE_PART.test(part) && parts[1] !== 'assets');
  return parts
    .map((part, index) => (isOpaque(part, index) ? '…' : part))
    .join('/')
    .slice(0, 200);
}

export function requestIdOf(ctx: Context): string {
  return (ctx.state as { requestId?: string }).requestId ?? '';
}

/** Names each request, echoes the caller's own `X-Request-ID` when it is one, and writes one line when it has ended. */
export function trackRequests(deps: {
  readonly logger: HttpLogger;
  readonly metrics: Metrics;
  readonly nowMs: () => number;
}): Middleware {
  const { logger, metrics, nowMs } = deps;
  return async (ctx, next) => {
    const startedMs = nowMs();
    const given = ctx.get('X-Request-ID');
    const requestId = REQUEST_ID.test(given) ? given : randomId(12);
    (ctx.state as { requestId?: string }).requestId = requestId;
    ctx.set('X-Request-ID', requestId);
    ctx.res.once('close', () => {
      const ms = Math.max(0, nowMs() - startedMs);
      const status = ctx.res.statusCode;
      metrics.observe(ctx.method, status, ms / 1000);
      logger.info({ requestId, method: ctx.method, path: maskPath(ctx.path), status, ms }, 'request');
    });
    await next();
  };
}
