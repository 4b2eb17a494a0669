import { defineSection } from '#config/index.ts';
import { checkHost, hostSettings } from './host/settings.ts';

/** Sign-in by card: whose cards, on which host. */
export const cardSection = defineSection('card', {
  title: 'Sign-in by card (CPS, CPE)',
  settings: { ...hostSettings },
  check: (values, context) => checkHost(values, context),
});
