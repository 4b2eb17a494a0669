import { AppError } from '#kernel/index.ts';

/** The refusals of the consent endpoints. None tells whether a patient exists to somebody outside the network. */

export const networkRefused = (): AppError =>
  new AppError({
    code: 'access.network_refused',
    status: 403,
    publicMessage: 'L’application n’agit que dans ses propres réseaux.',
  });

export const recordUnknown = (): AppError =>
  new AppError({
    code: 'access.record_unknown',
    status: 404,
    publicMessage: 'Aucun dossier n’est connu sous cette clé dans ce réseau.',
  });

export const entryUnknown = (): AppError =>
  new AppError({
    code: 'access.entry_unknown',
    status: 404,
    publicMessage: 'Ce dossier n’a pas d’entrée de ce nom.',
  });

/** Somebody or something that the request names. */
export const targetUnknown = (...fields: readonly string[]): AppError =>
  new AppError({
    code: 'access.target_unknown',
    status: 422,
    publicMessage: 'La requête désigne un compte, un établissement ou un réseau inconnu.',
    errors: fields.map(path => ({ path, code: 'unknown', message: 'Inconnu du service.' })),
  });

/** What the patient was given is no version of the network's notice, or was not in force then. */
export const noticeUnknown = (): AppError =>
  new AppError({
    code: 'access.notice_unknown',
    status: 422,
    publicMessage: 'Cette version de la notice n’était pas publiée à cette date dans ce réseau.',
    errors: [{ path: 'notice', code: 'unknown', message: 'Version inconnue à cette date.' }],
  });

/** The account named in `by` (or as creator) may not do this. `reason` is the decision's code. */
export const actNotPermitted = (field: string, reason: string): AppError =>
  new AppError({
    code: 'access.act_not_permitted',
    status: 403,
    publicMessage: 'La personne désignée ne peut pas faire cet acte sur ce dossier.',
    errors: [{ path: field, code: reason, message: 'Cette personne ne peut pas faire cet acte.' }],
  });

export const creatorExists = (): AppError =>
  new AppError({
    code: 'access.creator_exists',
    status: 409,
    publicMessage: 'Le créateur de ce dossier est déjà désigné.',
  });

export const consentOlder = (): AppError =>
  new AppError({
    code: 'access.consent_older_than_withdrawal',
    status: 409,
    publicMessage: 'Ce consentement est antérieur au retrait que le patient a exprimé depuis.',
  });
