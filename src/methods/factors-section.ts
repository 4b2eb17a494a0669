import { defineSection, duration, oneOf } from '#config/index.ts';

/** What people enrol by themselves: TOTP, passkeys, recovery codes. */
export const factorsSection = defineSection('factors', {
  title: 'Means that people enrol',
  settings: {
    coolDownSeconds: {
      env: 'TROUSSEAU_FACTORS_COOL_DOWN',
      schema: duration('0', '30d'),
      default: '24h',
      description:
        'How long a means proves nothing when it was added after a loss, or by somebody who had no second means to prove it with. The person is told by e-mail at once and at the end, and may take it back meanwhile.',
    },
    windowSeconds: {
      env: 'TROUSSEAU_FACTORS_WINDOW',
      schema: duration('1h', '90d'),
      default: '7d',
      description:
        'How long after a loss, from the end of the cool-down on, a means may be enrolled during a sign-in.',
    },
    atFirstSignIn: {
      env: 'TROUSSEAU_FACTORS_AT_FIRST_SIGN_IN',
      schema: oneOf('where-needed', 'always'),
      default: 'where-needed',
      description:
        'Whether somebody without a second means adds one at the first sign-in only where the application asks for that level, or always.',
    },
  },
});
