import type { AdminContext, Feature } from '../context.ts';
import { dossierRead } from './events.ts';
import { createRecordsPage } from './page.ts';

/** Who may open a record and why, for a patient's own request. Changes nothing: applications do, through `access/`. */
export function createRecordsAdmin(context: AdminContext): Feature {
  return {
    events: [dossierRead],
    mount: routes => createRecordsPage(routes, context),
  };
}
