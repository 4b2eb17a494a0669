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

/** The caller's own `X-Request-ID` in the answer, for protocols that ask for it. The log keeps the reference. */
export function echoRequestId(ctx: Context): void {
  const given = ctx.get('X-Request-ID');
  if (REQUEST_ID.test(given)) ctx.set('X-Request-ID', given);
}

/** What is told of a request that has ended, besides the log and the metrics. */
export interface EndedRequest {
  readonly method: string;
  /** The pattern of the route: no id can be in it. */
  readonly route: string;
  readonly status: number;
  readonly requestId: string;
  /** Milliseconds. */
  readonly ms: number;
  /** `traceparent` as a declared proxy sent it; nobody else is believed. */
  readonly traceparent: string | undefined;
}

/**
 * Names each request and writes one line when it has ended. SECURITY: only a declared proxy may give the name: a
 * stranger could make two requests one in the log, or write there what should not be read.
 */
export function trackRequests(deps: {
  readonly proxyHops: number;
  readonly logger: HttpLogger;
  readonly metrics: Metrics;
  readonly onEnd?: (request: EndedRequest) => void;
  readonly nowMs: () => number;
}): Middleware {
  const { proxyHops, logger, metrics, nowMs, onEnd } = deps;
  return async (ctx, next) => {
    const startedMs = nowMs();
    const given = ctx.get('X-Request-ID');
    const requestId = proxyHops > 0 && REQUEST_ID.test(given) ? given : nextReference();
    (ctx.state as { requestId?: string }).requestId = requestId;
    ctx.set('X-Request-ID', requestId);
    const traceparent = proxyHops > 0 ? ctx.get('traceparent') : undefined;
    ctx.res.once('close', () => {
      const ms = Math.max(0, nowMs() - startedMs);
      const status = ctx.res.statusCode;
      const route = routeNameOf(ctx);
      metrics.observe(ctx.method, route, status, ms / 1000);
      logger.info({ requestId, method: ctx.method, route, status, ms: Math.round(ms * 10) / 10 }, 'request');
      onEnd?.({ requestId, method: ctx.method, route, status, ms, traceparent });
    });
    await next();
  };
}
