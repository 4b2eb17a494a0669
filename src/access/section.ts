import { defineSection, duration, wholeNumber } from '#config/index.ts';
import { z } from 'zod';

export const accessSection = defineSection('access', {
  title: 'Access decisions',
  settings: {
    policies: {
      env: 'TROUSSEAU_POLICIES_DIR',
      schema: z.string().min(1).describe('the path of a folder'),
      default: 'policies',
      path: 'product',
      description: 'The folder of the rules: `model.conf`, `policy.csv`, `reasons.csv` and `cases.json`.',
    },
    breakGlassSeconds: {
      env: 'TROUSSEAU_BREAK_GLASS',
      schema: duration('1min', '4h'),
      default: '15min',
      description: 'How long a break-glass permit lasts.',
    },
    callFailuresPerClient: {
      env: 'TROUSSEAU_API_FAILURES_PER_CLIENT',
      schema: wholeNumber(1, 100_000),
      default: '30',
      description:
        'How often in a minute one source (an address, or an IPv6 /64) may fail to authenticate to the access API as one application; then it gets 429.',
    },
    callFailuresPerSource: {
      env: 'TROUSSEAU_API_FAILURES_PER_SOURCE',
      schema: wholeNumber(1, 1_000_000),
      default: '300',
      description: 'The same for one source, whatever application it names.',
    },
    patientKeysPerMinute: {
      env: 'TROUSSEAU_PATIENT_KEYS_PER_MINUTE',
      schema: wholeNumber(1, 100_000),
      default: '300',
      description: 'How many patient keys one application may ask for in a minute: an INS can be enumerated.',
    },
  },
});
