import { Router } from '@koa/router';
import { recordOf, type Decisions, type Emergency } from './decisions.ts';
import type { Door } from './door.ts';
import { emergencyPage, MAX_REASON_CHARACTERS } from './emergency-pages.ts';
import { readOwnForm } from './forms.ts';
import type { DccSettings, DemoPatient } from './settings.ts';

/** How long an emergency permit that names no end is acted on. */
const UNSAID_EMERGENCY_MS = 15 * 60_000;

/** The form that opens a record in an emergency. What was typed waits in the session until the record is open. */
export function createEmergencyRoutes(
  patients: ReadonlyMap<string, DemoPatient>,
  decisions: Decisions,
  door: Door,
  { now }: Pick<DccSettings, 'now'>,
): Router {
  const router = new Router();

  router.get('/records/:number/emergency', ctx => {
    const session = door.signedIn(ctx);
    if (session === undefined) return;
    const patient = patients.get(String(ctx.params.number)) ?? ctx.throw(404);
    ctx.body = emergencyPage(session, patient);
  });

  router.post('/records/:number/emergency', async ctx => {
    const session = door.signedIn(ctx);
    if (session === undefined) return;
    const form = await readOwnForm(ctx, session);
    const patient = patients.get(String(ctx.params.number)) ?? ctx.throw(404);
    const { number } = patient;
    const question = { action: 'read' as const, resource: recordOf(patient) };
    const emergency: Emergency = {
      purpose: form.get('purpose') === 'centre_15' ? 'centre_15' : 'bris_de_glace',
      reason: (form.get('reason') ?? '').trim().slice(0, MAX_REASON_CHARACTERS),
    };
    // SECURITY: free text may name somebody: it never stands in an address or a log.
    session.drafts.set(number, emergency);
    const verdict = await decisions.ask(session, question, emergency);
    if (!verdict.open && verdict.help.kind === 'reason') {
      ctx.status = 422;
      ctx.body = emergencyPage(session, patient, verdict.sentence);
      return;
    }
    if (!verdict.open)
      return door.refuse(ctx, session, verdict, { returnTo: `/records/${number}/emergency` });
    session.drafts.delete(number);
    session.emergencies.set(number, {
      ...emergency,
      untilMs: verdict.untilMs ?? now() + UNSAID_EMERGENCY_MS,
    });
    ctx.redirect(`/records/${number}`);
    ctx.status = 303;
  });

  return router;
}
