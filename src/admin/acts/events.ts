import type { EventType } from '#audit/index.ts';
import { defineActEvent } from './act.ts';

export const actRefused = defineActEvent('admin.act.refused', 'Acte d’administration refusé');
export const actFailed = defineActEvent(
  'admin.act.failed',
  'Acte d’administration enregistré mais non abouti',
);
export const actProposed = defineActEvent(
  'admin.act.proposed',
  'Acte proposé, à confirmer par une seconde personne',
);

export const actSeconded = defineActEvent(
  'admin.act.seconded',
  'Acte proposé par une application et confirmé par une première personne',
);

/** What an auditor looks at: the path of the page, and never what was searched there. */
export const pageRead = defineActEvent('admin.page.read', 'Page d’administration lue par un auditeur');

/** Those that every act, or every page, may leave besides its own. */
export const actEvents: readonly EventType[] = [actRefused, actFailed, actProposed, actSeconded, pageRead];
