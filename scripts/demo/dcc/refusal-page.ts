import { html, type Html } from './html.ts';
import { layout, signInForm } from './layout.ts';
import type { Session } from './sessions.ts';
import type { Help, Refusal } from './verdict.ts';

/**
 * Why this door stayed shut, in the decision point's own sentence, and what would help. `emergencyAt` leads to
 * break-glass, where that may help. SECURITY: it is offered alike for every reason that depends on the patient.
 */
export function refusalPage(
  session: Session,
  refusal: Refusal,
  { returnTo, emergencyAt }: { readonly returnTo: string; readonly emergencyAt?: string | undefined },
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
      <p>Si vous appelez l’assistance, donnez ce code : <code data-reason>${refusal.code}</code></p>
      ${emergencyAt === undefined ? undefined : emergencyOffer(emergencyAt)}
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
        Vos droits dans le réseau de ce dossier ne comprennent pas cette action. Le référent de votre
        établissement peut les revoir avec vous.
      </p>`;
    case 'patient-consent':
      return html`<p>
        Un dossier s’ouvre aux professionnels que le patient, informé, a autorisés. Si vous participez à ses
        soins, demandez-lui son accord : le professionnel qui suit le dossier l’enregistrera.
      </p>`;
    case 'delegation':
      return html`<p>Demandez à la personne au nom de qui vous agissez de vous donner délégation.</p>`;
    case 'reason':
      return html`<p>Écrivez pourquoi vous devez ouvrir ce dossier maintenant.</p>`;
    case 'try-later':
      return html`<p>Réessayez dans quelques minutes.</p>
        <p><a href="${returnTo}">Réessayer</a></p>`;
  }
}

function emergencyOffer(path: string): Html {
  return html`<section aria-labelledby="emergency">
    <h2 id="emergency">En cas d’urgence</h2>
    <p>
      Si la vie ou la santé du patient l’exige, vous pouvez ouvrir ce dossier sans attendre, en écrivant
      pourquoi. L’accès est enregistré, signalé et examiné.
    </p>
    <p><a id="break-glass" href="${path}">Ouvrir en urgence</a></p>
  </section>`;
}
