import { defineSection, duration, oneOf, wholeNumber } from '#config/index.ts';

/** Sessions and the guard around every attempt. */
export const signinSection = defineSection('signin', {
  title: 'Sign-in and sessions',
  settings: {
    idleSeconds: {
      env: 'TROUSSEAU_SESSION_IDLE',
      schema: duration('1min', '4h'),
      default: '4h',
      description: 'A session ends after this long without activity.',
    },
    maxSeconds: {
      env: 'TROUSSEAU_SESSION_MAX',
      schema: duration('5min', '24h'),
      default: '12h',
      description: 'A session ends this long after its sign-in, whatever happens.',
    },
    codeOnlySeconds: {
      env: 'TROUSSEAU_SESSION_CODE_ONLY',
      schema: duration('5min', '12h'),
      default: '1h',
      description: 'The same for a sign-in by an ephemeral code alone.',
    },
    sharedIdleSeconds: {
      env: 'TROUSSEAU_SESSION_SHARED_IDLE',
      schema: duration('5min', '1h'),
      default: '15min',
      description:
        'A session on a shared workstation (a nurses’ station), as the person says at sign-in, ends after this long without activity.',
    },
    attemptWindowSeconds: {
      env: 'TROUSSEAU_ATTEMPT_WINDOW',
      schema: duration('1min', '24h'),
      default: '15min',
      description: 'How long refused attempts count, and how long a lockout lasts.',
    },
    attemptsPerAccount: {
      env: 'TROUSSEAU_ATTEMPTS_PER_ACCOUNT',
      schema: wholeNumber(3, 100),
      default: '10',
      description:
        'Attempts per account and means within the window. Devices on which the person has signed in before count apart, so that a stranger cannot lock them out.',
    },
    attemptsPerSource: {
      env: 'TROUSSEAU_ATTEMPTS_PER_SOURCE',
      schema: wholeNumber(10, 100_000),
      default: '300',
      description: 'Refused attempts per source address within the window (a hospital shares one address).',
    },
    mobileCheck: {
      env: 'TROUSSEAU_MOBILE_CHECK',
      schema: oneOf('off', 'offered', 'required'),
      default: 'offered',
      description:
        'Whether somebody whose mobile number nobody has proven or vouched for is asked at a sign-in to prove it by a code: never, with “later” as an answer, or before anything opens. Nobody is asked where no SMS is sent.',
    },
    deviceDays: {
      env: 'TROUSSEAU_KNOWN_DEVICE_DAYS',
      schema: wholeNumber(1, 400),
      default: '180',
      description: 'How many days a device stays known after a sign-in.',
    },
  },
});
