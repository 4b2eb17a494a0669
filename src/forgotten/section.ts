import { defineSection, duration, wholeNumber, type SectionValues } from '#config/index.ts';

/** Passwords that are chosen by a link that was sent. */
export const forgottenSection = defineSection('forgotten', {
  title: 'Forgotten passwords',
  settings: {
    validSeconds: {
      env: 'TROUSSEAU_FORGOTTEN_VALID',
      schema: duration('5min', '2h'),
      default: '30min',
      description: 'How long the link and the code to choose another password are good.',
    },
    firstDays: {
      env: 'TROUSSEAU_FIRST_PASSWORD_DAYS',
      schema: wholeNumber(1, 60),
      default: '14',
      description: 'How many days the link by which a new account chooses its first password is good.',
    },
    perHour: {
      env: 'TROUSSEAU_FORGOTTEN_PER_HOUR',
      schema: wholeNumber(1, 100),
      default: '3',
      description:
        'How many links are sent for one account, and to one address, in an hour. Devices on which the person has signed in before count apart.',
    },
    perDay: {
      env: 'TROUSSEAU_FORGOTTEN_PER_DAY',
      schema: wholeNumber(1, 1000),
      default: '6',
      description: 'The same in 24 hours.',
    },
    perSource: {
      env: 'TROUSSEAU_FORGOTTEN_PER_SOURCE',
      schema: wholeNumber(5, 10_000),
      default: '60',
      description:
        'How often one source address may say that it has forgotten, in an hour (a hospital shares one address).',
    },
  },
});

export type ForgottenSettings = SectionValues<typeof forgottenSection>;
