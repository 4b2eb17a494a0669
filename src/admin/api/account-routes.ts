import type { Act } from '../acts/act.ts';
import type { PeopleActs } from '../people/index.ts';
import type { createActRoutes } from './act-route.ts';
import type { ApiRoute, Words } from './route.ts';
import { personSchema } from './schemas.ts';
import type { Views } from './views.ts';

const person = { schema: personSchema, words: { fr: 'La personne', en: 'The person' } };

/** What becomes of somebody's way in: one address per act. */
export function accountRoutes(deps: {
  readonly people: PeopleActs;
  readonly views: Views;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { people, views, actRoute } = deps;

  function route<I, R>(name: string, verb: string, summary: Words, act: Act<I, R>): ApiRoute {
    return actRoute({
      name,
      method: 'POST',
      path: `/people/{sub}/${verb}`,
      tag: 'Comptes',
      summary,
      act,
      answers: { 200: person },
      then: async ({ administrator }, _outcome, { sub = '' }) => ({
        status: 200,
        body: await views.person(administrator, sub),
      }),
    });
  }

  const { account, factors } = people;
  return [
    route(
      'openAccount',
      'open',
      {
        fr: 'Ouvrir le compte de connexion (deux courriels partent)',
        en: 'Open the login account (two mails leave)',
      },
      account.open,
    ),
    route('suspendAccount', 'suspend', { fr: 'Suspendre', en: 'Suspend' }, account.suspend),
    route('reactivateAccount', 'reactivate', { fr: 'Rouvrir', en: 'Reactivate' }, account.reactivate),
    route('closeAccount', 'close', { fr: 'Fermer définitivement', en: 'Close for ever' }, account.close),
    route(
      'resetPassword',
      'reset-password',
      { fr: 'Envoyer un nouveau mot de passe', en: 'Send a new password' },
      account.resetPassword,
    ),
    route(
      'expirePassword',
      'expire-password',
      {
        fr: 'Faire expirer le mot de passe (un autre est demandé à la prochaine connexion)',
        en: 'Expire the password (another is asked for at the next sign-in)',
      },
      account.expirePassword,
    ),
    route(
      'resetFactors',
      'reset-factors',
      {
        fr: 'Noter la perte des moyens de connexion (deux courriels, un délai)',
        en: 'Note the loss of the means of signing in (two mails, a cool-down)',
      },
      factors.reset,
    ),
    route(
      'endSessions',
      'end-sessions',
      { fr: 'Fermer toutes les sessions', en: 'End all sessions' },
      account.endSessions,
    ),
  ];
}
