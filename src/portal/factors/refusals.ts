import type { Method, Sentence } from '#methods/index.ts';
import { lockedRefusal } from '../locked.ts';

/** Why something was not done, as the page says it. */
export interface FactorRefusal extends Sentence {
  readonly code: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
}

export const REFUSALS = {
  last: {
    code: 'portal.factor_last',
    status: 409,
    message: 'Ce moyen est le seul qui ouvre vos applications : il ne peut pas être retiré.',
    hint: 'Ajoutez d’abord un autre moyen, puis retirez celui-ci.',
  },
  gone: {
    code: 'portal.factor_gone',
    status: 409,
    message: 'Ce moyen de connexion n’est plus là.',
    hint: 'Revenez à la liste pour voir ce qui vaut maintenant.',
  },
  nameMissing: { code: 'portal.name_missing', message: 'Donnez un nom à ce moyen de connexion.' },
} as const satisfies Readonly<Record<string, FactorRefusal>>;

/** The refusal of a first proof, in the words of its means. */
export function refusalOfVerdict(
  method: Method,
  verdict: { readonly code: string; readonly sentence?: Sentence; readonly retryAfterSeconds?: number },
): FactorRefusal {
  const { code, retryAfterSeconds } = verdict;
  if (retryAfterSeconds !== undefined) return lockedRefusal(code, retryAfterSeconds, 'cet ajout');
  const own = verdict.sentence ?? method.sentences?.[code];
  return { code, ...(own ?? GENERAL[code] ?? { message: 'Cette demande n’a pas pu être traitée.' }) };
}

const GENERAL: Readonly<Record<string, Sentence>> = {
  'factors.full': {
    message: 'Vous avez déjà autant de moyens de cette sorte qu’il est permis.',
    hint: 'Retirez-en un d’abord.',
  },
  'signin.form_outdated': {
    message: 'Cette page n’était plus à jour.',
    hint: 'Recommencez avec ce qui est affiché maintenant.',
  },
};
