import { defineSection, line, list, oneOf, reader, type Problem, type SectionValues } from '#config/index.ts';
import { readSmsUrl } from './channels/sms-url.ts';

const ADDRESS = /^(?:[^<>",;:@]{1,100} )?<?[^\s<>",;:@]{1,64}@[^\s<>",;:@]{1,253}>?$/u;

/** How mail and text messages leave. */
export const notifySection = defineSection('notify', {
  title: 'Mail and text messages',
  settings: {
    mailChannel: {
      env: 'TROUSSEAU_MAIL_CHANNEL',
      schema: oneOf('smtp', 'demo', 'console'),
      default: (mode, given) =>
        mode === 'production' || given('TROUSSEAU_SMTP_URL') || given('TROUSSEAU_SMTP_URL_FILE')
          ? 'smtp'
          : 'demo',
      description:
        'How mail is sent: `smtp`; `demo` keeps it readable at `/demo/outbox`; `console` prints it. With an SMTP address it is `smtp`. In demo mode a copy is readable at `/demo/outbox` whatever the channel.',
      refuse: (value, mode) =>
        mode === 'production' && value !== 'smtp' ? '`smtp` in production mode' : undefined,
    },
    smtpUrl: {
      env: 'TROUSSEAU_SMTP_URL',
      schema: reader('`smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`', readSmtpUrl).optional(),
      secret: true,
      requiredIn: 'production',
      description:
        'The mail server. A connection to another machine is encrypted and its certificate checked, or nothing is sent.',
      example: 'smtp://trousseau:password@mail.region.example:587',
    },
    smtpCaFile: {
      env: 'TROUSSEAU_SMTP_CA_FILE',
      schema: line(1, 1000).optional(),
      path: 'cwd',
      description: 'The certificates (PEM) of the private authority that certifies the mail server.',
    },
    mailFrom: {
      env: 'TROUSSEAU_MAIL_FROM',
      schema: reader('`Name <address@domain>` or an address', text =>
        ADDRESS.test(text) ? text : undefined,
      ).optional(),
      default: mode => (mode === 'demo' ? 'Trousseau <ne-pas-repondre@trousseau.example>' : undefined),
      requiredIn: 'production',
      description: 'The sender of all mail.',
      example: 'Trousseau <ne-pas-repondre@region.example>',
    },
    smsChannel: {
      env: 'TROUSSEAU_SMS_CHANNEL',
      schema: oneOf('http', 'demo', 'console', 'off'),
      default: (mode, given) => {
        if (given('TROUSSEAU_SMS_URL') || given('TROUSSEAU_SMS_URL_FILE')) return 'http';
        return mode === 'demo' ? 'demo' : 'off';
      },
      description:
        'How text messages are sent: `http` by the gateway of TROUSSEAU_SMS_URL; `demo` keeps them readable at `/demo/outbox`; `console` prints them; `off`. With an address it is `http`.',
      refuse: (value, mode) =>
        mode === 'production' && value !== 'http' && value !== 'off'
          ? '`http` or `off` in production mode'
          : undefined,
    },
    smsUrl: {
      env: 'TROUSSEAU_SMS_URL',
      schema: reader(
        '`https://user:password@host/path`, `https://:token@host/path` or `twilio://SID:TOKEN@/?from=+33…`',
        readSmsUrl,
      ).optional(),
      secret: true,
      description:
        'The SMS gateway: it takes `POST {to, text, sender?}` as JSON with Basic credentials, or a bearer token when the user is empty; or Twilio.',
      example: 'twilio://AC…:token@/?from=+33700000000',
    },
    smsSender: {
      env: 'TROUSSEAU_SMS_SENDER',
      schema: reader('a number or 3 to 11 letters and digits', text =>
        /^(?:\+\d{6,15}|[A-Za-z0-9 ]{3,11})$/u.test(text) ? text : undefined,
      ).optional(),
      description: 'The sender that the gateway is asked to show. Twilio’s is in its address.',
      example: 'Trousseau',
    },
    smsPrefixes: {
      env: 'TROUSSEAU_SMS_PREFIXES',
      schema: reader<readonly string[]>('prefixes such as `+33,+262`', text => {
        const prefixes = list().safeParse(text).data;
        return prefixes?.every(prefix => /^\+[1-9]\d{0,5}$/u.test(prefix)) ? prefixes : undefined;
      }),
      default: '+33,+262,+508,+590,+594,+596,+681,+687,+689',
      description: 'The countries whose numbers are written to; France and overseas by default.',
    },
  },
  check({ mailChannel, smtpUrl, smsChannel, smsUrl }, { mode }): Problem[] {
    const problems: Problem[] = [];
    if (mailChannel === 'smtp' && smtpUrl === undefined && mode !== 'production') {
      const expected = 'the mail server, for the channel `smtp`';
      problems.push({ setting: 'TROUSSEAU_SMTP_URL', given: 'missing', expected });
    }
    if (smsChannel === 'http' && smsUrl === undefined) {
      const expected = 'the SMS gateway, for the channel `http`';
      problems.push({ setting: 'TROUSSEAU_SMS_URL', given: 'missing', expected });
    }
    return problems;
  },
});

export type NotifySettings = SectionValues<typeof notifySection>;

function readSmtpUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url && /^smtps?:$/u.test(url.protocol) && url.hostname !== '' && /^\/?$/u.test(url.pathname);
  return isPlain && url.search === '' && url.hash === '' ? text : undefined;
}
