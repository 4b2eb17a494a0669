import { AppError, type Clock } from '#kernel/index.ts';
import type { Context, Middleware } from 'koa';

export interface RateLimit {
  readonly max: number;
  readonly windowSeconds: number;
}

/** More sources than this at once and the oldest are forgotten: memory stays bounded under a flood. */
const MAX_SOURCES = 50_000;

/**
 * At most `max` requests per key and window, counted in this process. A coarse bound against floods; what must hold
 * exactly (attempts, codes) is counted in the store. Throws `http.too_many_requests` (429).
 */
export function rateLimit(
  clock: Clock,
  { max, windowSeconds }: RateLimit,
  keyOf: (ctx: Context) => string,
): Middleware {
  const counters = new Map<string, { count: number; endsAt: number }>();
  return async (ctx, next) => {
    const key = keyOf(ctx);
    const now = clock.now();
    let counter = counters.get(key);
    if (!counter || counter.endsAt <= now) {
      counters.delete(key);
      counter = { count: 0, endsAt: now + windowSeconds };
      counters.set(key, counter);
      const [oldest] = counters.keys();
      if (counters.size > MAX_SOURCES && oldest !== undefined) counters.delete(oldest);
    }
    counter.count += 1;
    if (counter.count <= max) return next();
    throw new AppError({
      code: 'http.too_many_requests',
      status: 429,
      publicMessage: 'Trop de demandes en peu de temps.',
      hint: 'Patientez un instant puis recommencez.',
      retryAfterSeconds: counter.endsAt - now,
    });
  };
}
