/** Profiles that administer or audit: their holder is replaced by an appointment. */
export const PRIVILEGED: ReadonlySet<string> = new Set([
  'administrateur_local',
  'administrateur_3c',
  'administrateur_regional',
  'auditeur',
]);

/** Habilitations particulières: given on a signed form. Those that administer, and those that open more than one’s own records. */
export const PARTICULAR: ReadonlySet<string> = new Set([
  ...PRIVILEGED,
  'responsable_rcp',
  'coordinateur_3c',
  'inscription_rcp',
  'regulateur_centre_15',
]);
