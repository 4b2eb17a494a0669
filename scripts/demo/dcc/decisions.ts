import type { DccSettings } from './settings.ts';
import type { Person } from './sessions.ts';

export type Action = 'read' | 'write';

export interface Question {
  readonly action: Action;
  readonly patientKey: string;
}

/** What would open a door that stayed shut. */
export type Help =
  | { readonly kind: 'stronger-sign-in'; readonly acr: string }
  | { readonly kind: 'sign-in-again' | 'try-later' | 'profile' | 'patient-consent' };

export type Verdict =
  { readonly open: true } | { readonly open: false; readonly sentence: string; readonly help: Help };

export const UNAVAILABLE: Verdict = {
  open: false,
  sentence: 'Le service qui décide des accès ne répond pas. Par prudence, les dossiers restent fermés.',
  help: { kind: 'try-later' },
};

/**
 * Asks the policy decision point (OpenID AuthZEN 1.0) about patient records. Nothing is cached: a consent
 * withdrawn now counts for the next page. INVARIANT: fail closed. Only an explicit `true` opens; an outage, a
 * late or malformed answer, or an obligation that we do not know how to honour is a refusal.
 */
export function createDecisions({ issuer, clientId, clientSecret, logger }: DccSettings) {
  // SPEC: RFC 6749 §2.3.1, both parts are form-encoded before they are joined.
  const basic = Buffer.from([clientId, clientSecret].map(encodeURIComponent).join(':')).toString('base64');

  async function post(path: string, body: object): Promise<unknown> {
    const response = await fetch(issuer.replace(/\/$/, '') + path, {
      method: 'POST',
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(3000),
    });
    if (!response.ok) throw new Error(`the decision point answered ${response.status}`);
    return response.json();
  }

  /** Same subject and session for every question: who asks is never taken from the request. */
  const about = (person: Person) => ({
    subject: { type: 'account', id: person.sub },
    context: { sid: person.sid },
  });
  const wording = ({ action, patientKey }: Question) => ({
    action: { name: action },
    resource: { type: 'patient_record', id: patientKey },
  });

  function unavailable(error: unknown): Verdict {
    logger.warn({ error: String(error) }, 'no decision: refused');
    return UNAVAILABLE;
  }

  return {
    /** May this person do this to this record, now? */
    async ask(person: Person, action: Action, patientKey: string): Promise<Verdict> {
      try {
        const question = { ...about(person), ...wording({ action, patientKey }) };
        return readVerdict(await post('/access/v1/evaluation', question), logger);
      } catch (error) {
        return unavailable(error);
      }
    },

    /** Several questions in one call; the verdicts stand in their order. */
    async askAll(person: Person, questions: readonly Question[]): Promise<Verdict[]> {
      try {
        const evaluations = questions.map(wording);
        const answer = await post('/access/v1/evaluations', { ...about(person), evaluations });
        const verdicts: unknown = isObject(answer) ? answer.evaluations : undefined;
        if (!Array.isArray(verdicts) || verdicts.length !== questions.length)
          throw new Error('the batch answer does not match the questions');
        return verdicts.map(verdict => readVerdict(verdict, logger));
      } catch (error) {
        const refusal = unavailable(error);
        return questions.map(() => refusal);
      }
    },
  };
}

function readVerdict(answer: unknown, logger: DccSettings['logger']): Verdict {
  if (!isObject(answer) || typeof answer.decision !== 'boolean') throw new Error('malformed decision');
  const context = isObject(answer.context) ? answer.context : {};
  const code = String(context.reason_code);
  // reason_code is for our log, next to the decision's id: it would tell a reader whether a patient exists.
  logger.info({ decision: answer.decision, id: context.id, reason_code: code }, 'access decided');
  if (answer.decision) {
    const obligations: unknown = context.obligations ?? [];
    if (Array.isArray(obligations) && obligations.length === 0) return { open: true };
    throw new Error('an obligation that this application cannot honour');
  }
  const sentences = isObject(context.reason_user) ? context.reason_user : {};
  const sentence = typeof sentences.fr === 'string' ? sentences.fr : 'Cet accès est refusé.';
  return { open: false, sentence, help: readHelp(code, context.acr_values) };
}

/** SECURITY: every reason that depends on the patient gets one and the same help, as it has one sentence. */
function readHelp(code: string, acrValues: unknown): Help {
  const acr: unknown = Array.isArray(acrValues) ? acrValues[0] : undefined;
  if (typeof acr === 'string') return { kind: 'stronger-sign-in', acr };
  if (code === 'session_ended') return { kind: 'sign-in-again' };
  if (['account_inactive', 'not_in_network', 'profile_lacks_action'].includes(code))
    return { kind: 'profile' };
  return { kind: 'patient-consent' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
