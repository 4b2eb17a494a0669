import type { Http } from '#http/index.ts';
import { requestIdOf } from '#http/index.ts';
import type { OidcPages } from '#oidc/index.ts';

/** French sentences for the errors of the protocol that a person may meet. The code is the protocol's. */
const SENTENCES: Readonly<Record<string, { readonly message: string; readonly hint: string }>> = {
  invalid_client: {
    message: 'L’application qui vous envoie ici n’est pas connue de ce service.',
    hint: 'Signalez-le au support, avec le nom de l’application.',
  },
  invalid_redirect_uri: {
    message: 'L’application demande un retour vers une adresse qui n’est pas la sienne.',
    hint: 'Par sécurité, la connexion s’arrête ici. Signalez-le au support.',
  },
  session_not_found: {
    message: 'Cette demande de connexion n’est plus valable.',
    hint: 'Retournez à l’application et recommencez. Les cookies doivent être acceptés.',
  },
  invalid_request: {
    message: 'La demande de l’application n’est pas complète.',
    hint: 'Retournez à l’application et recommencez. Si cela dure, signalez-le au support.',
  },
};

/** What failed on our side, with the status of its page. */
const OUR_FAILURES: Readonly<Record<string, { status: number; message: string; hint: string }>> = {
  server_error: {
    status: 500,
    message: 'Une erreur est survenue de notre côté.',
    hint: 'Retournez à l’application et recommencez. Si cela dure, donnez la référence ci-dessous au support.',
  },
  temporarily_unavailable: {
    status: 503,
    message: 'Le service est momentanément indisponible.',
    hint: 'Réessayez dans quelques instants. Si cela dure, donnez la référence ci-dessous au support.',
  },
};

const OTHER = {
  message: 'La connexion ne peut pas continuer.',
  hint: 'Retournez à l’application et recommencez. Si cela dure, donnez la référence ci-dessous au support.',
};

/** The protocol's pages, in our layout. */
export function createOidcPages(http: Http): OidcPages {
  return {
    async error(ctx, { error }) {
      const { message, hint } = OUR_FAILURES[error] ?? SENTENCES[error] ?? OTHER;
      await http.render(ctx, 'error', {
        title: message,
        message,
        hint,
        code: `oidc.${error}`,
        status: OUR_FAILURES[error]?.status ?? 400,
        reference: requestIdOf(ctx),
      });
    },
    relay: (ctx, form) => http.render(ctx, 'relay', { ...form }),
    logout: (ctx, form) => http.render(ctx, 'logout', { clientName: null, ...form }),
    loggedOut: (ctx, clientName) => http.render(ctx, 'logged-out', { clientName }),
  };
}
