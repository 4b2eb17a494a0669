import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Eta } from 'eta';

/** Every mail and the texts that it is given. The files in `views/mail/` must use exactly these. */
export const MAIL_TEMPLATES = {
  /** The code of a sign-in. */
  'signin-code': ['givenName', 'code', 'minutes'],
  /** Too many refused attempts: sign-in is blocked for a while. */
  'account-locked': ['givenName', 'minutes'],
  /** The password was changed, by its owner or by an administrator. */
  'password-changed': ['givenName', 'at'],
  /** A sign-in from a browser never seen before. */
  'new-device': ['givenName', 'at', 'device'],
  /** A règlement was accepted. */
  'terms-accepted': ['givenName', 'title', 'version', 'at'],
  /** A new account: its login. The password goes in another mail. */
  'account-login': ['givenName', 'login', 'address'],
  /** A new account: its first password, to be changed at the first sign-in. */
  'account-first-password': ['givenName', 'password', 'address'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Every text message. Plain letters of the GSM alphabet: one typographic sign would halve what fits. */
export const SMS_TEMPLATES = {
  'signin-code': ['code', 'minutes'],
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
  renderSms(template: SmsTemplateName, data: Readonly<Record<string, string>>, frame: MailFrame): string;
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
  for (const [name, fields] of Object.entries(MAIL_TEMPLATES)) {
    const source = read(`${name}.txt.eta`, fields);
    const subject = SUBJECT.exec(source)?.groups?.['subject'];
    if (subject === undefined)
      throw new TypeError(`${name}.txt.eta does not begin with a subject and an empty line`);
    templates.set(name, {
      subject: plain.compile(subject),
      text: plain.compile(source.replace(SUBJECT, '')),
      html: escaping.compile(read(`${name}.html.eta`, fields)),
    });
  }

  const sms = new Map<string, Template>();
  for (const [name, fields] of Object.entries(SMS_TEMPLATES)) {
    sms.set(
      name,
      plain.compile(read(path.join('sms', `${name}.txt.eta`), ['mark', 'regionName', ...fields])),
    );
  }

  return {
    renderSms(name, data, frame) {
      const template = sms.get(name);
      if (template === undefined) throw new TypeError(`there is no text message ${name}`);
      return plain.render(template, { ...frame, ...data }).trim();
    },
    render(name, data, frame) {
      const template = templates.get(name);
      if (template === undefined) throw new TypeError(`there is no mail ${name}`);
      const subject = `${frame.mark}${plain.render(template.subject, data)}`;
      const within = (layout: Template, eta: Eta, body: string) =>
        eta.render(layout, { ...frame, subject, body });
      return {
        subject,
        text: within(layouts.text, plain, plain.render(template.text, data).trim()),
        html: within(layouts.html, escaping, escaping.render(template.html, data).trim()),
      };
    },
  };
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
