import type { Help } from './decisions.ts';
import { html, type Html } from './html.ts';
import { layout, signInForm } from './layout.ts';
import type { Session } from './sessions.ts';

/** Why this door stayed shut, in the decision point's own sentence, and what would help. */
export function refusalPage(
  session: Session,
  refusal: { sentence: string; help: Help },
  returnTo: string,
): string {
  return layout(
    'Accès refusé',
    session,
    html`<h1>Accès refusé</h1>
      <div class="notice" role="alert" data-code="refused"><p id="reason">${refusal.sentence}</p></div>
      <section aria-labelledby="help" data-help="${refusal.help.kind}">
        <h2 id="help">Ce qui peut aider</h2>
        ${helpText(refusal.help, returnTo)}
      </section>
      <p><a href="/patients">Retour à la liste des patients</a></p>`,
  );
}

function helpText(help: Help, returnTo: string): Html {
  switch (help.kind) {
    case 'stronger-sign-in':
      return html`<p>Cet accès demande une connexion plus forte que la vôtre.</p>
        ${signInForm('Se reconnecter plus fortement', { returnTo, acr: help.acr })}`;
    case 'sign-in-again':
      return html`<p>Votre session est terminée.</p>
        ${signInForm('Se reconnecter', { returnTo })}`;
    case 'profile':
      return html`<p>
        Vos droits dans le réseau de cancérologie ne comprennent pas cette action. Le référent de votre
        établissement peut les revoir avec vous.
      </p>`;
    case 'patient-consent':
      return html`<p>
        Un dossier s’ouvre aux professionnels que le patient, informé, a autorisés. Si vous participez à ses
        soins, demandez-lui son accord : le professionnel qui suit le dossier l’enregistrera.
      </p>`;
    case 'try-later':
      return html`<p>Réessayez dans quelques minutes.</p>
        <p><a href="${returnTo}">Réessayer</a></p>`;
  }
}
