import { isMailAddress } from '#kernel/index.ts';
import type { Channel, Message, SmsChannel, SmsMessage } from './channels/channel.ts';
import { badAddress, badNumber, badText, smsOff } from './errors.ts';
import { maskAddress, maskNumber } from './masks.ts';
import type { JsonObject, Outbox } from './outbox.ts';
import {
  MAIL_TEMPLATES,
  SMS_TEMPLATES,
  type MailFrame,
  type MailTemplates,
  type RenderedMail,
  type SmsTemplateName,
  type TemplateName,
} from './templates.ts';
import type { SmsWording, SmsWordings } from './sms-wordings.ts';
import { isParagraphs, type MailWording, type MailWordings } from './wordings.ts';

/** What a mail says about the region; asked for at each delivery, so that it is never out of date. */
export interface MailRegion {
  readonly name: string;
  /** Whom to turn to: a telephone number, an address. */
  readonly support: string;
}

/** One mail to one person. Instants in `data` are texts for the reader. */
export type OutgoingMail = {
  readonly [T in TemplateName]: {
    readonly channel: 'email';
    readonly to: string;
    readonly template: T;
    readonly data: Readonly<Record<(typeof MAIL_TEMPLATES)[T][number], string>>;
    /** Epoch seconds after which the mail would mislead. */
    readonly notAfterAt?: number;
    /** The same id is the same mail, sent once. */
    readonly id?: string;
  };
}[TemplateName];

/** One text message to one telephone. */
export type OutgoingSms = {
  readonly [T in SmsTemplateName]: {
    readonly channel: 'sms';
    /** In international form: `+33…`. */
    readonly to: string;
    readonly template: T;
    readonly data: Readonly<Record<(typeof SMS_TEMPLATES)[T][number], string>>;
    /** Epoch seconds after which the message would mislead. */
    readonly notAfterAt?: number;
    /** The same id is the same message, sent once. */
    readonly id?: string;
  };
}[SmsTemplateName];

export type Outgoing = OutgoingMail | OutgoingSms;

/** A wording that is tried before it is saved, with texts made up for it. */
export interface MailTrial {
  readonly to: string;
  readonly wording: MailWording;
  readonly data: Readonly<Record<string, string>>;
}

export interface Notify {
  /** Sends a mail marked « [Essai] ». Throws `notify.bad_address` (400). */
  sendTrial(trial: MailTrial): Promise<void>;
  /** What such a mail looks like, without its mark. */
  preview(wording: MailWording, data: Readonly<Record<string, string>>): Promise<RenderedMail>;
  /** What a mail in its original words looks like. */
  previewOriginal(template: TemplateName, data: Readonly<Record<string, string>>): Promise<RenderedMail>;
  /** What a text message in these words looks like. */
  previewSms(wording: SmsWording, data: Readonly<Record<string, string>>): Promise<string>;
  /** True when text messages have a way out. */
  readonly hasSms: boolean;
  /** True while messages by that channel do not leave this process, as its newest attempt has shown. Of nobody in particular. */
  isFailing(channel: Outgoing['channel']): boolean;
  /** True for a number that text messages go out to: in international form, with a permitted beginning. */
  reaches(number: string): boolean;
  /**
   * Resolves when the message is safe in the outbox; its delivery is not waited for. Throws `notify.bad_address`,
   * `notify.bad_number` and `notify.bad_text` (400), `notify.sms_off` (503), `TypeError` when the texts are not those
   * of the template.
   */
  send(message: Outgoing): Promise<void>;
  /**
   * Does the work of `send`, writes included, and sends nothing.
   * SECURITY: a page that must not tell whether somebody exists answers in the same time for nobody.
   */
  pretend(message: Omit<OutgoingMail, 'to'> | Omit<OutgoingSms, 'to'>): Promise<void>;
}

/** SECURITY: no control or line-breaking character reaches a subject. */
const UNSAFE_TEXT = /[\p{Cc}\u2028\u2029]/u;

const MAX_TEXT = 500;

/** Several lines that somebody wrote; they never stand in a subject. */
const MAX_PARAGRAPHS = 1_500;

/** SPEC: E.164: a plus, at most fifteen digits, no leading zero. */
const NUMBER = /^\+[1-9]\d{5,14}$/u;

const MAIL_KIND = 'notify.mail';
const SMS_KIND = 'notify.sms';
const TRIAL_KIND = 'notify.trial';
const NOTHING_KIND = 'notify.nothing';
const NO_SMS_KIND = 'notify.no-sms';

/** SPEC: RFC 2606 §2: a domain that nobody can have. */
const NOBODY = 'personne@region.invalid';

const MARKS = { production: '', formation: '[Formation] ', demonstration: '[Démonstration] ' } as const;

export function createNotify(deps: {
  readonly outbox: Outbox;
  readonly channels: { readonly email: Channel; readonly sms?: SmsChannel | undefined };
  /** Beginnings of the numbers that are written to. SECURITY: numbers that cost are how fraud earns by codes. */
  readonly smsPrefixes: readonly string[];
  readonly templates: MailTemplates;
  /** The words of the region; without them, the original ones. */
  readonly wordings?: Pick<MailWordings, 'find'>;
  readonly smsWordings?: Pick<SmsWordings, 'find'>;
  readonly region: () => Promise<MailRegion>;
  /** Marks the subjects of what is not production. */
  readonly label: keyof typeof MARKS;
}): Notify {
  const { outbox, channels, templates, wordings, smsWordings, region, smsPrefixes } = deps;

  const isPermitted = (number: string) =>
    NUMBER.test(number) && smsPrefixes.some(prefix => number.startsWith(prefix));

  async function frameOf(): Promise<MailFrame> {
    const { name, support } = await region();
    return { regionName: name, support, mark: MARKS[deps.label] };
  }

  async function mailOf(payload: JsonObject, id: string): Promise<Message> {
    const { to, template, data } = payload as unknown as Pick<OutgoingMail, 'to' | 'template' | 'data'>;
    const [frame, wording] = await Promise.all([frameOf(), wordings?.find(template)]);
    const rendered = wording
      ? templates.renderWording(wording, data, frame)
      : templates.render(template, data, frame);
    return { id, to, ...rendered };
  }

  async function trialOf(payload: JsonObject, id: string): Promise<Message> {
    const { to, data, wording } = payload as unknown as MailTrial;
    const frame = await frameOf();
    return { id, to, ...templates.renderWording(wording, data, { ...frame, mark: `[Essai] ${frame.mark}` }) };
  }

  async function smsOf(payload: JsonObject, id: string): Promise<SmsMessage> {
    const { to, template, data } = payload as unknown as Pick<OutgoingSms, 'to' | 'template' | 'data'>;
    const [frame, wording] = await Promise.all([frameOf(), smsWordings?.find(template)]);
    const text = wording
      ? templates.renderSmsWording(wording, data, frame)
      : templates.renderSms(template, data, frame);
    return { id, to, text };
  }

  function checkRecipient({ channel, to }: Outgoing): void {
    if (channel === 'email') {
      if (!isMailAddress(to)) throw badAddress();
    } else {
      if (!channels.sms) throw smsOff();
      if (!isPermitted(to)) throw badNumber();
    }
  }

  async function enqueue(kind: string, message: Outgoing): Promise<void> {
    const { channel, to, template, data, notAfterAt, id } = message;
    checkRecipient(message);
    const expected = channel === 'email' ? MAIL_TEMPLATES[template] : SMS_TEMPLATES[template];
    const texts = checkTexts(template, expected, data);
    await outbox.enqueue(
      kind,
      { to, template, data: texts },
      { ...(notAfterAt !== undefined && { notAfterAt }), ...(id !== undefined && { id }) },
    );
  }

  outbox.register(
    TRIAL_KIND,
    async (payload, { id }) => channels.email.send(await trialOf(payload, id)),
    null,
  );
  const mailWords = { title: 'Courriel', destination: ({ to }: JsonObject) => maskAddress(String(to)) };
  const smsWords = { title: 'SMS', destination: ({ to }: JsonObject) => maskNumber(String(to)) };

  outbox.register(
    MAIL_KIND,
    async (payload, { id }) => channels.email.send(await mailOf(payload, id)),
    mailWords,
  );
  outbox.register(
    SMS_KIND,
    async (payload, { id }) => {
      // A message of before the setting was taken away waits for it to come back.
      if (!channels.sms) throw smsOff();
      await channels.sms.send(await smsOf(payload, id));
    },
    smsWords,
  );
  outbox.register(NOTHING_KIND, async (payload, { id }) => void (await mailOf(payload, id)), null);
  outbox.register(NO_SMS_KIND, async (payload, { id }) => void (await smsOf(payload, id)), null);

  return {
    hasSms: channels.sms !== undefined,
    isFailing: channel => outbox.isFailing(channel === 'email' ? MAIL_KIND : SMS_KIND),
    reaches: number => channels.sms !== undefined && isPermitted(number),
    preview: async (wording, data) => templates.renderWording(wording, data, await frameOf()),
    previewOriginal: async (template, data) => templates.render(template, data, await frameOf()),
    previewSms: async (wording, data) => templates.renderSmsWording(wording, data, await frameOf()),
    async sendTrial({ to, wording: { subject, text }, data }) {
      if (!isMailAddress(to)) throw badAddress();
      await outbox.enqueue(TRIAL_KIND, { to, wording: { subject, text }, data });
    },
    send: message => enqueue(message.channel === 'email' ? MAIL_KIND : SMS_KIND, message),
    pretend: message =>
      message.channel === 'email'
        ? enqueue(NOTHING_KIND, { ...message, to: NOBODY } as OutgoingMail)
        : enqueue(NO_SMS_KIND, { ...message, to: `${smsPrefixes[0] ?? '+33'}600000000` } as OutgoingSms),
  };
}

function checkTexts(
  template: string,
  expected: readonly string[],
  data: Readonly<Record<string, string | undefined>>,
): JsonObject {
  const unknown = Object.keys(data).filter(field => !expected.includes(field));
  if (unknown.length > 0) throw new TypeError(`the message ${template} has no ${unknown.join(', ')}`);
  const texts: Record<string, string> = {};
  for (const field of expected) {
    const text = data[field];
    if (text === undefined) throw new TypeError(`the message ${template} needs ${field}`);
    const isLong = isParagraphs(field);
    const line = isLong ? text.replaceAll('\n', '') : text;
    if (text.length > (isLong ? MAX_PARAGRAPHS : MAX_TEXT) || UNSAFE_TEXT.test(line)) throw badText(field);
    texts[field] = text;
  }
  return texts;
}
