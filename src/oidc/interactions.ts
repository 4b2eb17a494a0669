import type { Clock } from '#kernel/index.ts';
import type { Interaction, Interactions, Outcome, RunningSession } from '#signin/index.ts';
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import { requiredAcr, type AuthorizationPorts } from './policy.ts';
import type { SigninResult } from './session.ts';
import type { LiveSession, Sessions } from './sessions.ts';
import type { Standing } from './standing.ts';

/** Prompts that ask the person of the running session to prove themselves again. */
const REAUTHENTICATE = new Set(['login_prompt', 'max_age']);
/** Prompts that ask for somebody else than the person of the running session. */
const SOMEBODY_ELSE = new Set(['id_token_hint', 'claims_id_token_sub_value', 'account_inactive']);

/** The epoch of no account. */
const CLOSED = -1;

/** The sign-in's view of oidc-provider's interactions. `provider` is asked for each time: a key rotation replaces it. */
export function createInteractions(deps: {
  readonly provider: () => Provider;
  readonly sessions: Sessions;
  readonly standing: Standing;
  readonly application: AuthorizationPorts['application'];
  readonly clock: Clock;
  readonly interactionSeconds: number;
}): Interactions {
  const { provider, sessions, standing, application, clock, interactionSeconds } = deps;

  /** The session of this browser now, whatever it had when the interaction began. */
  async function presentOf(ctx: Context): Promise<LiveSession | null> {
    const { uid, accountId } = await provider().Session.get(ctx as never);
    return accountId === undefined ? null : sessions.findByUid(uid);
  }

  return {
    async find(ctx): Promise<Interaction | null> {
      let details;
      try {
        // SECURITY: oidc-provider reads the interaction from its signed cookie; the URL must name the same one.
        details = await provider().interactionDetails(ctx.req, ctx.res);
      } catch {
        return null;
      }
      const uid = String((ctx as { params?: { uid?: string } }).params?.uid);
      if (details.uid !== uid) return null;
      const { params, prompt } = details;
      const clientId = String(params['client_id']);
      const client = await application(clientId);
      const asksSomebodyElse = prompt.reasons.some(reason => SOMEBODY_ELSE.has(reason));
      const begun = details.session?.uid;
      const running = begun && !asksSomebodyElse ? await sessions.findByUid(begun) : null;
      const present = begun || asksSomebodyElse ? null : await presentOf(ctx);
      const hint = params['login_hint'];
      return {
        uid,
        clientId,
        clientName: client?.name ?? clientId,
        requiredAcr: requiredAcr(client, params),
        reauthenticate: prompt.reasons.some(reason => REAUTHENTICATE.has(reason)),
        expiresAt: clock.now() + interactionSeconds,
        ...(details.result === undefined ? {} : { resumeAt: details.returnTo }),
        ...(typeof hint === 'string' ? { loginHint: hint.slice(0, 128) } : {}),
        ...(running ? { session: toRunning(running) } : {}),
        ...(present ? { present: toRunning(present) } : {}),
      };
    },

    async finish(ctx, outcome) {
      return provider().interactionResult(ctx.req, ctx.res, await resultOf(outcome, standing), {
        mergeWithLastSubmission: false,
      });
    },
  };
}

function toRunning(live: LiveSession): RunningSession {
  const { uid, accountId, acr, methods, authTime, situation, place } = live;
  return {
    uid,
    accountId,
    acr,
    methods,
    authTime,
    ...(situation === undefined ? {} : { situation }),
    ...(place === undefined ? {} : { place }),
  };
}

async function resultOf(outcome: Outcome, standing: Standing): Promise<InteractionResults> {
  if (outcome.kind === 'refused') {
    return { error: outcome.error, error_description: outcome.description };
  }
  const trousseau: SigninResult = {
    methods: outcome.methods,
    maxSeconds: outcome.maxSeconds,
    ...(outcome.idleSeconds === undefined ? {} : { idleSeconds: outcome.idleSeconds }),
    // An account closed meanwhile has none: the authorization refuses the person by their status.
    epoch: (await standing(outcome.accountId)) ?? CLOSED,
    ...(outcome.situation === undefined ? {} : { situation: outcome.situation }),
    ...(outcome.place === undefined ? {} : { place: outcome.place }),
    ...(outcome.origins === undefined ? {} : { origins: outcome.origins }),
  };
  return {
    login: {
      accountId: outcome.accountId,
      acr: outcome.acr,
      amr: [...outcome.amr],
      ts: outcome.authTime,
      // The cookie ends with the browser; how long the session lives is decided here, not by the browser.
      remember: false,
    },
    // No consent is asked (contract §6): `prompt=consent` is answered by having signed in.
    consent: {},
    trousseau,
  };
}
