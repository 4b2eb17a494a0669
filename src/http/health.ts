import type { Middleware } from 'koa';
import type { HttpLogger } from './logger.ts';

export interface Health {
  /** A check that must pass before the service takes traffic. */
  addCheck(name: string, check: () => Promise<void>): void;
  /** `/health/ready` refuses until the function that this gives is called. */
  starting(): () => void;
  /** From now on `/health/ready` refuses: the process is about to stop. */
  drain(): void;
  /** What the last probe of `/health/ready` was told; `true` before the first. */
  wasReady(): boolean;
  readonly middleware: Middleware;
}

const CHECK_TIMEOUT_MS = 3000;

/** `/health/live` and `/health/ready`, without detail: why it is not ready stands in the log. */
export function createHealth(logger: HttpLogger): Health {
  const checks = new Map<string, () => Promise<void>>();
  let isStarting = false;
  let isDraining = false;
  let wasReady = true;

  async function isReady(): Promise<boolean> {
    if (isStarting || isDraining) return false;
    const results = await Promise.all(
      [...checks].map(async ([name, check]) => {
        try {
          await withTimeout(check());
          return true;
        } catch (error) {
          logger.warn({ check: name, error: String(error) }, 'not ready');
          return false;
        }
      }),
    );
    return results.every(Boolean);
  }

  return {
    addCheck: (name, check) => void checks.set(name, check),
    starting() {
      isStarting = true;
      return () => void (isStarting = false);
    },
    drain() {
      isDraining = true;
      wasReady = false;
    },
    wasReady: () => wasReady,
    async middleware(ctx, next) {
      if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next();
      const isOk = ctx.path === '/health/live' || (await isReady());
      if (ctx.path === '/health/ready') wasReady = isOk;
      ctx.status = isOk ? 200 : 503;
      ctx.body = { status: isOk ? 'ok' : 'unavailable' };
    },
  };
}

async function withTimeout(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check, late]);
  } finally {
    clearTimeout(timer);
  }
}
