import type Router from '@koa/router';
import type { Middleware } from 'koa';

/** The first part of a path, as routes compare it: without regard to case. */
const firstPartOf = (path: string): string => (path.split('/', 2)[1] ?? '').toLowerCase();

/** A part that stands as it is: no parameter, no wildcard, no optional group. */
const PLAIN = /^[\w.-]*$/u;

/**
 * The first parts of a router's routes; `null` when one of them begins with a parameter or an expression. Layers
 * without methods answer nothing by themselves.
 */
function firstPartsOf({ stack }: Router): ReadonlySet<string> | null {
  const parts = new Set<string>();
  for (const { path, methods } of stack) {
    if (methods.length === 0) continue;
    const part = typeof path === 'string' ? firstPartOf(path) : undefined;
    if (part === undefined || !PLAIN.test(part)) return null;
    parts.add(part);
  }
  return parts;
}

/**
 * A router that is asked only for paths whose first part is that of one of its routes: it compares a path with all
 * of them, which for the hundreds of administration costs more than most answers.
 */
export function routesByFirstPart(router: Router): Middleware {
  const routes = router.routes() as Middleware;
  let parts: ReadonlySet<string> | null = null;
  let known = -1;
  return (ctx, next) => {
    // Routes may be added until the service listens.
    if (router.stack.length !== known) {
      known = router.stack.length;
      parts = firstPartsOf(router);
    }
    return parts === null || parts.has(firstPartOf(ctx.path)) ? routes(ctx, next) : next();
  };
}
