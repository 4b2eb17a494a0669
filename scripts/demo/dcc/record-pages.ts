import { colleaguesOf } from './colleagues.ts';
import type { Signed } from './door.ts';
import { html, type Html } from './html.ts';
import { layout, signInForm } from './layout.ts';
import type { Note } from './notes.ts';
import type { Session } from './sessions.ts';
import type { DemoPatient } from './settings.ts';
import type { Refusal, Verdict } from './verdict.ts';

export const MAX_NOTE_CHARACTERS = 2000;

/** Every patient with an open or shut mark. The list never says why a record is shut. */
export function listPage(
  session: Signed,
  rows: readonly { patient: DemoPatient; verdict: Verdict }[],
): string {
  const outage = rows.find(({ verdict }) => !verdict.open && verdict.help.kind === 'try-later')?.verdict;
  return layout(
    'Patients',
    session,
    html`<h1>Patients</h1>
      <p>Ouvrez un dossier. Ceux qui vous sont fermés disent, quand vous les ouvrez, ce qui peut aider.</p>
      ${
        outage?.open === false
          ? html`<div class="notice" role="alert" data-code="unavailable"><p>${outage.sentence}</p></div>`
          : undefined
      }
      <ul class="patients">
        ${rows.map(
          ({ patient, verdict }) =>
            html`<li>
              <a href="/records/${patient.number}" data-patient-key="${patient.patientKey}">
                <b>${patient.name}</b>
                <span
                  >Dossier ${patient.number} · né${patient.sex === 'F' ? 'e' : ''} le ${patient.born}</span
                >
              </a>
              ${
                verdict.open
                  ? html`<span class="mark open" data-access="open">Ouvert</span>`
                  : html`<span class="mark shut" data-access="shut">Fermé</span>`
              }
            </li>`,
        )}
      </ul>
      ${delegationForm(session)}`,
  );
}

/** In whose name to act. Everybody may ask; who has no delegation is refused by the decision point. */
function delegationForm({ csrf, person, onBehalfOf }: Signed): Html {
  return html`<section aria-labelledby="on-behalf">
    <h2 id="on-behalf">Agir au nom de quelqu’un</h2>
    <form method="post" action="/on-behalf-of" id="on-behalf-of">
      <input type="hidden" name="csrf" value="${csrf}" />
      <label for="account">J’ouvre les dossiers</label>
      <select id="account" name="account">
        <option value="">en mon nom</option>
        ${colleaguesOf(person.sub).map(
          ({ sub, name }) =>
            html`<option value="${sub}" ${sub === onBehalfOf?.sub ? html`selected` : undefined}>
              au nom de ${name}
            </option>`,
        )}
      </select>
      <button type="submit">Choisir</button>
    </form>
  </section>`;
}

/** What was wrong with a note just sent. */
export interface NoteProblem {
  readonly code: string;
  readonly sentence: string;
  readonly text: string;
}

/** One readable record; who may write gets the form that adds a note. */
export function recordPage(
  session: Session,
  patient: DemoPatient,
  notes: readonly Note[],
  write: Verdict,
  {
    problem,
    banner,
    ground,
  }: { readonly problem?: NoteProblem; readonly banner?: Html; readonly ground?: string | undefined } = {},
): string {
  return layout(
    `Dossier ${patient.number}`,
    session,
    html`<p><a href="/patients">Tous les patients</a></p>
      ${banner}
      <h1>${patient.name}</h1>
      <p>Dossier ${patient.number} · né${patient.sex === 'F' ? 'e' : ''} le ${patient.born}</p>
      ${ground === undefined ? undefined : html`<p class="ground" id="ground">${ground}</p>`}
      <section aria-labelledby="diagnosis">
        <h2 id="diagnosis">Diagnostic</h2>
        <p>${patient.diagnosis}</p>
      </section>
      <section aria-labelledby="plan">
        <h2 id="plan">Programme personnalisé de soins</h2>
        <ul>
          ${patient.plan.map(step => html`<li>${step}</li>`)}
        </ul>
      </section>
      <section aria-labelledby="events">
        <h2 id="events">Comptes rendus</h2>
        <dl>
          ${patient.events.map(
            event =>
              html`<div>
                <dt>${event.date}</dt>
                <dd>${event.text}</dd>
              </div>`,
          )}
        </dl>
      </section>
      <section aria-labelledby="notes">
        <h2 id="notes">Notes</h2>
        ${
          notes.length === 0
            ? html`<p>Aucune note.</p>`
            : html`<ul class="notes">
                ${notes.map(
                  note =>
                    html`<li>
                      <p>${note.text}</p>
                      <p><small>${note.author}</small></p>
                    </li>`,
                )}
              </ul>`
        }
        ${write.open ? noteForm(session, patient, problem) : readOnly(patient, write)}
      </section>`,
  );
}

/** Why there is no form, and the sign-in that would bring it. */
function readOnly(patient: DemoPatient, { help, sentence, code }: Refusal): Html {
  if (help.kind === 'stronger-sign-in')
    return html`<div data-write="shut">
      <p>Ajouter une note demande une connexion plus forte que la vôtre.</p>
      ${signInForm('Se reconnecter plus fortement', { returnTo: `/records/${patient.number}`, acr: help.acr })}
    </div>`;
  return html`<p data-write="shut">
    ${help.kind === 'profile' ? 'Votre profil permet de lire ce dossier, mais pas d’y ajouter une note.' : sentence}
    <code data-reason>${code}</code>
  </p>`;
}

function noteForm(session: Session, patient: DemoPatient, problem?: NoteProblem): Html {
  return html`<form method="post" action="/records/${patient.number}/notes" id="note">
    <input type="hidden" name="csrf" value="${session.csrf}" />
    ${problem && html`<div class="notice" role="alert" data-code="${problem.code}"><p>${problem.sentence}</p></div>`}
    <label for="text">Ajouter une note</label>
    <textarea id="text" name="text" rows="3" maxlength="${MAX_NOTE_CHARACTERS}" required>
${problem?.text}</textarea>
    <button type="submit">Enregistrer la note</button>
  </form>`;
}
