import type { Store } from '#store/index.ts';
import { measureSms } from './sms-length.ts';
import type { SmsTemplateName } from './templates.ts';
import { createWordings, type Wordings } from './wording-store.ts';
import { placeholdersIn } from './wordings.ts';

/** The words of a text message as a region writes them, with placeholders as in a mail. */
export interface SmsWording {
  readonly text: string;
}

export type SmsWordings = Wordings<SmsTemplateName, SmsWording>;

export const createSmsWordings = ({ store }: { readonly store: Store }): SmsWordings =>
  createWordings<SmsTemplateName, SmsWording>({ store, prefix: 'sms.', empty: { text: '' } });

export interface SmsProblem {
  readonly kind: 'unknown' | 'missing' | 'characters' | 'length' | 'segments';
  readonly name?: string;
}

/** The code, and who sends it: without the name of the service nobody can tell the message from a stranger's. */
const NEEDED: readonly string[] = ['code', 'regionName'];

export const MAX_SMS_WORDING = 480;
/** Each is paid for; more are cut or refused by some networks. */
export const MAX_SMS_SEGMENTS = 3;

/**
 * Judges the words of a text message before they are saved. `known`: every placeholder that may stand in it; `sent`:
 * the message with samples in their place, as it would leave.
 */
export function checkSmsWording(
  known: readonly string[],
  { text }: SmsWording,
  sent: string,
): readonly SmsProblem[] {
  const names = placeholdersIn(text);
  const problems: SmsProblem[] = [];
  if (text.trim() === '' || text.length > MAX_SMS_WORDING) problems.push({ kind: 'length' });
  else if (measureSms(sent).segments > MAX_SMS_SEGMENTS) problems.push({ kind: 'segments' });
  if (/[^\P{Cc}\n]|[\u2028\u2029]/u.test(text)) problems.push({ kind: 'characters' });
  for (const name of names) if (!known.includes(name)) problems.push({ kind: 'unknown', name });
  for (const name of known)
    if (NEEDED.includes(name) && !names.has(name)) problems.push({ kind: 'missing', name });
  return problems;
}
