import { AppError } from '#kernel/index.ts';
import type { LifeProblem } from './life.ts';

const REFUSALS: Readonly<Record<LifeProblem, readonly [status: number, message: string, hint: string]>> = {
  'enrolment.not_now': [
    409,
    'Cette demande n’en est plus là.',
    'Elle a changé d’état entre-temps : rechargez la page pour voir où elle en est.',
  ],
  'enrolment.incomplete': [
    422,
    'Cette demande n’est pas complète.',
    'Terminez les étapes qui restent, puis envoyez-la.',
  ],
  'enrolment.not_yours': [403, 'Cet acte ne vous revient pas.', 'Adressez-vous au support.'],
  'enrolment.changed_meanwhile': [
    409,
    'Cette demande a changé entre-temps.',
    'Rechargez la page, relisez-la, puis décidez.',
  ],
  'enrolment.own_request': [
    403,
    'Personne ne décide de sa propre demande.',
    'Un autre administrateur doit la traiter.',
  ],
  'enrolment.part_waiting': [
    409,
    'Un réseau n’a pas encore répondu.',
    'Les valideurs de chaque réseau demandé donnent d’abord leur avis.',
  ],
  'enrolment.second_needed': [
    409,
    'Un second administrateur doit donner son accord.',
    'L’un des profils est une habilitation particulière.',
  ],
  'enrolment.same_administrator': [
    403,
    'Le second accord doit venir d’un autre administrateur.',
    'Transmettez-lui la demande.',
  ],
};

/** What a refused event says to whoever brought it. */
export function refusalOf(code: LifeProblem): AppError {
  const [status, publicMessage, hint] = REFUSALS[code];
  return new AppError({ code, status, publicMessage, hint });
}

/** `enrolment.gone` (410): a draft that has expired, or a link that no longer works: nobody learns which. */
export function goneRequest(): AppError {
  return new AppError({
    code: 'enrolment.gone',
    status: 410,
    publicMessage: 'Ce lien ne mène plus à une demande.',
    hint: 'Il a servi trop longtemps ou la demande n’existe plus. La page « Demander un compte » permet d’en recevoir un autre, ou de faire une nouvelle demande.',
  });
}
