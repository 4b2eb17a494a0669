import type { Administration, AdministrationType, Administrator } from '#access/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';

/**
 * Says before a form is shown, or a job is begun, that the act at its end asks for a fresh sign-in: the act itself is
 * judged when it is done. Nothing for applications. Throws `admin.authentication_too_old` (403), which leads a GET to the
 * sign-in.
 */
export function checkFresh(
  {
    administration,
    clock,
  }: { readonly administration: Pick<Administration, 'policy'>; readonly clock: Clock },
  administrator: Administrator,
  [type, action]: readonly [AdministrationType, string],
): void {
  if (administrator.kind !== 'person') return;
  const { maxAgeSeconds } = administration.policy().act(type, action);
  if (maxAgeSeconds === undefined || clock.now() - administrator.session.authTime <= maxAgeSeconds) return;
  throw new AppError({
    code: 'admin.authentication_too_old',
    status: 403,
    publicMessage: 'Cet acte demande une connexion récente.',
    hint: 'Ouvrez de nouveau cette page depuis le menu : votre identité vous sera redemandée.',
  });
}

/**
 * Who confirmed a job by a sign-in that was fresh then: the job goes on under it however long it takes, and after a stop.
 * Whether the right still stands is judged at each act.
 */
export function asConfirmed(administrator: Administrator, clock: Clock): Administrator {
  return administrator.kind === 'person'
    ? { ...administrator, session: { ...administrator.session, authTime: clock.now() } }
    : administrator;
}
