import path from 'node:path';
import { defineSection, type Given, type Mode } from '#config/index.ts';
import { checkHost, DEMO_FOLDER, hostSettings } from './host/settings.ts';
import { revocationSettings } from './revocation/index.ts';

/** The lists that a demonstration makes of its own authorities (`scripts/demo/igc`). */
function demoLists(mode: Mode, given: Given): string | undefined {
  if (mode !== 'demo') return undefined;
  const folder = path.join(given('TROUSSEAU_DATA_DIR') ?? 'data', DEMO_FOLDER);
  return ['FORT', 'STANDARD']
    .map(
      branch => `TEST AC IGC-SANTE ${branch} PERSONNES=${path.join(folder, `${branch.toLowerCase()}.crl`)}`,
    )
    .join(',');
}

/** Sign-in by card: whose cards, on which host, and how the revoked ones are known. */
export const cardSection = defineSection('card', {
  title: 'Sign-in by card (CPS, CPE)',
  settings: {
    ...hostSettings,
    ...revocationSettings,
    crls: { ...revocationSettings.crls, default: demoLists },
  },
  check: (values, context) => checkHost(values, context),
});
