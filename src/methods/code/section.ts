import { defineSection, duration, oneOf, wholeNumber } from '#config/index.ts';
import { ACR } from '#kernel/index.ts';

/** The ephemeral code, by e-mail and by SMS. */
export const codeSection = defineSection('code', {
  title: 'Codes by e-mail and SMS',
  settings: {
    digits: {
      env: 'TROUSSEAU_CODE_DIGITS',
      schema: wholeNumber(6, 8),
      default: '6',
      description: 'How many digits a code has.',
    },
    validSeconds: {
      env: 'TROUSSEAU_CODE_VALID',
      schema: duration('1min', '30min'),
      default: '10min',
      description: 'How long a code is valid.',
    },
    resendSeconds: {
      env: 'TROUSSEAU_CODE_RESEND',
      schema: duration('0', '10min'),
      default: '60s',
      description: 'How long a person waits before asking for another code.',
    },
    maxTries: {
      env: 'TROUSSEAU_CODE_TRIES',
      schema: wholeNumber(1, 10),
      default: '5',
      description: 'How many answers one code accepts.',
    },
    maxPerHour: {
      env: 'TROUSSEAU_CODE_PER_HOUR',
      schema: wholeNumber(1, 1000),
      default: '20',
      description:
        'How many codes one account receives in an hour, by e-mail and by SMS apart. Codes after a password, codes asked for by strangers and those asked for on each device where the person has signed in before count apart; so they do below.',
    },
    maxPerDay: {
      env: 'TROUSSEAU_CODE_PER_DAY',
      schema: wholeNumber(1, 10_000),
      default: '60',
      description: 'How many codes one account receives in 24 hours.',
    },
    maxPerDestinationDay: {
      env: 'TROUSSEAU_CODE_PER_ADDRESS_DAY',
      schema: wholeNumber(1, 10_000),
      default: '100',
      description: 'How many codes one e-mail address receives in 24 hours, whatever the accounts behind it.',
    },
    maxSmsPerDay: {
      env: 'TROUSSEAU_CODE_SMS_PER_DAY',
      schema: wholeNumber(1, 10_000),
      default: '30',
      description:
        'How many codes one account, and one telephone number, receives by SMS in 24 hours: each of them is paid for.',
    },
    maxPerSourceDay: {
      env: 'TROUSSEAU_CODE_PER_SOURCE_DAY',
      schema: wholeNumber(1, 1_000_000),
      default: '2000',
      description:
        'How many codes strangers on one source address ask for in 24 hours (a hospital shares one address).',
    },
    aloneAcr: {
      env: 'TROUSSEAU_CODE_ALONE_ACR',
      schema: oneOf(ACR.pwd, ACR.code),
      default: mode => (mode === 'demo' ? ACR.code : ACR.pwd),
      description:
        'The level of a code (by e-mail or SMS) without a password. A code alone is one factor (CNIL 2025): raise it only where the region has decided so. A date of the registry of means (`/admin/means`) counts before it.',
    },
  },
});
