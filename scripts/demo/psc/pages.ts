import { html, type Html } from '../dcc/html.ts';
import type { PscPerson } from './people.ts';
import type { PscSession } from './state.ts';

function layout(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="fr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Pro Santé Connect simulé</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <p class="demo" role="note">
          Simulation pour la démonstration : ce n’est pas le service de l’Agence du numérique en santé.
        </p>
        <main>${content}</main>
      </body>
    </html>`.markup;
}

function nameOf({ given_name: given, family_name: family }: PscPerson): string {
  return `${given} ${family}`;
}

function placesOf({ exercices }: PscPerson): string {
  const places = exercices.flatMap(({ activities }) =>
    activities.flatMap(({ raisonSocialeSite }) => raisonSocialeSite ?? []),
  );
  return places.length === 0 ? 'aucune activité déclarée' : places.join(', ');
}

/** Whom to be: in place of the card or of the telephone. */
export function choicePage(
  request: string,
  people: readonly PscPerson[],
  session: PscSession | undefined,
): string {
  return layout(
    'Connexion',
    html`<h1>Qui se connecte ?</h1>
      <p>Ici, un bouton remplace la carte ou l’application e-CPS.</p>
      <form method="post" id="person">
        <input type="hidden" name="request" value="${request}" />
        <ul class="people">
          ${people.map(
            person =>
              html`<li>
                <button type="submit" name="person" value="${person.id}">
                  <b>${nameOf(person)}</b>
                  <span>${person.SubjectNameID}, ${placesOf(person)}</span>
                  ${session?.person.id === person.id ? html`<span>session ouverte</span>` : undefined}
                </button>
              </li>`,
          )}
        </ul>
        <p><button type="submit" name="cancel" value="1" class="quiet">Annuler</button></p>
      </form>`,
  );
}

/** The sessions that run at the provider, each with the button that ends it from there. */
export function sessionsPage(sessions: readonly PscSession[]): string {
  const list = html`<ul class="people">
    ${sessions.map(
      ({ sid, person }) =>
        html`<li>
          <form method="post" action="/sessions/end">
            <input type="hidden" name="sid" value="${sid}" />
            <b>${nameOf(person)}</b> <button type="submit">Terminer la session</button>
          </form>
        </li>`,
    )}
  </ul>`;
  return layout(
    'Sessions',
    html`<h1>Sessions ouvertes</h1>
      ${sessions.length === 0 ? html`<p>Aucune session n’est ouverte.</p>` : list}`,
  );
}

export function messagePage(title: string, text: string): string {
  return layout(
    title,
    html`<h1>${title}</h1>
      <p>${text}</p>`,
  );
}
