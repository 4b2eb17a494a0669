import { Router } from '@koa/router';
import type { Context } from 'koa';
import { UNAVAILABLE, type Action, type Emergency, type createDecisions, type Verdict } from './decisions.ts';
import { emergencyBanner, emergencyPage, MAX_REASON_CHARACTERS } from './emergency-pages.ts';
import { readOwnForm } from './forms.ts';
import { createNotes } from './notes.ts';
import { listPage, MAX_NOTE_CHARACTERS, recordPage } from './record-pages.ts';
import { refusalPage } from './refusal-page.ts';
import type { Person, Session, Sessions } from './sessions.ts';
import type { DccSettings, DemoPatient } from './settings.ts';

type Signed = Session & { person: Person };

/** How long an emergency permit that names no end is acted on. */
const UNSAID_EMERGENCY_MS = 15 * 60_000;

/** SPEC: contract §7, rule 7: emergencies open for reading alone. */
const READ_ONLY: Verdict = {
  open: false,
  sentence: 'Un dossier ouvert en urgence se lit ; il ne se complète pas.',
  help: { kind: 'patient-consent' },
};

/** The list and the records. INVARIANT: nothing of a record is written before the decision point said yes. */
export function createRecordRoutes(
  patients: readonly DemoPatient[],
  decisions: ReturnType<typeof createDecisions>,
  sessions: Sessions,
  { now }: Pick<DccSettings, 'now'>,
): Router {
  const router = new Router();
  const notes = createNotes();
  const byNumber = new Map(patients.map(patient => [patient.number, patient]));

  /** The session of a person who has signed in; anybody else is sent to sign in, and comes back here after. */
  function signedIn(ctx: Context): Signed | undefined {
    const session = sessions.find(ctx);
    if (session?.person !== undefined) return { ...session, person: session.person };
    const returnTo = ctx.method === 'GET' ? ctx.path : '/patients';
    ctx.redirect(`/sign-in?${new URLSearchParams({ return_to: returnTo })}`);
    if (ctx.method !== 'GET') ctx.status = 303;
    return undefined;
  }

  function refuse(
    ctx: Context,
    session: Signed,
    verdict: Extract<Verdict, { open: false }>,
    where: { readonly returnTo: string; readonly emergencyAt?: string },
  ) {
    // The provider ended the session without our being told yet: ours ends too.
    if (verdict.help.kind === 'sign-in-again') sessions.end(ctx, session);
    ctx.status = verdict.help.kind === 'try-later' ? 503 : 403;
    ctx.body = refusalPage(session, verdict, where);
  }

  /** The patient of this address when the person may do this to the record; else the refusal is written. */
  async function guard(ctx: Context, session: Signed, number: string, action: Action) {
    const patient = byNumber.get(number);
    if (patient === undefined) return ctx.throw(404);
    const verdict = await decisions.ask(session.person, action, patient.patientKey);
    if (verdict.open) return patient;
    refuse(ctx, session, verdict, { returnTo: `/records/${number}` });
    return undefined;
  }

  router.get('/', ctx => ctx.redirect('/patients'));

  router.get('/patients', async ctx => {
    const session = signedIn(ctx);
    if (session === undefined) return;
    const questions = patients.map(({ patientKey }) => ({ action: 'read' as const, patientKey }));
    const verdicts = await decisions.askAll(session.person, questions);
    const rows = patients.flatMap((patient, index) => {
      const verdict = verdicts[index];
      return verdict === undefined ? [] : [{ patient, verdict }];
    });
    ctx.body = listPage(session, rows);
  });

  router.get('/records/:number', async ctx => {
    const session = signedIn(ctx);
    if (session === undefined) return;
    const patient = byNumber.get(String(ctx.params.number));
    if (patient === undefined) return ctx.throw(404);
    const { patientKey, number } = patient;
    const opened = session.emergencies.get(number);
    if (opened && now() < opened.untilMs) {
      // Stated again: what was permitted a minute ago is not permitted for that.
      const verdict = await decisions.ask(session.person, 'read', patientKey, opened);
      if (!verdict.open) return refuse(ctx, session, verdict, { returnTo: `/records/${number}` });
      const banner = emergencyBanner(opened, now());
      ctx.body = recordPage(session, patient, notes.of(number), READ_ONLY, { banner });
      return;
    }
    session.emergencies.delete(number);
    // What the page offers is asked with it; the note itself is judged again when it comes.
    const [read = UNAVAILABLE, write = UNAVAILABLE] = await decisions.askAll(session.person, [
      { action: 'read', patientKey },
      { action: 'write', patientKey },
    ]);
    if (!read.open) {
      const mayHelp = read.help.kind === 'patient-consent';
      return refuse(ctx, session, read, {
        returnTo: `/records/${number}`,
        ...(mayHelp && { emergencyAt: `/records/${number}/emergency` }),
      });
    }
    ctx.body = recordPage(session, patient, notes.of(number), write);
  });

  router.get('/records/:number/emergency', ctx => {
    const session = signedIn(ctx);
    if (session === undefined) return;
    const patient = byNumber.get(String(ctx.params.number)) ?? ctx.throw(404);
    ctx.body = emergencyPage(session, patient);
  });

  router.post('/records/:number/emergency', async ctx => {
    const session = signedIn(ctx);
    if (session === undefined) return;
    const form = await readOwnForm(ctx, session);
    const patient = byNumber.get(String(ctx.params.number)) ?? ctx.throw(404);
    const emergency: Emergency = {
      purpose: form.get('purpose') === 'centre_15' ? 'centre_15' : 'bris_de_glace',
      reason: (form.get('reason') ?? '').trim().slice(0, MAX_REASON_CHARACTERS),
    };
    const verdict = await decisions.ask(session.person, 'read', patient.patientKey, emergency);
    if (!verdict.open && verdict.help.kind === 'reason') {
      ctx.status = 422;
      ctx.body = emergencyPage(session, patient, emergency, verdict.sentence);
      return;
    }
    if (!verdict.open)
      return refuse(ctx, session, verdict, { returnTo: `/records/${patient.number}/emergency` });
    const untilMs = verdict.untilMs ?? now() + UNSAID_EMERGENCY_MS;
    session.emergencies.set(patient.number, { ...emergency, untilMs });
    ctx.redirect(`/records/${patient.number}`);
    ctx.status = 303;
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
    notes.add(patient.number, { author: session.person.name, text });
    ctx.redirect(`/records/${patient.number}`);
    // See Other: reloading the page does not send the note again.
    ctx.status = 303;
  });

  return router;
}
