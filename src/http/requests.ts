import { randomId } from '#kernel/index.ts';
import type { Context, Middleware } from 'koa';
import type { HttpLogger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { routeNameOf } from './route-name.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/u;

/** Unique and short enough to be read over the telephone; it need not be hard to guess. */
const nextReference = createReferences();

function createReferences(): () => string {
  const prefix = randomId(6).replaceAll(/[-_]/gu, 'x');
  let number = 0;
  return () => `${prefix}-${(number += 1).toString(36)}`;
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
    const requestId = REQUEST_ID.test(given) ? given : nextReference();
    (ctx.state as { requestId?: string }).requestId = requestId;
    ctx.set('X-Request-ID', requestId);
    ctx.res.once('close', () => {
      const ms = Math.max(0, nowMs() - startedMs);
      const status = ctx.res.statusCode;
      const route = routeNameOf(ctx);
      metrics.observe(ctx.method, route, status, ms / 1000);
      logger.info({ requestId, method: ctx.method, route, status, ms: Math.round(ms * 10) / 10 }, 'request');
    });
    await next();
  };
}
