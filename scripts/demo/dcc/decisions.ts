import type { Colleague } from './colleagues.ts';
import type { DccSettings, DemoPatient } from './settings.ts';
import type { Person } from './sessions.ts';
import { isObject, readVerdict, UNAVAILABLE, type Verdict } from './verdict.ts';

export type Action = 'read' | 'write';

export interface Resource {
  readonly type: 'patient_record' | 'document_area';
  readonly id: string;
  /** The DCC's own when absent. */
  readonly network?: string;
}

export interface Question {
  readonly action: Action;
  readonly resource: Resource;
}

/** Who asks: the person signed in, and whoever they act for. */
export interface Asker {
  readonly person: Person;
  readonly onBehalfOf?: Colleague;
}

/** A patient's record, as the decision point knows it. */
export const recordOf = ({ patientKey, network }: DemoPatient): Resource => ({
  type: 'patient_record',
  id: patientKey,
  ...(network !== undefined && { network }),
});

/** Why a record is to be opened without the patient’s word, in the words of contract §7. */
export interface Emergency {
  readonly purpose: 'bris_de_glace' | 'centre_15';
  /** As the person typed it; it goes to the decision point and is shown to nobody here. */
  readonly reason: string;
}

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

  /**
   * Same subject and session for every question: who asks is never taken from the request. An emergency is one's own:
   * nobody breaks the glass in another's name.
   */
  const about = ({ person, onBehalfOf }: Asker, emergency?: Emergency) => ({
    subject: { type: 'account', id: person.sub },
    context: { sid: person.sid, ...(emergency ?? (onBehalfOf && { on_behalf_of: onBehalfOf.sub })) },
  });
  const wording = ({ action, resource: { network, ...resource } }: Question) => ({
    action: { name: action },
    resource: { ...resource, ...(network !== undefined && { properties: { network } }) },
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
    async ask(asker: Asker, question: Question, emergency?: Emergency): Promise<Verdict> {
      try {
        const asked = { ...about(asker, emergency), ...wording(question) };
        return readVerdict(await post('/access/v1/evaluation', asked), asked.context, logger);
      } catch (error) {
        return unavailable(error);
      }
    },

    /**
     * Whether to offer this. It is a search, which the trail does not take for the act itself; `false` also when nobody
     * answers, so that the act is asked instead.
     */
    async mayOffer(asker: Asker, { action, resource }: Question): Promise<boolean> {
      try {
        const { resource: named } = wording({ action, resource });
        const answer = await post('/access/v1/search/action', { ...about(asker), resource: named });
        const results: readonly unknown[] =
          isObject(answer) && Array.isArray(answer.results) ? answer.results : [];
        return results.some(found => isObject(found) && found.name === action);
      } catch (error) {
        unavailable(error);
        return false;
      }
    },

    /** Several questions in one call; the verdicts stand in their order. */
    async askAll(asker: Asker, questions: readonly Question[]): Promise<Verdict[]> {
      try {
        const evaluations = questions.map(wording);
        const shared = about(asker);
        const answer = await post('/access/v1/evaluations', { ...shared, evaluations });
        const verdicts: unknown = isObject(answer) ? answer.evaluations : undefined;
        if (!Array.isArray(verdicts) || verdicts.length !== questions.length)
          throw new Error('the batch answer does not match the questions');
        return verdicts.map(verdict => readVerdict(verdict, shared.context, logger));
      } catch (error) {
        const refusal = unavailable(error);
        return questions.map(() => refusal);
      }
    },
  };
}
