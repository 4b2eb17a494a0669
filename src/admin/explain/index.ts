import type { AdminContext, Feature } from '../context.ts';
import { decisionExplained } from './events.ts';
import { createExplainPage } from './page.ts';

/** Why somebody may open records, or may not, and what would change it. Decides nothing: `access/` does. */
export function createExplainAdmin(context: AdminContext): Feature {
  return {
    events: [decisionExplained],
    mount: routes => createExplainPage(routes, context),
  };
}
