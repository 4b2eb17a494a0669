import type { SectionValues } from '#config/index.ts';
import { createRateCounter, networkOfSource, sourceOf, tooManyRequests } from '#http/index.ts';
import { hashToken, isAppError, type Clock } from '#kernel/index.ts';
import type { Context } from 'koa';
import type { Caller } from '../caller.ts';
import type { accessSection } from '../section.ts';

/** Who calls our APIs, as `oidc/` authenticates them. */
export interface ApiCallers {
  /** Throws 401 with `WWW-Authenticate`. */
  authenticate(ctx: Context): Promise<Caller>;
}

const WINDOW_SECONDS = 60;
/** Credentials that were right lately; more than these and the oldest are forgotten. */
const MOST_REMEMBERED = 10_000;

/**
 * Bounds failures to authenticate, per source and per application named by that source. Throws
 * `http.too_many_requests` (429) besides what `callers` throws.
 *
 * SECURITY: beyond the bound a secret is not even compared, or it could be guessed at leisure. Credentials that were
 * right before are: an application at work is not locked out by a stranger behind the same proxy. Nor is one with a
 * bearer token, which nobody guesses.
 */
export function createGate(
  callers: ApiCallers,
  deps: {
    readonly clock: Clock;
    readonly settings: Pick<
      SectionValues<typeof accessSection>,
      'callFailuresPerClient' | 'callFailuresPerSource'
    >;
  },
): ApiCallers {
  const { clock, settings } = deps;
  const perClient = createRateCounter(clock, {
    max: settings.callFailuresPerClient,
    windowSeconds: WINDOW_SECONDS,
  });
  const perSource = createRateCounter(clock, {
    max: settings.callFailuresPerSource,
    windowSeconds: WINDOW_SECONDS,
  });
  /** Digests, the latest last. */
  const remembered = new Set<string>();

  function remember(digest: string): void {
    remembered.delete(digest);
    remembered.add(digest);
    const [oldest] = remembered;
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  }

  return {
    async authenticate(ctx) {
      const source = networkOfSource(sourceOf(ctx));
      const named = namedClient(ctx);
      const digest = hashToken(ctx.get('Authorization'));
      const key = `${source} ${named ?? ''}`;
      const wait = () => Math.max(perSource.waitOf(source), named === undefined ? 0 : perClient.waitOf(key));
      if (named !== undefined && !remembered.has(digest) && wait() > 0) throw tooManyRequests(wait());
      try {
        const caller = await callers.authenticate(ctx);
        if (named !== undefined) remember(digest);
        return caller;
      } catch (error) {
        if (!isAppError(error) || error.status !== 401) throw error;
        remembered.delete(digest);
        if (wait() > 0) throw tooManyRequests(wait());
        perSource.add(source);
        if (named !== undefined) perClient.add(key);
        throw error;
      }
    },
  };
}

/** The application that HTTP Basic credentials name, right or wrong. Not form-decoded: no id that we register needs it. */
export function namedClient(ctx: Context): string | undefined {
  const [, encoded] = /^basic +(\S+)$/iu.exec(ctx.get('Authorization').trim()) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(0, Math.max(0, text.indexOf(':'))).slice(0, 128);
}
