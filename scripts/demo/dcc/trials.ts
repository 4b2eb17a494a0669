import { Router } from '@koa/router';
import type { Door } from './door.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

interface Trial {
  readonly login: string;
  readonly path: string;
  readonly what: string;
}

const record = (number: string) => `/records/2026-${number}`;

/** What to try in the demo region, as whom: each kind of answer once. What it shows is decided then, not written here. */
const TRIALS: readonly Trial[] = [
  { login: 'claire.dupont', path: record('0101'), what: 'Un dossier ouvert, et une note à écrire.' },
  { login: 'claire.dupont', path: record('0102'), what: 'Le consentement ne nomme pas la personne.' },
  { login: 'claire.dupont', path: record('0103'), what: 'Le patient a retiré son consentement.' },
  {
    login: 'claire.dupont',
    path: record('0104'),
    what: 'Le patient s’est opposé ; le bris de glace reste possible.',
  },
  { login: 'claire.dupont', path: record('0106'), what: 'Le patient est informé, et n’a pas consenti.' },
  { login: 'claire.dupont', path: record('0108'), what: 'L’accès est arrivé à son terme.' },
  { login: 'claire.dupont', path: record('0109'), what: 'Le patient n’est pas informé.' },
  {
    login: 'claire.dupont',
    path: record('0110'),
    what: 'Un dossier d’un réseau dont la personne n’est pas membre.',
  },
  { login: 'claire.dupont', path: '/documents', what: 'Les espaces documentaires de deux réseaux.' },
  { login: 'marc.lefevre', path: record('0101'), what: 'Le profil permet de lire, et pas d’écrire.' },
  {
    login: 'marc.lefevre',
    path: `${record('0102')}/emergency`,
    what: 'Le profil ne permet pas le bris de glace.',
  },
  { login: 'nadia.haddad', path: record('0101'), what: 'Le profil ne permet d’ouvrir aucun dossier.' },
  { login: 'nora.salmi', path: `${record('0102')}/emergency`, what: 'Le centre 15, sans motif à écrire.' },
  {
    login: 'sophie.martin',
    path: record('0105'),
    what: 'Au nom de Claire Dupont, ouvert ; en son nom, fermé ; au nom de Karim Benali, sans délégation.',
  },
  {
    login: 'sophie.martin',
    path: record('0104'),
    what: 'Au nom de Claire Dupont, à qui le patient s’est opposé.',
  },
  {
    login: 'sophie.martin',
    path: record('0107'),
    what: 'Au nom de Claire Dupont, quand le patient s’est opposé à la secrétaire elle-même.',
  },
  {
    login: 'karim.benali',
    path: record('0102'),
    what: 'Une réunion de concertation en cours, comme responsable.',
  },
  { login: 'karim.benali', path: record('0108'), what: 'Une réunion de concertation qui est terminée.' },
  {
    login: 'helene.roy',
    path: record('0104'),
    what: 'Une invitée d’une réunion : elle lit, et n’écrit pas.',
  },
  {
    login: 'helene.roy',
    path: record('0110'),
    what: 'L’équipe de soins, dans un réseau par information et opposition.',
  },
];

/** A page that says who can try what. Each link asks the decision point like any other visit. */
export function createTrialRoutes(door: Door): Router {
  const router = new Router();
  router.get('/try', ctx => {
    const session = door.signedIn(ctx);
    if (session === undefined) return;
    const logins = [...new Set(TRIALS.map(({ login }) => login))];
    ctx.body = layout(
      'Essayer',
      session,
      html`<h1>Essayer</h1>
        <p>
          Chaque ligne montre une réponse du service d’accès au compte nommé. Pour en changer,
          déconnectez-vous ; les comptes de la démonstration ont tous le même mot de passe.
        </p>
        ${logins.map(
          login =>
            html`<section aria-labelledby="${login}">
              <h2 id="${login}">${login}</h2>
              <ul>
                ${TRIALS.filter(trial => trial.login === login).map(
                  ({ path, what }) => html`<li><a href="${path}">${what}</a></li>`,
                )}
              </ul>
            </section>`,
        )}`,
    );
  });
  return router;
}
