import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Eta } from 'eta';
import { toShortAlphabet } from './sms-length.ts';
import type { SmsWording } from './sms-wordings.ts';
import { fillWording, wordingToHtml, type MailWording } from './wordings.ts';

/** Every mail and the texts that it is given. The files in `views/mail/` must use exactly these. */
export const MAIL_TEMPLATES = {
  /** The code of a sign-in. */
  'signin-code': ['givenName', 'code', 'minutes'],
  /** Too many refused attempts: sign-in is blocked for a while. */
  'account-locked': ['givenName', 'minutes'],
  /** The password was changed, by its owner or by an administrator. */
  'password-changed': ['givenName', 'at'],
  /** The password runs out soon. */
  'password-expires': ['givenName', 'left', 'at', 'address'],
  /** The code that proves a new address. */
  'contact-code': ['givenName', 'code', 'minutes'],
  /** To the address of before: the address or the number was changed, and how to object. */
  'contact-changed': ['givenName', 'what', 'at', 'until', 'address'],
  /** Nobody has signed in for long: the account will be suspended. */
  'account-dormant': ['givenName', 'months', 'until', 'address'],
  /** It is. */
  'account-dormant-suspended': ['givenName', 'months'],
  /** The account was closed by its owner. */
  'account-left': ['givenName', 'at'],
  /** A sign-in from a browser never seen before. */
  'new-device': ['givenName', 'at', 'device'],
  /** A règlement was accepted. */
  'terms-accepted': ['givenName', 'title', 'version', 'at'],
  /** A new account: its login. The password goes in another mail. */
  'account-login': ['givenName', 'login', 'address'],
  /** A new account: its first password, to be changed at the first sign-in. */
  'account-first-password': ['givenName', 'password', 'address'],
  /** The login, and the link and the code by which another password is chosen. */
  'forgotten-link': ['givenName', 'login', 'code', 'minutes', 'address'],
  /** The same for an account without a password: nothing to choose. */
  'forgotten-without-password': ['givenName', 'login', 'address'],
  /** To an address that several accounts have: nothing is sent there. */
  'forgotten-shared-address': ['address'],
  /** A new account: the link by which its first password is chosen. */
  'account-first-link': ['givenName', 'until', 'address'],
  /** A means of signing in was added. */
  'factor-added': ['givenName', 'name', 'at', 'countsAt', 'address'],
  /** A means of signing in was removed by its owner. */
  'factor-removed': ['givenName', 'name', 'at'],
  /** An administrator has noted a loss: the cool-down begins. */
  'factors-reset': ['givenName', 'endsAt', 'address'],
  /** The cool-down is over. */
  'factors-reset-ended': ['givenName', 'until', 'address'],
  /** A review of profiles waits for the answers of an administrator. */
  'review-reminder': ['givenName', 'name', 'pending', 'endsAt', 'address'],
  /** A review has ended; what nobody answered is suspended. */
  'review-ended': ['givenName', 'name', 'suspended', 'until', 'address'],
  /** A record was opened by break-glass: to the security contact of the network. No patient, no reason. */
  'emergency-alert': ['network', 'name', 'place', 'application', 'at', 'address'],
  /** Break-glass that nobody has examined after seven days. */
  'emergency-reminder': ['givenName', 'pending', 'address'],
  /** A request for an account: the code that verifies its address. */
  'request-code': ['code', 'minutes'],
  /** The link by which a request that was begun is taken up again. */
  'request-resume': ['until', 'address'],
  /** A request was sent: the link by which it is followed. */
  'request-received': ['givenName', 'address'],
  /** The link of a request, asked for by its address. */
  'request-link': ['minutes', 'address'],
  /** To a person for whom somebody asks for an account. */
  'request-invitation': ['givenName', 'asker', 'until', 'address'],
  /** To a validator of a network: a request asks for it. */
  'request-validate': ['givenName', 'network', 'address'],
  /** An administrator asks the person something; the question stands on the page of the request. */
  'request-question': ['givenName', 'address'],
  /** A request was refused: why, whom to ask about it, and where to ask again. */
  'request-refused': ['givenName', 'reason', 'contact', 'again', 'address'],
  /** A request was accepted: the login of the new account. The way to the password goes in another mail. */
  'request-accepted': ['givenName', 'login', 'address', 'guide'],
  /** A request was accepted for an account that was there already. */
  'request-granted': ['givenName', 'address', 'guide'],
  /** To administrators: somebody has passed a request on to them. */
  'request-transferred': ['givenName', 'address'],
  /** To administrators: requests wait for them. */
  'request-reminder': ['givenName', 'pending', 'address'],
  /** To the administrators of the region: requests that nobody answered are theirs now. */
  'request-escalated': ['givenName', 'pending', 'address'],
  /** To who has an account already: somebody asks for one with their number or their address. */
  'request-known': ['givenName', 'at', 'address'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Every text message. Plain letters of the GSM alphabet: one typographic sign would halve what fits. */
export const SMS_TEMPLATES = {
  /** The code of a sign-in. */
  'signin-code': ['code', 'minutes'],
  /** The code that proves a new number. */
  'contact-code': ['code', 'minutes'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SmsTemplateName = keyof typeof SMS_TEMPLATES;

export type TemplateName = keyof typeof MAIL_TEMPLATES;

/** What every mail says about its sender. */
export interface MailFrame {
  readonly regionName: string;
  readonly support: string;
  /** `[Formation] ` before the subject of a mail that is not from production; else empty. */
  readonly mark: string;
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailTemplates {
  render(template: TemplateName, data: Readonly<Record<string, string>>, frame: MailFrame): RenderedMail;
  /** The same with the words of the region in place of the original ones; they are not judged here. */
  renderWording(wording: MailWording, data: Readonly<Record<string, string>>, frame: MailFrame): RenderedMail;
  /** The original words, as a region may take them up. */
  original(template: TemplateName): MailWording;
  renderSms(template: SmsTemplateName, data: Readonly<Record<string, string>>, frame: MailFrame): string;
  /** A text message in the words of the region; they are not judged here. */
  renderSmsWording(wording: SmsWording, data: Readonly<Record<string, string>>, frame: MailFrame): string;
  originalSms(template: SmsTemplateName): SmsWording;
}

/** The first line of a text template. */
const SUBJECT = /^Objet : (?<subject>.+)\n\n/u;

type Template = ReturnType<Eta['compile']>;

/**
 * Reads and checks all templates of a folder: `<name>.txt.eta`, whose first line is the subject, and
 * `<name>.html.eta`; text messages in `sms/`. Throws `TypeError` for a file that is missing or does not use exactly the texts that it is
 * given: a mail with a hole in it is found at start and not by its reader.
 */
export function loadTemplates(folder: string): MailTemplates {
  const plain = new Eta({ autoEscape: false, autoTrim: false });
  const escaping = new Eta({ autoEscape: true, autoTrim: false });
  const read = (name: string, expected: readonly string[]) => {
    const source = readFileSync(path.join(folder, name), 'utf8').replaceAll('\r\n', '\n');
    assertPlaceholders(name, source, expected);
    return source;
  };
  const layouts = {
    text: plain.compile(read('layout.txt.eta', ['regionName', 'support', 'body'])),
    html: escaping.compile(read('layout.html.eta', ['regionName', 'support', 'subject', 'body'])),
  };
  const templates = new Map<string, { subject: Template; text: Template; html: Template }>();
  const originals = new Map<string, MailWording>();
  for (const [name, fields] of Object.entries(MAIL_TEMPLATES)) {
    const source = read(`${name}.txt.eta`, fields);
    const subject = SUBJECT.exec(source)?.groups?.['subject'];
    if (subject === undefined)
      throw new TypeError(`${name}.txt.eta does not begin with a subject and an empty line`);
    originals.set(name, {
      subject: withPlaceholders(subject),
      text: withPlaceholders(source.replace(SUBJECT, '')).trim(),
    });
    templates.set(name, {
      subject: plain.compile(subject),
      text: plain.compile(source.replace(SUBJECT, '')),
      html: escaping.compile(read(`${name}.html.eta`, fields)),
    });
  }

  const sms = new Map<string, SmsWording>();
  for (const [name, fields] of Object.entries(SMS_TEMPLATES)) {
    const source = read(path.join('sms', `${name}.txt.eta`), ['regionName', ...fields]);
    sms.set(name, { text: withPlaceholders(source).trim() });
  }
  const originalSms = (name: SmsTemplateName): SmsWording => {
    const wording = sms.get(name);
    if (wording === undefined) throw new TypeError(`there is no text message ${name}`);
    return wording;
  };
  const renderSmsWording: MailTemplates['renderSmsWording'] = ({ text }, data, { mark, regionName }) =>
    `${mark}${fillWording(text, { ...data, regionName: toShortAlphabet(regionName) })}`.trim();

  const within = (layout: Template, eta: Eta, told: MailFrame & { subject: string; body: string }) =>
    eta.render(layout, told);

  return {
    original(name) {
      const wording = originals.get(name);
      if (wording === undefined) throw new TypeError(`there is no mail ${name}`);
      return wording;
    },
    renderWording(wording, data, frame) {
      const subject = `${frame.mark}${fillWording(wording.subject, data)}`;
      const body = wordingToHtml(wording.text, data, text => String(escaping.config.escapeFunction(text)));
      return {
        subject,
        text: within(layouts.text, plain, {
          ...frame,
          subject,
          body: fillWording(wording.text, data).trim(),
        }),
        html: within(layouts.html, escaping, { ...frame, subject, body }),
      };
    },
    originalSms,
    renderSmsWording,
    renderSms: (name, data, frame) => renderSmsWording(originalSms(name), data, frame),
    render(name, data, frame) {
      const template = templates.get(name);
      if (template === undefined) throw new TypeError(`there is no mail ${name}`);
      const subject = `${frame.mark}${plain.render(template.subject, data)}`;
      const bodyOf = (body: string) => ({ ...frame, subject, body: body.trim() });
      return {
        subject,
        text: within(layouts.text, plain, bodyOf(plain.render(template.text, data))),
        html: within(layouts.html, escaping, bodyOf(escaping.render(template.html, data))),
      };
    },
  };
}

/** `<%= it.code %>` → `{code}`: how people write and read it. */
function withPlaceholders(source: string): string {
  return source.replace(/<%=\s*it\.(\w+)\s*%>/gu, '{$1}');
}

function assertPlaceholders(file: string, source: string, expected: readonly string[]): void {
  const used = new Set(Array.from(source.matchAll(/\bit\.([A-Za-z]\w*)/gu), ([, field = '']) => field));
  const missing = expected.filter(field => !used.has(field));
  const unknown = [...used].filter(field => !expected.includes(field));
  if (missing.length + unknown.length === 0) return;
  throw new TypeError(
    `${file}: missing ${missing.join(', ') || 'none'}; unknown ${unknown.join(', ') || 'none'}`,
  );
}
