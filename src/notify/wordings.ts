import type { Store } from '#store/index.ts';
import type { TemplateName } from './templates.ts';
import { createWordings, type Wordings } from './wording-store.ts';

/** The words of a mail as a region writes them: plain text, in which `{code}` stands for what the mail is given. */
export interface MailWording {
  readonly subject: string;
  readonly text: string;
}

export type MailWordings = Wordings<TemplateName, MailWording>;

export const createMailWordings = ({ store }: { readonly store: Store }): MailWordings =>
  createWordings<TemplateName, MailWording>({ store, prefix: '', empty: { subject: '', text: '' } });

/** What is wrong with a wording: where, what, and the placeholder meant. */
export interface WordingProblem {
  readonly field: keyof MailWording;
  readonly kind: 'unknown' | 'missing' | 'secret' | 'line' | 'length';
  readonly name?: string;
}

/** Without these a mail says nothing: whoever waits for the code would wait in vain. */
const NEEDED: readonly string[] = ['code', 'password', 'login', 'address'];
/** What may have several lines: what somebody wrote in their own words, lists. */
const PARAGRAPHS: readonly string[] = ['reason', 'contact'];
/** SECURITY: a subject is shown on locked screens, kept in the logs of mail servers, and is one line. */
const NEVER_IN_SUBJECT: readonly string[] = ['code', 'password', ...PARAGRAPHS];

/** True for what may have several lines. */
export const isParagraphs = (placeholder: string): boolean => PARAGRAPHS.includes(placeholder);

const PLACEHOLDER = /\{([^{}\s]{1,60})\}/gu;
export const MAX_SUBJECT = 150;
export const MAX_WORDING = 4_000;

/** The names that stand in braces in a wording. */
export function placeholdersIn(words: string): ReadonlySet<string> {
  return new Set(Array.from(words.matchAll(PLACEHOLDER), ([, name = '']) => name));
}

/** Judges a wording before it is saved: every placeholder of the mail (`known`) may stand in it, no other, and the needed ones must. */
export function checkWording(
  known: readonly string[],
  { subject, text }: MailWording,
): readonly WordingProblem[] {
  const [inSubject, inText] = [placeholdersIn(subject), placeholdersIn(text)];
  const problems: WordingProblem[] = [];
  // SECURITY: a line break would begin another header of the mail.
  if (/[\p{Cc}\u2028\u2029]/u.test(subject)) problems.push({ field: 'subject', kind: 'line' });
  if (subject.trim() === '' || subject.length > MAX_SUBJECT)
    problems.push({ field: 'subject', kind: 'length' });
  if (text.trim() === '' || text.length > MAX_WORDING || /[^\P{Cc}\n]/u.test(text))
    problems.push({ field: 'text', kind: 'length' });
  for (const [field, names] of [
    ['subject', inSubject],
    ['text', inText],
  ] as const)
    for (const name of names) if (!known.includes(name)) problems.push({ field, kind: 'unknown', name });
  for (const name of NEVER_IN_SUBJECT)
    if (inSubject.has(name) && known.includes(name))
      problems.push({ field: 'subject', kind: 'secret', name });
  for (const name of known)
    if (NEEDED.includes(name) && !inText.has(name)) problems.push({ field: 'text', kind: 'missing', name });
  return problems;
}

/** The words with their placeholders filled, each once: what is filled in is not read again. */
export function fillWording(words: string, data: Readonly<Record<string, string>>): string {
  return words.replace(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(data, name) ? (data[name] ?? whole) : whole,
  );
}

/** Addresses of the service itself. */
const LINKS: readonly string[] = ['address', 'again'];

/**
 * A wording as HTML: paragraphs, and what is set in by four spaces stands out, as in the original mails. SECURITY:
 * everything is escaped, the words of the region as well as what is filled in; only our own addresses become links.
 */
export function wordingToHtml(
  text: string,
  data: Readonly<Record<string, string>>,
  escape: (text: string) => string,
): string {
  const filled = Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      const escaped = escape(value).replaceAll('\n', '<br>');
      const isLink = LINKS.includes(name) && /^https?:\/\/\S+$/u.test(value);
      return [name, isLink ? `<a href="${escaped}">${escaped}</a>` : escaped];
    }),
  );
  return text
    .split(/\n[ \t]*\n+/u)
    .filter(block => block.trim() !== '')
    .map(block => {
      const lines = block.split('\n').filter(line => line.trim() !== '');
      const body = lines.map(line => fillWording(escape(line.trim()), filled)).join('<br>');
      return lines.every(line => line.startsWith('    '))
        ? `<p style="font-size: 22px; font-weight: 700; margin: 24px 0;">${body}</p>`
        : `<p>${body}</p>`;
    })
    .join('\n');
}
