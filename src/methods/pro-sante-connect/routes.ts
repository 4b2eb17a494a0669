import { parseForm } from '#http/index.ts';
import Router from '@koa/router';
import { LogoutTokenRefused, type createLogoutTokenVerifier } from './logout-token.ts';
import type { UpstreamLogger } from './method.ts';
import { UpstreamUnreachable } from './outgoing.ts';
import type { ProviderSessions } from './provider-sessions.ts';
import { unavailable } from './refusals.ts';
import type { Upstream } from './upstream.ts';

/** Ends every session of ours that came from there: tokens die, relying parties are told. Wired in `app.ts`. */
export type EndByOrigin = (origin: string, reason: string) => Promise<number>;

/** Why our sessions ended, in the trail. */
const REASON = 'provider_signed_out';

/**
 * `POST /backchannel-logout/<id>`: the provider says that a session of its own has ended (OpenID Connect Back-Channel
 * Logout 1.0 §2.5). Answers 200 also when none of ours came from it; 400 `invalid_request` to what is no such word.
 */
export function createLogoutRoutes(deps: {
  readonly upstream: Upstream;
  readonly verify: ReturnType<typeof createLogoutTokenVerifier>;
  readonly sessions: ProviderSessions;
  readonly endByOrigin: EndByOrigin;
  readonly logger: UpstreamLogger;
}): Router {
  const { upstream, verify, sessions, endByOrigin, logger } = deps;

  async function end(token: string): Promise<void> {
    const announced = await verify(token);
    const { jti, expiresAt } = announced;
    const origin = sessions.markOf(announced);
    if (!(await sessions.isNew(jti, expiresAt))) throw new LogoutTokenRefused('jti was received before');
    try {
      if (origin !== undefined) await endByOrigin(origin, REASON);
    } catch (error) {
      await sessions.forget(jti);
      throw error;
    }
  }

  const routes = new Router();
  routes.post(`/backchannel-logout/${upstream.id}`, async ctx => {
    // SPEC: §2.8: the answer is not to be kept.
    ctx.set('Cache-Control', 'no-store');
    const form = await parseForm(ctx);
    try {
      await end(form.get('logout_token'));
      ctx.status = 200;
      ctx.body = '';
    } catch (error) {
      if (error instanceof UpstreamUnreachable) throw unavailable(upstream, error.message, error);
      if (!(error instanceof LogoutTokenRefused)) throw error;
      logger.warn({ means: upstream.id, detail: error.message }, 'logout token refused');
      ctx.status = 400;
      ctx.body = { error: 'invalid_request' };
    }
  });
  return routes;
}
