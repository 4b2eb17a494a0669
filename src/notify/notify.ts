import type { Channel, Message } from './channels/channel.ts';
import { badAddress, badText } from './errors.ts';
import type { JsonObject, Outbox } from './outbox.ts';
import { MAIL_TEMPLATES, type MailTemplates, type TemplateName } from './templates.ts';

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

export interface Notify {
  /**
   * Resolves when the mail is safe in the outbox; its delivery is not waited for.
   * Throws `notify.bad_address` and `notify.bad_text` (400), `TypeError` when the texts are not those of the template.
   */
  send(mail: OutgoingMail): Promise<void>;
  /**
   * Does the work of `send`, writes included, and sends nothing.
   * SECURITY: a page that must not tell whether somebody exists answers in the same time for nobody.
   */
  pretend(mail: Omit<OutgoingMail, 'to'>): Promise<void>;
}

/** One plain address. SECURITY: nothing that could end a header, add a recipient or a display name. */
const ADDRESS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[\p{L}\d](?:[\p{L}\d.-]{0,251}[\p{L}\d])?$/u;

/** SECURITY: no control or line-breaking character reaches a subject. */
const UNSAFE_TEXT = /[\p{Cc}\u2028\u2029]/u;

const MAX_TEXT = 500;

const MAIL_KIND = 'notify.mail';
const NOTHING_KIND = 'notify.nothing';

/** SPEC: RFC 2606 §2: a domain that nobody can have. */
const NOBODY = 'personne@region.invalid';

const MARKS = { production: '', formation: '[Formation] ', demonstration: '[Démonstration] ' } as const;

export function createNotify(deps: {
  readonly outbox: Outbox;
  readonly channels: { readonly email: Channel };
  readonly templates: MailTemplates;
  readonly region: () => Promise<MailRegion>;
  /** Marks the subjects of what is not production. */
  readonly label: keyof typeof MARKS;
}): Notify {
  const { outbox, channels, templates, region } = deps;

  async function messageOf(payload: JsonObject, id: string): Promise<Message> {
    const { to, template, data } = payload as unknown as Pick<OutgoingMail, 'to' | 'template' | 'data'>;
    const { name, support } = await region();
    const frame = { regionName: name, support, mark: MARKS[deps.label] };
    return { id, to, ...templates.render(template, data, frame) };
  }

  async function enqueue(kind: string, mail: OutgoingMail): Promise<void> {
    const { to, template, data, notAfterAt, id } = mail;
    if (!ADDRESS.test(to) || to.includes('..')) throw badAddress();
    const texts = checkTexts(template, data);
    await outbox.enqueue(
      kind,
      { to, template, data: texts },
      { ...(notAfterAt !== undefined && { notAfterAt }), ...(id !== undefined && { id }) },
    );
  }

  outbox.register(MAIL_KIND, async (payload, { id }) => channels.email.send(await messageOf(payload, id)));
  outbox.register(NOTHING_KIND, async (payload, { id }) => void (await messageOf(payload, id)));

  return {
    send: mail => enqueue(MAIL_KIND, mail),
    pretend: mail => enqueue(NOTHING_KIND, { ...mail, to: NOBODY } as OutgoingMail),
  };
}

function checkTexts(template: TemplateName, data: Readonly<Record<string, string>>): JsonObject {
  const expected: readonly string[] = MAIL_TEMPLATES[template];
  const unknown = Object.keys(data).filter(field => !expected.includes(field));
  if (unknown.length > 0) throw new TypeError(`the mail ${template} has no ${unknown.join(', ')}`);
  for (const field of expected) {
    const text = data[field];
    if (text === undefined) throw new TypeError(`the mail ${template} needs ${field}`);
    if (text.length > MAX_TEXT || UNSAFE_TEXT.test(text)) throw badText(field);
  }
  return data;
}
