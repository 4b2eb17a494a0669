import { Router } from '@koa/router';
import type { Context } from 'koa';
import { recordOf, type Action, type Decisions, type Resource } from './decisions.ts';
import type { Door, Signed } from './door.ts';
import { emergencyBanner } from './emergency-pages.ts';
import { readOwnForm } from './forms.ts';
import { createNotes } from './notes.ts';
import { listPage, MAX_NOTE_CHARACTERS, recordPage } from './record-pages.ts';
import type { DccSettings, DemoPatient } from './settings.ts';
import type { Verdict } from './verdict.ts';

/** SPEC: contract §7, rule 7: emergencies open for reading alone. */
const READ_ONLY: Verdict = {
  open: false,
  sentence: 'Un dossier ouvert en urgence se lit ; il ne se complète pas.',
  code: 'read_only',
  help: { kind: 'patient-consent' },
};

/** The list and the records. INVARIANT: nothing of a record is written before the decision point said yes. */
export function createRecordRoutes(
  patients: ReadonlyMap<string, DemoPatient>,
  decisions: Decisions,
  door: Door,
  { now }: Pick<DccSettings, 'now'>,
): Router {
  const router = new Router();
  const notes = createNotes();
  const { signedIn, refuse } = door;

  /** The patient of this address when the person may do this to the record; else the refusal is written. */
  async function guard(ctx: Context, session: Signed, number: string, action: Action) {
    const patient = patients.get(number);
    if (patient === undefined) return ctx.throw(404);
    const verdict = await decisions.ask(session, { action, resource: recordOf(patient) });
    if (verdict.open) return patient;
    refuse(ctx, session, verdict, { returnTo: `/records/${number}` });
    return undefined;
  }

  /** Whether the page offers a note: asked as an act only where a refusal is to be worded. The note itself is judged when it comes. */
  async function mayWrite(session: Signed, resource: Resource): Promise<Verdict> {
    const write = { action: 'write', resource } as const;
    return (await decisions.mayOffer(session, write)) ? { open: true } : decisions.ask(session, write);
  }

  router.get('/', ctx => ctx.redirect('/patients'));

  router.get('/patients', async ctx => {
    const session = signedIn(ctx);
    if (session === undefined) return;
    const all = [...patients.values()];
    const questions = all.map(patient => ({ action: 'read' as const, resource: recordOf(patient) }));
    const verdicts = await decisions.askAll(session, questions);
    const rows = all.flatMap((patient, index) => {
      const verdict = verdicts[index];
      return verdict === undefined ? [] : [{ patient, verdict }];
    });
    ctx.body = listPage(session, rows);
  });

  router.get('/records/:number', async ctx => {
    const session = signedIn(ctx);
    if (session === undefined) return;
    const patient = patients.get(String(ctx.params.number));
    if (patient === undefined) return ctx.throw(404);
    const { number } = patient;
    const resource = recordOf(patient);
    const opened = session.emergencies.get(number);
    if (opened && now() < opened.untilMs) {
      // Stated again: what was permitted a minute ago is not permitted for that.
      const verdict = await decisions.ask(session, { action: 'read', resource }, opened);
      if (!verdict.open) return refuse(ctx, session, verdict, { returnTo: `/records/${number}` });
      const banner = emergencyBanner(opened, now());
      ctx.body = recordPage(session, patient, notes.of(number), READ_ONLY, { banner });
      return;
    }
    session.emergencies.delete(number);
    const read = await decisions.ask(session, { action: 'read', resource });
    if (!read.open) {
      const mayHelp = read.help.kind === 'patient-consent';
      return refuse(ctx, session, read, {
        returnTo: `/records/${number}`,
        ...(mayHelp && { emergencyAt: `/records/${number}/emergency` }),
      });
    }
    ctx.body = recordPage(session, patient, notes.of(number), await mayWrite(session, resource), {
      ground: read.sentence,
    });
  });

  router.post('/records/:number/notes', async ctx => {
    const session = signedIn(ctx);
    if (session === undefined) return;
    const form = await readOwnForm(ctx, session);
    const text = (form.get('text') ?? '').trim();
    const patient = await guard(ctx, session, String(ctx.params.number), 'write');
    if (patient === undefined) return;
    if (text === '' || text.length > MAX_NOTE_CHARACTERS) {
      // The answer shows the record again: that is a reading, and is asked as one.
      if ((await guard(ctx, session, patient.number, 'read')) === undefined) return;
      const sentence = `Écrivez une note de 1 à ${MAX_NOTE_CHARACTERS} caractères.`;
      ctx.status = 422;
      const problem = { code: 'note_length', sentence, text };
      ctx.body = recordPage(session, patient, notes.of(patient.number), { open: true }, { problem });
      return;
    }
    const { person, onBehalfOf } = session;
    const author = onBehalfOf ? `${person.name}, au nom de ${onBehalfOf.name}` : person.name;
    notes.add(patient.number, { author, text });
    ctx.redirect(`/records/${patient.number}`);
    // See Other: reloading the page does not send the note again.
    ctx.status = 303;
  });

  return router;
}
