import { defineSection, duration, oneOf, wholeNumber } from '#config/index.ts';

export const adminSection = defineSection('admin', {
  title: 'Administration',
  settings: {
    callsPerMinute: {
      env: 'TROUSSEAU_ADMIN_CALLS_PER_MINUTE',
      schema: wholeNumber(1, 1_000_000),
      default: '600',
      description:
        'How many calls of the administration API and of SCIM one application may make in a minute, per instance; then it gets 429.',
    },
    welcomePause: {
      env: 'TROUSSEAU_WELCOME_PAUSE',
      schema: duration('0s', '7d'),
      default: '10min',
      description:
        'How long after the mail with the login of an accepted request the second mail leaves, by which its first password is chosen.',
    },
    firstPassword: {
      env: 'TROUSSEAU_FIRST_PASSWORD',
      schema: oneOf('link', 'password'),
      default: 'link',
      description:
        'What the second mail of an accepted request brings: `link`, a link used once by which the person chooses a password, or `password`, a random one that must be changed at the first sign-in.',
    },
  },
});
