import type { DccSettings } from './settings.ts';
import type { Person } from './sessions.ts';

export type Action = 'read' | 'write';

export interface Question {
  readonly action: Action;
  readonly patientKey: string;
}

/** Why a record is to be opened without the patient’s word, in the words of contract §7. */
export interface Emergency {
  readonly purpose: 'bris_de_glace' | 'centre_15';
  /** As the person typed it; it goes to the decision point and is shown to nobody here. */
  readonly reason: string;
}

/** What would open a door that stayed shut. */
export type Help =
  | { readonly kind: 'stronger-sign-in'; readonly acr: string }
  | {
      readonly kind: 'sign-in-again' | 'try-later' | 'profile' | 'patient-consent' | 'delegation' | 'reason';
    };

export type Verdict =
  | {
      readonly open: true;
      /** Epoch milliseconds at which an emergency permit ends. */
      readonly untilMs?: number;
    }
  | { readonly open: false; readonly sentence: string; readonly help: Help };

export const UNAVAILABLE: Verdict = {
  open: false,
  sentence: 'Le service qui décide des accès ne répond pas. Par prudence, les dossiers restent fermés.',
  help: { kind: 'try-later' },
};

export type Decisions = ReturnType<typeof createDecisions>;

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
  const about = (person: Person, emergency?: Emergency) => ({
    subject: { type: 'account', id: person.sub },
    context: { sid: person.sid, ...emergency },
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
    /**
     * May this person do this to this record, now? INVARIANT: an emergency is stated with each question, never
     * remembered by the decision point for us.
     */
    async ask(person: Person, action: Action, patientKey: string, emergency?: Emergency): Promise<Verdict> {
      try {
        const question = { ...about(person, emergency), ...wording({ action, patientKey }) };
        return readVerdict(await post('/access/v1/evaluation', question), logger, emergency);
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

/**
 * Obligations of an emergency permit that this application honours: the patient is told (here, by a line of its log),
 * and the use is examined by those whom the decision point tells.
 */
const HONOURED: readonly string[] = ['notify_patient', 'review'];

function readVerdict(answer: unknown, logger: DccSettings['logger'], emergency?: Emergency): Verdict {
  if (!isObject(answer) || typeof answer.decision !== 'boolean') throw new Error('malformed decision');
  const context = isObject(answer.context) ? answer.context : {};
  const code = String(context.reason_code);
  // reason_code is for our log, next to the decision's id: it would tell a reader whether a patient exists.
  logger.info({ decision: answer.decision, id: context.id, reason_code: code }, 'access decided');
  if (answer.decision) {
    const obligations: unknown = context.obligations ?? [];
    const known = emergency === undefined ? [] : HONOURED;
    if (!Array.isArray(obligations) || !obligations.every(name => known.includes(String(name))))
      throw new Error('an obligation that this application cannot honour');
    if (obligations.includes('notify_patient')) logger.info({ id: context.id }, 'the patient is to be told');
    const untilMs = typeof context.until === 'string' ? Date.parse(context.until) : Number.NaN;
    return { open: true, ...(!Number.isNaN(untilMs) && { untilMs }) };
  }
  const sentences = isObject(context.reason_user) ? context.reason_user : {};
  const sentence = typeof sentences.fr === 'string' ? sentences.fr : 'Cet accès est refusé.';
  return { open: false, sentence, help: readHelp(code, context.acr_values) };
}

const PROFILE_CODES: readonly string[] = [
  'account_inactive',
  'not_in_network',
  'profile_lacks_action',
  'break_glass_not_allowed',
  'centre_15_not_allowed',
];

/** SECURITY: every reason that depends on the patient gets one and the same help, as it has one sentence. */
function readHelp(code: string, acrValues: unknown): Help {
  const acr: unknown = Array.isArray(acrValues) ? acrValues[0] : undefined;
  if (typeof acr === 'string') return { kind: 'stronger-sign-in', acr };
  if (code === 'session_ended') return { kind: 'sign-in-again' };
  if (PROFILE_CODES.includes(code)) return { kind: 'profile' };
  if (code === 'break_glass_reason_missing') return { kind: 'reason' };
  if (code === 'delegation_missing') return { kind: 'delegation' };
  return { kind: 'patient-consent' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
