import { html, type Html } from './html.ts';
import type { Person, Session } from './sessions.ts';

/** The page around every page: skip link, who is signed in, and the sign-out form. */
export function layout(title: string, session: Session | undefined, content: Html): string {
  return html`<!doctype html>
    <html lang="fr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · DCC</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <a class="skip" href="#content">Aller au contenu</a>
        <p class="demo" role="note">Démonstration : patients, diagnostics et comptes rendus sont fictifs.</p>
        <header>
          <a class="brand" href="/patients"><b>DCC</b> <span>Dossier communicant de cancérologie</span></a>
          ${session?.person && personBar(session.person.name, session.csrf)} ${session?.person && PAGES}
        </header>
        <main id="content" tabindex="-1">
          ${session?.onBehalfOf && html`<p class="notice" data-on-behalf-of="${session.onBehalfOf.sub}">Vous agissez au nom de <b>${session.onBehalfOf.name}</b>.</p>`}
          ${content}
        </main>
        <footer>
          <p>Application d’exemple, connectée par OpenID Connect et AuthZEN.</p>
          ${session?.person && howSignedIn(session.person)}
        </footer>
      </body>
    </html>`.markup;
}

const PAGES = html`<nav aria-label="Pages">
  <a href="/patients">Patients</a> <a href="/documents">Documents</a> <a href="/try">Essayer</a>
</nav>`;

function personBar(name: string, csrf: string): Html {
  return html`<div class="person">
    <span id="signed-in-as">${name}</span>
    <form method="post" action="/sign-out" id="sign-out">
      <input type="hidden" name="csrf" value="${csrf}" />
      <button type="submit" class="quiet">Déconnexion</button>
    </form>
  </div>`;
}

/** What the ID token said of the sign-in, for whoever tries the means one after another. */
function howSignedIn({ acr, amr }: Person): Html {
  return html`<p id="signed-in-how">
    Niveau de la connexion : <code data-acr>${acr}</code> (<code data-amr>${amr.join(' ')}</code>)
  </p>`;
}

/** Starts a sign-in: an ordinary one, or a stronger one when a level is given. */
export function signInForm(label: string, { returnTo, acr }: { returnTo: string; acr?: string }): Html {
  return html`<form method="get" action="/sign-in" id="sign-in">
    <input type="hidden" name="return_to" value="${returnTo}" />
    ${acr === undefined ? undefined : html`<input type="hidden" name="acr_values" value="${acr}" />`}
    <button type="submit">${label}</button>
  </form>`;
}

/** A page that says one thing, and what can be done about it. `code` is for scripts and support, not for people. */
export function messagePage(
  session: Session | undefined,
  message: { title: string; text: string; code: string; action?: Html },
): string {
  const { title, text, code, action } = message;
  return layout(
    title,
    session,
    html`<h1>${title}</h1>
      <div class="notice" role="alert" data-code="${code}"><p>${text}</p></div>
      ${action}`,
  );
}
