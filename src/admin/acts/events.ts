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

/** Those that every act may leave, besides its own. */
export const actEvents: readonly EventType[] = [actRefused, actFailed, actProposed];
