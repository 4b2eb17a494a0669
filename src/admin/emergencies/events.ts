import { defineEvent, type EventType } from '#audit/index.ts';

/** Somebody read why a record was opened: free words, which may name a patient. */
export const emergencyRead = defineEvent('admin.emergency.read', {
  category: 'access',
  title: 'Motif d’un accès d’urgence lu',
  data: ['target', 'network', 'via'],
});

/** Seven days have passed, and nobody has said whether it was justified. */
export const emergencyOverdue = defineEvent('admin.emergency.overdue', {
  category: 'access',
  title: 'Bris de glace non examiné après sept jours',
  data: ['target', 'network'],
});

export const emergencyStatisticsRead = defineEvent('admin.emergency.statistics_read', {
  category: 'administration',
  title: 'Statistiques des accès d’urgence emportées',
  data: ['network', 'from', 'to', 'via'],
});

export const emergencyEvents: readonly EventType[] = [
  emergencyRead,
  emergencyOverdue,
  emergencyStatisticsRead,
];
