import { defineSection, line, oneOf, reader, type Problem, type SectionValues } from '#config/index.ts';

const ADDRESS = /^(?:[^<>",;:@]{1,100} )?<?[^\s<>",;:@]{1,64}@[^\s<>",;:@]{1,253}>?$/u;

/** How mail leaves. */
export const notifySection = defineSection('notify', {
  title: 'Mail',
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
  },
  check({ mailChannel, smtpUrl }, { mode }): Problem[] {
    if (mailChannel !== 'smtp' || smtpUrl !== undefined || mode === 'production') return [];
    return [
      {
        setting: 'TROUSSEAU_SMTP_URL',
        given: 'missing',
        expected: 'the mail server, for the channel `smtp`',
      },
    ];
  },
});

export type NotifySettings = SectionValues<typeof notifySection>;

function readSmtpUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url && /^smtps?:$/u.test(url.protocol) && url.hostname !== '' && /^\/?$/u.test(url.pathname);
  return isPlain && url.search === '' && url.hash === '' ? text : undefined;
}
