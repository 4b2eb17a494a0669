import { defineSection, flag, oneOf, wholeNumber, type Problem, type SectionValues } from '#config/index.ts';

/** OWASP's floor for argon2id, as memory × passes: 19 MiB twice, 12 MiB three times, 7 MiB five times. */
const LEAST_WORK_KIB = 35_840;

/** How logins are made, what a password must be, and what a hash costs. */
export const accountsSection = defineSection('accounts', {
  title: 'Accounts and passwords',
  settings: {
    loginPattern: {
      env: 'TROUSSEAU_LOGIN_PATTERN',
      schema: oneOf('prenom.nom', 'pnom'),
      default: 'prenom.nom',
      description:
        'How the login of a new account is made from the names. Imported logins are kept as they are; no login ever changes.',
    },
    passwordMinLength: {
      env: 'TROUSSEAU_PASSWORD_MIN_LENGTH',
      schema: wholeNumber(8, 64),
      default: '9',
      description: 'The least number of characters of a password. The most is 256 bytes.',
    },
    passwordLetter: {
      env: 'TROUSSEAU_PASSWORD_LETTER',
      schema: flag(),
      default: 'on',
      description: 'A password has at least one letter.',
    },
    passwordDigit: {
      env: 'TROUSSEAU_PASSWORD_DIGIT',
      schema: flag(),
      default: 'on',
      description: 'A password has at least one digit.',
    },
    passwordSpecial: {
      env: 'TROUSSEAU_PASSWORD_SPECIAL',
      schema: flag(),
      default: 'on',
      description: 'A password has at least one character that is neither a letter nor a digit.',
    },
    passwordHistory: {
      env: 'TROUSSEAU_PASSWORD_HISTORY',
      // Each one is an argon2id verification at every change: the bound is on the work.
      schema: wholeNumber(0, 24),
      default: '5',
      description: 'How many earlier passwords may not be chosen again. The present one never may.',
    },
    passwordMonths: {
      env: 'TROUSSEAU_PASSWORD_MONTHS',
      schema: wholeNumber(0, 60),
      default: '4',
      description: 'Calendar months after which a password must be changed; 0: never.',
    },
    dormantMonths: {
      env: 'TROUSSEAU_DORMANT_MONTHS',
      schema: wholeNumber(0, 60),
      default: '12',
      description:
        'Calendar months without a sign-in after which the owner of an account is reminded; 0: never.',
    },
    dormantDays: {
      env: 'TROUSSEAU_DORMANT_DAYS',
      schema: wholeNumber(1, 365),
      default: '30',
      description:
        'Days after that reminder at which the account is suspended, unless its owner has signed in.',
    },
    hashMemoryKiB: {
      env: 'TROUSSEAU_HASH_MEMORY_KIB',
      schema: wholeNumber(8, 262_144),
      default: '19456',
      description:
        'Memory of one argon2id hash, in KiB. Changed costs reach each account at its next sign-in with the password.',
    },
    hashPasses: {
      env: 'TROUSSEAU_HASH_PASSES',
      schema: wholeNumber(1, 16),
      default: '2',
      description: 'Passes of one argon2id hash.',
    },
    hashParallelism: {
      env: 'TROUSSEAU_HASH_PARALLELISM',
      schema: wholeNumber(1, 8),
      default: '1',
      description: 'Lanes of one argon2id hash.',
    },
    hashThreads: {
      env: 'TROUSSEAU_HASH_THREADS',
      schema: wholeNumber(0, 64),
      default: '0',
      description: 'Hashes computed at the same time; 0: two, or one on a single core.',
    },
    hashQueue: {
      env: 'TROUSSEAU_HASH_QUEUE',
      schema: wholeNumber(1, 10_000),
      default: '64',
      description: 'Hashes that may wait; beyond, a sign-in is answered 503 with `Retry-After`.',
    },
  },
  check({ hashMemoryKiB, hashPasses, hashParallelism }, { mode }): Problem[] {
    const problems: Problem[] = [];
    if (hashMemoryKiB < 8 * hashParallelism) {
      problems.push({
        setting: 'TROUSSEAU_HASH_MEMORY_KIB',
        given: 'a number',
        expected: 'at least 8 KiB per lane (TROUSSEAU_HASH_PARALLELISM)',
      });
    }
    if (mode === 'production' && hashMemoryKiB * hashPasses < LEAST_WORK_KIB) {
      problems.push({
        setting: 'TROUSSEAU_HASH_MEMORY_KIB',
        given: 'a number',
        expected: `memory × passes of at least ${LEAST_WORK_KIB} KiB in production mode`,
      });
    }
    return problems;
  },
});

export type AccountsSettings = SectionValues<typeof accountsSection>;
