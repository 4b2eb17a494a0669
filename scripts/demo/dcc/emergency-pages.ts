import type { Emergency } from './decisions.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import type { OpenEmergency, Session } from './sessions.ts';
import type { DemoPatient } from './settings.ts';

export const MAX_REASON_CHARACTERS = 500;

/**
 * Asks why, and says what will follow, before a record is opened in an emergency. The patient is not named yet; what
 * this person typed before stands there again.
 */
export function emergencyPage(session: Session, { number }: DemoPatient, problem?: string): string {
  const typed = session.drafts.get(number);
  const choice = (purpose: Emergency['purpose'], label: string) =>
    html`<label class="choice"
      ><input
        type="radio"
        name="purpose"
        value="${purpose}"
        ${(typed?.purpose ?? 'bris_de_glace') === purpose ? html`checked` : undefined}
      />
      ${label}</label
    >`;
  return layout(
    `Ouvrir le dossier ${number} en urgence`,
    session,
    html`<h1>Ouvrir le dossier ${number} en urgence</h1>
      <form method="post" id="emergency">
        <input type="hidden" name="csrf" value="${session.csrf}" />
        ${problem === undefined ? undefined : html`<div class="notice" role="alert" data-code="reason"><p>${problem}</p></div>`}
        <ul>
          ${session.onBehalfOf && html`<li>Vous l’ouvrez en votre propre nom, pas au nom de ${session.onBehalfOf.name}.</li>`}
          <li>Le dossier s’ouvre pour quelques minutes, en lecture seule.</li>
          <li>
            Votre nom, l’heure et le motif sont enregistrés ; la sécurité du réseau est prévenue aussitôt.
          </li>
          <li>Un administrateur examinera cet accès, et le patient en sera informé.</li>
        </ul>
        <fieldset>
          <legend>À quel titre</legend>
          ${choice('bris_de_glace', 'Bris de glace')} ${choice('centre_15', 'Régulation du centre 15')}
        </fieldset>
        <label for="reason">Pourquoi ouvrir ce dossier maintenant</label>
        <textarea id="reason" name="reason" rows="3" maxlength="${MAX_REASON_CHARACTERS}">
${typed?.reason}</textarea>
        <button type="submit">Ouvrir le dossier</button>
        <p><a href="/patients">Retour à la liste des patients</a></p>
      </form>`,
  );
}

/** Stands above everything on a record that was opened in an emergency. */
export function emergencyBanner({ purpose, untilMs }: OpenEmergency, nowMs: number): Html {
  const minutes = Math.max(1, Math.ceil((untilMs - nowMs) / 60_000));
  const until = new Intl.DateTimeFormat('fr-FR', { timeStyle: 'short', timeZone: 'Europe/Paris' });
  return html`<div
    class="notice emergency"
    role="status"
    data-emergency="${purpose}"
    data-minutes="${minutes}"
  >
    <p>
      <b
        >${purpose === 'bris_de_glace' ? 'Bris de glace' : 'Centre 15'} : encore ${minutes}
        minute${minutes > 1 ? 's' : ''}.</b
      >
      Lecture seule, jusqu’à ${until.format(untilMs)}. Cet accès est enregistré et sera examiné.
    </p>
  </div>`;
}
