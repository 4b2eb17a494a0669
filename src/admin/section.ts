import { defineSection, wholeNumber } from '#config/index.ts';

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
  },
});
