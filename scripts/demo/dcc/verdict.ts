import type { DccLogger } from './settings.ts';

/** What would open a door that stayed shut. */
export type Help =
  | { readonly kind: 'stronger-sign-in'; readonly acr: string }
  | {
      readonly kind: 'sign-in-again' | 'try-later' | 'profile' | 'patient-consent' | 'delegation' | 'reason';
    };

export type Verdict =
  | {
      readonly open: true;
      /** Why it is open, in the decision point’s words. */
      readonly sentence?: string;
      /** Epoch milliseconds at which an emergency permit ends. */
      readonly untilMs?: number;
    }
  | {
      readonly open: false;
      readonly sentence: string;
      /** What the person may tell the support: the reason, or `record_closed` where that would tell of a patient. */
      readonly code: string;
      readonly help: Help;
    };

export type Refusal = Extract<Verdict, { open: false }>;

export const UNAVAILABLE: Refusal = {
  open: false,
  sentence: 'Le service qui décide des accès ne répond pas. Par prudence, les dossiers restent fermés.',
  code: 'unavailable',
  help: { kind: 'try-later' },
};

/** What was stated with the question, which the answer must fit. */
export interface Stated {
  readonly sid: string;
  readonly purpose?: string;
  readonly on_behalf_of?: string;
}

/**
 * Obligations of an emergency permit that this application honours: the patient is told (here, by a line of its log),
 * and the use is examined by those whom the decision point tells.
 */
const HONOURED: readonly string[] = ['notify_patient', 'review'];

/** Reads one decision. Throws on an answer that is malformed, or does not fit what was stated: the caller refuses. */
export function readVerdict(answer: unknown, stated: Stated, logger: DccLogger): Verdict {
  if (!isObject(answer) || typeof answer.decision !== 'boolean') throw new Error('malformed decision');
  const context = isObject(answer.context) ? answer.context : {};
  const reason = String(context.reason_code);
  // The reason is for our log, next to the decision's id: it would tell a reader whether a patient exists.
  logger.info({ decision: answer.decision, id: context.id, reason_code: reason }, 'access decided');
  const sentence = readSentence(context.reason_user);
  if (!answer.decision)
    return {
      open: false,
      sentence: sentence ?? 'Cet accès est refusé.',
      code: SPEAKABLE.includes(reason) ? reason : 'record_closed',
      help: readHelp(reason, context.acr_values),
    };
  if (context.on_behalf_of !== stated.on_behalf_of)
    throw new Error('a permit in the name of somebody else than who was named');
  const obligations: unknown = context.obligations ?? [];
  const known = stated.purpose === undefined ? [] : HONOURED;
  if (!Array.isArray(obligations) || !obligations.every(name => known.includes(String(name))))
    throw new Error('an obligation that this application cannot honour');
  if (obligations.includes('notify_patient')) logger.info({ id: context.id }, 'the patient is to be told');
  const untilMs = typeof context.until === 'string' ? Date.parse(context.until) : Number.NaN;
  return {
    open: true,
    ...(sentence !== undefined && { sentence }),
    ...(!Number.isNaN(untilMs) && { untilMs }),
  };
}

function readSentence(sentences: unknown): string | undefined {
  return isObject(sentences) && typeof sentences.fr === 'string' ? sentences.fr : undefined;
}

const PROFILE_REASONS: readonly string[] = [
  'account_inactive',
  'not_in_network',
  'profile_lacks_action',
  'break_glass_not_allowed',
  'centre_15_not_allowed',
];

/** SECURITY: the reasons that say nothing of a patient. Any other, a new one too, is not told. */
const SPEAKABLE: readonly string[] = [
  ...PROFILE_REASONS,
  'acr_too_low',
  'session_ended',
  'break_glass_reason_missing',
  'delegation_missing',
];

/** SECURITY: every reason that depends on the patient gets one and the same help, as it has one sentence. */
function readHelp(reason: string, acrValues: unknown): Help {
  const acr: unknown = Array.isArray(acrValues) ? acrValues[0] : undefined;
  if (typeof acr === 'string') return { kind: 'stronger-sign-in', acr };
  if (reason === 'session_ended') return { kind: 'sign-in-again' };
  if (PROFILE_REASONS.includes(reason)) return { kind: 'profile' };
  if (reason === 'break_glass_reason_missing') return { kind: 'reason' };
  if (reason === 'delegation_missing') return { kind: 'delegation' };
  return { kind: 'patient-consent' };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
