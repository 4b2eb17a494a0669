import { Router } from '@koa/router';
import type { Context } from 'koa';
import { readForm, readOwnForm, readReturnTo } from './forms.ts';
import { html } from './html.ts';
import { layout, messagePage, signInForm } from './layout.ts';
import { createLogoutTokenVerifier, LogoutTokenRefused } from './logout-token.ts';
import { SignInRefused, type RelyingParty } from './relying-party.ts';
import type { Session, Sessions } from './sessions.ts';
import { PATHS, reachesAcr, type DccSettings } from './settings.ts';

/** In French, what the provider's error codes mean to the person who reads the page. */
const SENTENCES: Readonly<Record<string, string>> = {
  access_denied: 'La connexion a été refusée ou abandonnée.',
  unmet_authentication_requirements: 'La connexion n’a pas atteint le niveau que cette application demande.',
  temporarily_unavailable: 'Le service de connexion est momentanément surchargé.',
  server_error: 'Le service de connexion a rencontré une erreur.',
  provider_unreachable: 'Le service de connexion ne répond pas.',
  unknown_sign_in: 'Cette connexion a expiré ou a déjà servi.',
};
const OUR_SIDE_DOWN = new Set(['provider_unreachable', 'server_error', 'temporarily_unavailable']);

/** Sign-in, sign-out, and the provider's word that a session has ended. */
export function createSignInRoutes(settings: DccSettings, party: RelyingParty, sessions: Sessions): Router {
  const router = new Router();
  const { logger, minimumAcr } = settings;
  const verifyLogoutToken = createLogoutTokenVerifier({
    ...settings,
    jwksUri: async () => String((await party.configuration()).serverMetadata().jwks_uri),
  });

  function refuse(ctx: Context, session: Session | undefined, error: unknown, returnTo: string): void {
    if (!(error instanceof SignInRefused)) throw error;
    const { code, cause } = error;
    logger.warn({ code, cause: cause instanceof Error ? cause.message : undefined }, 'sign-in refused');
    ctx.status = OUR_SIDE_DOWN.has(code) ? 503 : 403;
    ctx.body = messagePage(session, {
      title: 'Connexion impossible',
      text: SENTENCES[code] ?? 'La réponse du service de connexion n’a pas pu être acceptée.',
      code,
      action: signInForm('Réessayer', { returnTo }),
    });
  }

  router.get('/sign-in', async ctx => {
    const session = sessions.find(ctx);
    const query = new URLSearchParams(ctx.querystring);
    const returnTo = readReturnTo(query.get('return_to'));
    // A level may be asked for that is higher than ours, never one that is lower or unknown.
    const asked = query.get('acr_values');
    const acr = asked !== null && reachesAcr(asked, minimumAcr) ? asked : minimumAcr;
    try {
      const { url, signIn } = await party.begin({ minimumAcr: acr, returnTo });
      sessions.remember(ctx, session, signIn);
      ctx.redirect(url);
    } catch (error) {
      refuse(ctx, session, error, returnTo);
    }
  });

  router.get(PATHS.callback, async ctx => {
    const before = sessions.find(ctx);
    const signIn = sessions.takeSignIn(before, ctx.query.state);
    try {
      if (signIn === undefined) throw new SignInRefused('unknown_sign_in');
      const person = await party.finish(ctx.querystring, signIn);
      sessions.signIn(ctx, before, person);
      logger.info({ sub: person.sub, acr: person.acr }, 'signed in');
      ctx.redirect(signIn.returnTo);
    } catch (error) {
      refuse(ctx, before, error, signIn?.returnTo ?? '/patients');
    }
  });

  router.post('/sign-out', async ctx => {
    const session = sessions.find(ctx);
    if (session?.person === undefined) return ctx.redirect(PATHS.signedOut);
    await readOwnForm(ctx, session);
    // ORDER: our own session ends first; the provider's ends even if the person closes the tab in between.
    sessions.end(ctx, session);
    const providerSide = party.endSessionUrl(session.person.idToken);
    ctx.redirect(await providerSide.catch(() => PATHS.signedOut));
    ctx.status = 303;
  });

  router.get(PATHS.signedOut, ctx => {
    const content = html`<h1>Vous êtes déconnecté</h1>
      <p>Fermez cette fenêtre si le poste est partagé.</p>
      ${signInForm('Se connecter', { returnTo: '/patients' })}`;
    ctx.body = layout('Déconnexion', undefined, content);
  });

  // SPEC: OpenID Connect Back-Channel Logout 1.0 §2.5–2.8. No cookie, no CSRF token: the signature is the proof.
  router.post(PATHS.backchannelLogout, async ctx => {
    ctx.set('cache-control', 'no-store');
    const form = await readForm(ctx);
    try {
      const names = await verifyLogoutToken(form.get('logout_token') ?? '');
      logger.info({ ended: sessions.endNamed(names) }, 'back-channel logout');
      ctx.status = 204;
    } catch (error) {
      if (!(error instanceof LogoutTokenRefused)) throw error;
      logger.warn({ reason: error.message }, 'logout token refused');
      ctx.status = 400;
      ctx.body = { error: 'invalid_request' };
    }
  });

  return router;
}
